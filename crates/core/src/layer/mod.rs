//! [`InvocationLayer`], the layer around the runtime that opens the scope of each invocation.

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

/// The target of the span that is open during each invocation.
///
/// The span has no parent. Its level is ERROR, so that no level filter disables it: work that is spawned with
/// `.in_current_span()` finds the invocation through it.
pub const INVOCATION_TARGET: &str = "powertools_lambda::invocation";

/// A layer for [`Runtime::layer`](lambda_runtime::Runtime::layer) that lets utilities take part in each invocation.
///
/// It opens the scope of the invocation, calls the utilities at its start, and finishes them after the response was
/// posted. If an outer `InvocationLayer` has already opened the scope, it joins that one, so several of these layers
/// behave like one in any order.
///
/// It never returns an error of its own, because the runtime would end the process.
///
/// # The three layers of a custom runtime
///
/// `Powertools::run` in `powertools-lambda` sets all of them up. With your own `Runtime` and subscriber, each layer has
/// its place:
///
/// ```text
/// subscriber:  tracing_subscriber::registry().with(subscriber_layer)      1. sees spans and events; carries the
///                                                                            invocation to spawned work
/// runtime:     ┌─ InvocationLayer ────────────────────────────────────┐   2. Runtime::layer: opens the scope,
///              │                                                      │      finishes after the response was posted
///              │  lambda_runtime: decodes the event, posts responses  │
///              │                                                      │
///              │  ┌─ HandlerLayer ─────────────────────────────────┐  │   3. around the handler: sees its error
///              │  │                                                │  │      and its panic
///              │  │  your handler                                  │  │
///              │  └────────────────────────────────────────────────┘  │
///              └──────────────────────────────────────────────────────┘
/// ```
///
/// ```no_run
/// use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
/// use powertools_lambda_core::{Environment, HandlerLayer, InvocationLayer};
/// use tower_layer::Layer;
///
/// async fn handler(_: LambdaEvent<serde_json::Value>) -> Result<(), Error> {
///     Ok(())
/// }
///
/// # async fn run() -> Result<(), Error> {
/// // 1. `tracing_subscriber::registry().with(logger.subscriber_layer()).init()`, for the logger and the tracer
/// // 2. `logger.invocation_layer().and(&metrics.invocation_layer())` instead of this empty layer
/// let invocation_layer = InvocationLayer::new(Environment::process());
/// // 3.
/// let handler = HandlerLayer::new().layer(service_fn(handler));
/// Runtime::new(handler).layer(invocation_layer).run_concurrent().await
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a layer does nothing unless it is added to the runtime with `Runtime::layer`"]
pub struct InvocationLayer {
    utilities: Arc<[Arc<dyn AnyUtility>]>,
    environment: Environment,
}

impl InvocationLayer {
    /// Creates a layer without utilities; [`with`](Self::with) adds them.
    pub fn new(environment: Environment) -> Self {
        Self {
            utilities: Arc::new([]),
            environment,
        }
    }

    /// Adds a utility, which acts after those already added.
    pub fn with<U: Utility>(self, utility: &Arc<U>) -> Self {
        let utilities = self.utilities.iter().cloned().chain([erased(utility)]);
        Self {
            utilities: utilities.collect(),
            environment: self.environment,
        }
    }

    /// Adds the utilities of another layer, which act after those already added.
    ///
    /// The result keeps the environment of `self`.
    pub fn and(self, other: &Self) -> Self {
        Self {
            utilities: self.utilities.iter().chain(&*other.utilities).cloned().collect(),
            environment: self.environment,
        }
    }

    /// Writes data that is still pending, before the process ends.
    ///
    /// For every open invocation in which a utility of this layer takes part, calls [`Utility::near_deadline`] of that
    /// utility and of others of its type; those that do not block come first. Then calls [`Utility::on_shutdown`]. A
    /// panic gives one warning.
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
            guard(
                self.environment.warnings(),
                || utility.name(),
                "at the end of the process",
                || {
                    utility.on_shutdown();
                },
            );
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

/// The service that [`InvocationLayer`] creates.
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
        let inner = {
            // Not in a closure, because the request would have to be moved into it.
            let _current = scope.invocation.enter();
            let _entered = scope.span.enter();
            self.start(&scope.invocation, &request);
            watch::open(&scope.invocation);
            self.inner.call(request)
        };
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
        // Dropped as soon as it has ended.
        #[pin]
        inner: Option<F>,
        // `None` if an outer layer opened the scope.
        scope: Option<Scope>,
        // Kept until the work after the response has ended.
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

    /// Drops the inner future inside the scope, so that its spans close there, and ends the invocation.
    ///
    /// Returns the invocation if it was opened here.
    fn close(self: Pin<&mut Self>) -> Option<Invocation> {
        let mut this = self.project();
        let scope = this.scope.take()?;
        if this.inner.is_some() {
            scope.run(|| this.inner.set(None));
        }
        Some(scope.end())
    }
}

impl<F: Future> Future for InvocationFuture<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.as_mut().project();
        if this.inner.is_some() {
            let mut poll = || {
                let polled = this.inner.as_mut().as_pin_mut().map(|inner| inner.poll(cx));
                if !matches!(polled, Some(Poll::Pending)) {
                    // Dropped in the same scope, which then need not be entered again.
                    this.inner.set(None);
                }
                polled.unwrap_or(Poll::Pending)
            };
            let output = match this.scope {
                Some(scope) => ready!(scope.run(poll)),
                None => ready!(poll()),
            };
            let closed = self.as_mut().close();
            let this = self.as_mut().project();
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
        // There is no output if the future is polled after completion, which may return anything.
        this.output.take().map_or(Poll::Pending, Poll::Ready)
    }
}

impl<F: Future> fmt::Debug for InvocationFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvocationFuture").finish_non_exhaustive()
    }
}

/// An open invocation and its span; dropping it ends the invocation, on every path.
struct Scope {
    invocation: Invocation,
    span: Span,
}

impl Scope {
    fn open(invocation: Invocation) -> Self {
        // Created inside the scope, where a subscriber layer finds the invocation and stores it in the span.
        let span = invocation.in_scope(|| {
            error_span!(target: INVOCATION_TARGET, parent: None, "invocation", request_id = invocation.context().request_id)
        });
        Self { invocation, span }
    }

    /// Runs `f` in the scope and in the span.
    fn run<R>(&self, f: impl FnOnce() -> R) -> R {
        self.invocation.in_scope(|| self.span.in_scope(f))
    }

    /// Ends the invocation by dropping the scope, and returns it.
    fn end(self) -> Invocation {
        self.invocation.clone()
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        self.invocation.in_scope(|| {
            // The span closes before the utilities finish.
            self.span = Span::none();
            self.invocation.finish();
        });
        watch::close(&self.invocation);
    }
}
