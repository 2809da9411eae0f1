//! The outer seam: a layer for `Runtime::layer` that opens the invocation's scope.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use lambda_runtime::LambdaInvocation;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;
use tracing::{Span, error_span};

use crate::{Host, Invocation, InvocationHook};

/// The target of the span that is open during an invocation.
///
/// It has the level ERROR, so that no level filter takes the invocation from work that is spawned with
/// `.in_current_span()`, and no parent.
pub const INVOCATION_SPAN: &str = "powertools_lambda::invocation";

/// A layer for [`Runtime::layer`](lambda_runtime::Runtime::layer) that gives hooks their place in each invocation.
///
/// It opens the invocation's scope when none is open and joins it otherwise, so several of them behave like one,
/// whatever their order. The hooks' last act comes after the response was posted, because the runtime's layers sit
/// outside the post. It never returns an error of its own: the runtime would end the process.
#[derive(Clone)]
pub struct InvocationLayer {
    hooks: Arc<[Arc<dyn InvocationHook>]>,
    host: Host,
}

impl InvocationLayer {
    /// Creates a layer with these hooks.
    pub fn new(hooks: impl IntoIterator<Item = Arc<dyn InvocationHook>>, host: Host) -> Self {
        Self {
            hooks: hooks.into_iter().collect(),
            host,
        }
    }

    /// Returns one layer with the hooks of both, this one's first.
    pub fn and(self, other: &Self) -> Self {
        Self {
            hooks: self.hooks.iter().chain(&*other.hooks).cloned().collect(),
            host: self.host,
        }
    }
}

impl<S> Layer<S> for InvocationLayer {
    type Service = InvocationService<S>;

    fn layer(&self, inner: S) -> InvocationService<S> {
        InvocationService {
            inner,
            layer: self.clone(),
        }
    }
}

impl fmt::Debug for InvocationLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvocationLayer")
            .field("hooks", &self.hooks.len())
            .finish_non_exhaustive()
    }
}

/// The service that [`InvocationLayer`] makes.
#[derive(Clone, Debug)]
pub struct InvocationService<S> {
    inner: S,
    layer: InvocationLayer,
}

impl<S: Service<LambdaInvocation>> Service<LambdaInvocation> for InvocationService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = InvocationFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: LambdaInvocation) -> Self::Future {
        let open = Invocation::current().filter(|open| open.context().request_id == request.context.request_id);
        if let Some(open) = open {
            self.join(&open, &request);
            return InvocationFuture {
                inner: Some(self.inner.call(request)),
                scope: None,
            };
        }
        let scope = Scope::open(Invocation::new(request.context.clone(), &self.layer.host));
        let inner = scope.run(|invocation| {
            self.join(invocation, &request);
            self.inner.call(request)
        });
        InvocationFuture {
            inner: Some(inner),
            scope: Some(scope),
        }
    }
}

impl<S> InvocationService<S> {
    fn join(&self, invocation: &Invocation, request: &LambdaInvocation) {
        for hook in &*self.layer.hooks {
            invocation.join(hook, request);
        }
    }
}

pin_project! {
    /// The future of [`InvocationService`].
    #[must_use = "futures do nothing unless polled"]
    pub struct InvocationFuture<F> {
        #[pin]
        inner: Option<F>,
        // Absent where an outer layer opened the scope.
        scope: Option<Scope>,
    }

    impl<F> PinnedDrop for InvocationFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            this.close();
        }
    }
}

impl<F> InvocationFuture<F> {
    /// Drops the inner future inside the scope, so that its spans close there, then ends the invocation.
    fn close(self: Pin<&mut Self>) {
        let mut this = self.project();
        if let Some(scope) = this.scope.take() {
            scope.run(|_| this.inner.set(None));
        }
    }
}

impl<F: Future> Future for InvocationFuture<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.as_mut().project();
        let Some(inner) = this.inner.as_pin_mut() else {
            // Polled after completion, which a future need not answer.
            return Poll::Pending;
        };
        let output = match this.scope {
            Some(scope) => ready!(scope.run(|_| inner.poll(cx))),
            None => ready!(inner.poll(cx)),
        };
        self.close();
        Poll::Ready(output)
    }
}

impl<F> fmt::Debug for InvocationFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvocationFuture").finish_non_exhaustive()
    }
}

/// An open invocation with its span; ends the invocation when it is dropped, on every path.
struct Scope {
    invocation: Invocation,
    span: Span,
}

impl Scope {
    fn open(invocation: Invocation) -> Self {
        // Made inside the scope: a subscriber layer finds the invocation there and keeps it in the span.
        let span = invocation.in_scope(|| {
            error_span!(target: INVOCATION_SPAN, parent: None, "invocation", request_id = invocation.context().request_id)
        });
        Self { invocation, span }
    }

    /// Runs `f` in the scope and in the span.
    fn run<R>(&self, f: impl FnOnce(&Invocation) -> R) -> R {
        self.invocation.in_scope(|| self.span.in_scope(|| f(&self.invocation)))
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        self.invocation.in_scope(|| {
            // The span closes before the hooks act.
            self.span = Span::none();
            self.invocation.finish();
        });
    }
}
