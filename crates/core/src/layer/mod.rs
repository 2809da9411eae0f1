//! The outer seam: a layer for `Runtime::layer` that opens the invocation's scope.

mod after_response;
mod handler;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use lambda_runtime::LambdaInvocation;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;
use tracing::{Span, error_span};

use self::after_response::Awaited;
use crate::guard::guard;
use crate::invocation::{AnyUtility, Member, Participant, erased};
use crate::{Environment, Invocation, Utility, watch};

pub use self::handler::{DefaultErrorReporter, ErrorReporter, HandlerFuture, HandlerLayer, HandlerService};

/// The target of the span that is open during an invocation.
///
/// It has the level ERROR, so that no level filter takes the invocation from work that is spawned with
/// `.in_current_span()`, and no parent.
pub const INVOCATION_TARGET: &str = "powertools_lambda::invocation";

/// A layer for [`Runtime::layer`](lambda_runtime::Runtime::layer) in which utilities take part in each invocation.
///
/// It opens the invocation's scope if none is open and joins it otherwise, so several of them behave like one, whatever
/// their order. The utilities' last act comes after the response was posted, because the runtime's layers sit outside the
/// post. It never returns an error of its own: the runtime would end the process.
#[derive(Clone)]
pub struct InvocationLayer {
    utilities: Arc<[Arc<dyn AnyUtility>]>,
    environment: Environment,
}

impl InvocationLayer {
    /// Creates a layer without a utility.
    pub fn new(environment: Environment) -> Self {
        Self {
            utilities: Arc::new([]),
            environment,
        }
    }

    /// Returns the layer with a further utility, which acts after those that it has.
    #[must_use]
    pub fn with<U: Utility>(self, utility: &Arc<U>) -> Self {
        let utilities = self.utilities.iter().cloned().chain([erased(utility)]);
        Self {
            utilities: utilities.collect(),
            environment: self.environment,
        }
    }

    /// Returns one layer with the utilities of both, this one's first.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        Self {
            utilities: self.utilities.iter().chain(&*other.utilities).cloned().collect(),
            environment: self.environment,
        }
    }

    /// Writes what waits in the invocations that are not over, and what belongs to none.
    ///
    /// For the end of the process. Calls [`Utility::near_deadline`] in every open invocation in which a utility of this
    /// layer takes part, for that and for others of its type, first for those that do not block; then
    /// [`Utility::on_shutdown`]. A panic is one warning.
    pub fn shutdown(&self) {
        let is_mine = |member: &Member<dyn Participant>| self.utilities.iter().any(|utility| utility.is(member));
        let is_alike =
            |member: &&Member<dyn Participant>| self.utilities.iter().any(|utility| utility.is_alike(member));
        let mut open = watch::all_open();
        open.retain(|invocation| invocation.members().iter().any(is_mine));
        for may_block in [false, true] {
            for invocation in &open {
                let members = invocation.members().iter().filter(is_alike);
                members
                    .filter(|member| member.may_block() == may_block)
                    .for_each(|member| invocation.notify_member(member));
            }
        }
        for utility in &*self.utilities {
            guard(self.environment.warnings(), "the end of the process", || {
                utility.on_shutdown();
            });
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
            .field("utilities", &self.utilities.len())
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
            self.start(&open, &request);
            return InvocationFuture::new(self.inner.call(request), None);
        }
        let scope = Scope::open(Invocation::new(request.context.clone(), &self.layer.environment));
        let inner = scope.run(|invocation| {
            self.start(invocation, &request);
            watch::open(invocation);
            self.inner.call(request)
        });
        InvocationFuture::new(inner, Some(scope))
    }
}

impl<S> InvocationService<S> {
    fn start(&self, invocation: &Invocation, request: &LambdaInvocation) {
        for utility in &*self.layer.utilities {
            utility.start(invocation, request);
        }
    }
}

pin_project! {
    /// The future of [`InvocationService`].
    #[must_use = "futures do nothing unless polled"]
    pub struct InvocationFuture<F: Future> {
        // Dropped when it has ended.
        #[pin]
        inner: Option<F>,
        // Absent if an outer layer opened the scope.
        scope: Option<Scope>,
        // Until the work after the response has ended.
        output: Option<F::Output>,
        after_response: Option<Awaited>,
    }

    impl<F: Future> PinnedDrop for InvocationFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            this.close();
        }
    }
}

impl<F: Future> InvocationFuture<F> {
    fn new(inner: F, scope: Option<Scope>) -> Self {
        Self {
            inner: Some(inner),
            scope,
            output: None,
            after_response: None,
        }
    }

    /// Drops the inner future inside the scope, so that its spans close there, then ends the invocation; returns it if
    /// it was opened here.
    fn close(self: Pin<&mut Self>) -> Option<Invocation> {
        let mut this = self.project();
        let scope = this.scope.take()?;
        scope.run(|_| this.inner.set(None));
        Some(scope.end())
    }
}

impl<F: Future> Future for InvocationFuture<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.as_mut().project();
        if let Some(inner) = this.inner.as_pin_mut() {
            let output = match this.scope {
                Some(scope) => ready!(scope.run(|_| inner.poll(cx))),
                None => ready!(inner.poll(cx)),
            };
            let closed = self.as_mut().close();
            let mut this = self.as_mut().project();
            this.inner.set(None);
            let Some(awaited) = closed.and_then(Awaited::after) else {
                return Poll::Ready(output);
            };
            *this.output = Some(output);
            *this.after_response = Some(awaited);
        }
        let this = self.project();
        if let Some(awaited) = this.after_response {
            ready!(awaited.poll(cx));
            *this.after_response = None;
        }
        // Polled after completion there is none, and a future need not answer.
        this.output.take().map_or(Poll::Pending, Poll::Ready)
    }
}

impl<F: Future> fmt::Debug for InvocationFuture<F> {
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
            error_span!(target: INVOCATION_TARGET, parent: None, "invocation", request_id = invocation.context().request_id)
        });
        Self { invocation, span }
    }

    /// Runs `f` in the scope and in the span.
    fn run<R>(&self, f: impl FnOnce(&Invocation) -> R) -> R {
        self.invocation.in_scope(|| self.span.in_scope(|| f(&self.invocation)))
    }

    /// Ends the invocation, as dropping the scope does, and returns it.
    fn end(self) -> Invocation {
        self.invocation.clone()
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        self.invocation.in_scope(|| {
            // The span closes before the utilities act.
            self.span = Span::none();
            self.invocation.finish();
        });
        watch::close(&self.invocation);
    }
}
