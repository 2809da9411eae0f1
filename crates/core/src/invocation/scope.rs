//! The current invocation of a thread: [`Invocation::current`], [`InvocationExt`], [`enter_span`] and [`exit_span`].
//!
//! A thread-local variable holds it. A future that belongs to an invocation sets it during each poll, and a span that
//! belongs to an invocation sets it while the span is entered; the last one entered is current. Each restores the
//! previous value.

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tracing::span;

use crate::Invocation;

thread_local! {
    static SCOPE: RefCell<Scope> = const { RefCell::new(Scope { current: None, spans: Vec::new() }) };
}

struct Scope {
    current: Option<Invocation>,
    /// Spans that changed the current invocation when they were entered; the innermost is last.
    spans: Vec<EnteredSpan>,
}

struct EnteredSpan {
    span: u64,
    /// How many times the span was entered again in the meantime.
    again: u32,
    outer: Option<Invocation>,
}

impl Invocation {
    /// Returns the invocation that this code runs for.
    ///
    /// Returns `None` outside an invocation and in work that was spawned without `.in_current_span()` or
    /// [`.in_invocation()`](InvocationExt::in_invocation).
    pub fn current() -> Option<Self> {
        Self::with_current(Self::clone)
    }

    /// Calls `f` with the current invocation, without counting a reference; for hot paths.
    ///
    /// Returns `None` where [`current`](Self::current) does. `f` must not run foreign code, because spans that it
    /// enters would not change the current invocation.
    ///
    /// ```
    /// use powertools_lambda_core::Invocation;
    ///
    /// let is_cold = Invocation::with_current(Invocation::is_cold_start);
    /// assert_eq!(is_cold, None); // outside an invocation
    /// ```
    pub fn with_current<R>(f: impl FnOnce(&Self) -> R) -> Option<R> {
        // The first fails only while the thread is ending, the second only while the scope is being changed.
        let found = SCOPE.try_with(|scope| scope.try_borrow().ok().and_then(|scope| scope.current.as_ref().map(f)));
        found.ok().flatten()
    }

    /// Runs `f` as part of this invocation: inside it, [`current`](Self::current) returns this invocation.
    pub fn in_scope<R>(&self, f: impl FnOnce() -> R) -> R {
        let _entered = self.enter();
        f()
    }

    /// Makes this invocation current until the guard is dropped.
    pub(crate) fn enter(&self) -> Entered {
        Entered::new(self.clone())
    }
}

/// Makes an invocation current on this thread until it is dropped.
pub(crate) struct Entered {
    outer: Option<Invocation>,
    /// The guard must be dropped on the thread that created it.
    not_send: PhantomData<*const ()>,
}

impl Entered {
    fn new(invocation: Invocation) -> Self {
        Self {
            outer: replace_current(Some(invocation)),
            not_send: PhantomData,
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        replace_current(self.outer.take());
    }
}

/// Sets the current invocation and returns the previous one, for the caller to drop when the scope is not borrowed.
fn replace_current(invocation: Option<Invocation>) -> Option<Invocation> {
    let mut invocation = Some(invocation);
    let previous = SCOPE.try_with(|scope| {
        let mut scope = scope.try_borrow_mut().ok()?;
        invocation
            .take()
            .and_then(|invocation| std::mem::replace(&mut scope.current, invocation))
    });
    previous.ok().flatten()
}

/// Makes `invocation` current because a span that belongs to it was entered.
///
/// For `tracing_subscriber` layers that keep the invocation in the extensions of its spans. Spans travel with spawned
/// work, so this is how the invocation gets there. Does nothing if the invocation is already current, so two layers may
/// both call it. Each call must be followed by an [`exit_span`] with the same id on the same thread.
pub fn enter_span(id: &span::Id, invocation: &Invocation) {
    let span = id.into_u64();
    let _ = SCOPE.try_with(|scope| {
        let Ok(mut scope) = scope.try_borrow_mut() else { return };
        if scope
            .current
            .as_ref()
            .is_some_and(|current| current.is_same(invocation))
        {
            if let Some(last) = scope.spans.last_mut()
                && last.span == span
            {
                last.again += 1;
            }
            return;
        }
        let outer = scope.current.replace(invocation.clone());
        scope.spans.push(EnteredSpan { span, again: 0, outer });
    });
}

/// Restores the invocation that was current before [`enter_span`] was called with this id.
pub fn exit_span(id: &span::Id) {
    let span = id.into_u64();
    let left = SCOPE.try_with(|scope| {
        let mut scope = scope.try_borrow_mut().ok()?;
        let last = scope.spans.last_mut().filter(|last| last.span == span)?;
        if last.again > 0 {
            last.again -= 1;
            return None;
        }
        let outer = scope.spans.pop()?.outer;
        std::mem::replace(&mut scope.current, outer)
    });
    drop(left); // outside the borrow, because the last handle drops the states of the utilities
}

/// Attaches an invocation to a future, as `tracing`'s `Instrument` attaches a span.
///
/// # Examples
///
/// ```
/// use powertools_lambda_core::InvocationExt;
///
/// async fn record_sale() { /* metrics, log keys and annotations of the invocation work here */ }
///
/// # async fn example() {
/// // Without `.in_invocation()`, the spawned task would be outside the invocation.
/// let sale = tokio::spawn(record_sale().in_invocation());
/// # sale.await.unwrap();
/// # }
/// # #[tokio::main(flavor = "current_thread")] async fn main() { example().await }
/// ```
pub trait InvocationExt: Sized {
    /// Makes the future part of the current invocation, on any task it is spawned on.
    ///
    /// If the logger or the tracer is in use, `.in_current_span()` does the same. Outside an invocation it does
    /// nothing.
    fn in_invocation(self) -> InInvocation<Self> {
        InInvocation {
            future: self,
            invocation: Invocation::current(),
        }
    }

    /// Makes the future part of `invocation`.
    fn with_invocation(self, invocation: Invocation) -> InInvocation<Self> {
        InInvocation {
            future: self,
            invocation: Some(invocation),
        }
    }
}

impl<F: Future> InvocationExt for F {}

pin_project! {
    /// A future that is part of an invocation; from [`InvocationExt`].
    #[must_use = "futures do nothing unless polled"]
    pub struct InInvocation<F> {
        #[pin]
        future: F,
        invocation: Option<Invocation>,
    }
}

impl<F: Future> Future for InInvocation<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        match this.invocation {
            Some(invocation) => invocation.in_scope(|| this.future.poll(cx)),
            None => this.future.poll(cx),
        }
    }
}

impl<F> fmt::Debug for InInvocation<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InInvocation")
            .field("invocation", &self.invocation)
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "test-util"))]
mod tests {
    use super::*;
    use crate::test_util::{TestEnvironment, context};

    fn invocation(request_id: &str) -> Invocation {
        let mut context = context();
        context.request_id = request_id.to_owned();
        Invocation::new(context, TestEnvironment::new().environment())
    }

    fn current() -> Option<String> {
        Invocation::current().map(|invocation| invocation.context().request_id.clone())
    }

    #[test]
    fn what_was_entered_last_is_current_and_restored() {
        let (a, b) = (invocation("a"), invocation("b"));
        assert_eq!(current(), None);
        a.in_scope(|| {
            assert_eq!(current().as_deref(), Some("a"));
            enter_span(&span::Id::from_u64(1), &b);
            assert_eq!(current().as_deref(), Some("b"));
            a.in_scope(|| assert_eq!(current().as_deref(), Some("a")));
            assert_eq!(current().as_deref(), Some("b"));
            exit_span(&span::Id::from_u64(1));
            assert_eq!(current().as_deref(), Some("a"));
        });
        assert_eq!(current(), None);
    }

    #[test]
    fn a_span_entered_again_inside_itself_stays_current() {
        let a = invocation("a");
        enter_span(&span::Id::from_u64(1), &a);
        enter_span(&span::Id::from_u64(2), &a);
        enter_span(&span::Id::from_u64(1), &a);
        exit_span(&span::Id::from_u64(1));
        assert_eq!(current().as_deref(), Some("a"));
        exit_span(&span::Id::from_u64(2));
        assert_eq!(current().as_deref(), Some("a"));
        exit_span(&span::Id::from_u64(1));
        assert_eq!(current(), None);
    }

    #[test]
    fn two_layers_that_carry_the_same_span_leave_nothing_behind() {
        let a = invocation("a");
        enter_span(&span::Id::from_u64(1), &a);
        enter_span(&span::Id::from_u64(1), &a);
        assert_eq!(current().as_deref(), Some("a"));
        exit_span(&span::Id::from_u64(1));
        exit_span(&span::Id::from_u64(1));
        assert_eq!(current(), None);
    }

    #[test]
    fn a_panic_restores_the_scope() {
        let a = invocation("a");
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| a.in_scope(|| panic!("boom"))));
        assert!(result.is_err());
        assert_eq!(current(), None);
    }

    #[tokio::test]
    async fn spawned_work_has_the_invocation_only_when_it_is_carried() {
        let a = invocation("a");
        async {
            let carried = tokio::spawn(async { current() }.in_invocation());
            let bare = tokio::spawn(async { current() });
            assert_eq!(carried.await.unwrap().as_deref(), Some("a"));
            assert_eq!(bare.await.unwrap(), None);
        }
        .with_invocation(a)
        .await;
        assert_eq!(current(), None);
    }

    #[tokio::test]
    async fn interleaved_futures_of_one_thread_keep_their_own() {
        let tasks: Vec<_> = (0..64)
            .map(|number| {
                let id = number.to_string();
                let work = async move {
                    for _ in 0..20 {
                        assert_eq!(current().as_deref(), Some(id.as_str()));
                        tokio::task::yield_now().await;
                    }
                };
                tokio::spawn(work.with_invocation(invocation(&number.to_string())))
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    }
}
