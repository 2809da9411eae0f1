//! `Fetch`, the future of a read: a cached value, or a call that is under way.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use powertools_lambda_core::sync::atomic::{AtomicBool, Ordering};
use powertools_lambda_core::{Invocation, InvocationExt};
use tracing::{Instrument, Span};

use crate::GetError;
use crate::cache::Leading;
use crate::wait::ABANDONED;

/// The future of a request, which `.await` or [`IntoFuture::into_future`] creates.
///
/// If the value is cached, the future is ready immediately and does not allocate. It borrows nothing, so it can be
/// spawned. If it is dropped, a call that it has started continues in the background for up to 30 s, because others may wait
/// for it.
#[must_use = "futures do nothing unless polled"]
pub struct Fetch<T: Send + 'static, E: Send + 'static = GetError>(State<T, E>);

enum State<T: Send + 'static, E: Send + 'static> {
    Ready(Option<Result<T, E>>),
    Pending(Pending<Result<T, E>>),
}

impl<T: Send + 'static, E: Send + 'static> Fetch<T, E> {
    /// Creates a future of `read`, or of the result `ready` if there is one already.
    pub(super) fn new<F>(ready: Option<Result<T, E>>, read: impl FnOnce(Leading) -> F) -> Self
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        match ready {
            Some(result) => Self(State::Ready(Some(result))),
            None => Self::pending(read),
        }
    }

    /// Creates a future of `read`, which sets its argument while it is the one that asks the store.
    pub(super) fn pending<F>(read: impl FnOnce(Leading) -> F) -> Self
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        let leading = Arc::new(AtomicBool::new(false));
        Self(State::Pending(Pending {
            future: Some(Box::pin(read(Arc::clone(&leading)))),
            leading,
            invocation: Invocation::current(),
            span: Span::current(),
        }))
    }
}

// Neither variant is ever pinned in place.
impl<T: Send + 'static, E: Send + 'static> Unpin for Fetch<T, E> {}

impl<T: Send + 'static, E: Send + 'static> Future for Fetch<T, E> {
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            // Polled again after it was ready, when a future may do anything.
            State::Ready(result) => result.take().map_or(Poll::Pending, Poll::Ready),
            State::Pending(pending) => pending.poll(cx),
        }
    }
}

impl<T: Send + 'static, E: Send + 'static> fmt::Debug for Fetch<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            State::Ready(_) => "Fetch(ready)",
            State::Pending(_) => "Fetch(pending)",
        })
    }
}

struct Pending<T: Send + 'static> {
    future: Option<BoxFuture<'static, T>>,
    leading: Leading,
    invocation: Option<Invocation>,
    span: Span,
}

impl<T: Send + 'static> Pending<T> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<T> {
        let Some(future) = &mut self.future else {
            return Poll::Pending;
        };
        let result = future.as_mut().poll(cx);
        if result.is_ready() {
            self.future = None;
        }
        result
    }
}

impl<T: Send + 'static> Drop for Pending<T> {
    /// Continues a call that others may wait for, in the invocation that started it.
    fn drop(&mut self) {
        if !self.leading.load(Ordering::Acquire) {
            return;
        }
        if let (Some(future), Ok(runtime)) = (self.future.take(), tokio::runtime::Handle::try_current()) {
            let future = async {
                future.await;
            };
            spawn_in(&runtime, future, self.invocation.take(), self.span.clone());
        }
    }
}

/// Runs `future` in the background of the current invocation, for up to 30 s; returns `false` without a Tokio runtime.
pub(crate) fn in_background(future: impl Future<Output = ()> + Send + 'static) -> bool {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        return false;
    };
    spawn_in(&runtime, future, Invocation::current(), Span::current());
    true
}

fn spawn_in(
    runtime: &tokio::runtime::Handle,
    future: impl Future<Output = ()> + Send + 'static,
    invocation: Option<Invocation>,
    span: Span,
) {
    let future = async { drop(tokio::time::timeout(ABANDONED, future).await) }.instrument(span);
    match invocation {
        Some(invocation) => drop(runtime.spawn(future.with_invocation(invocation))),
        None => drop(runtime.spawn(future)),
    }
}
