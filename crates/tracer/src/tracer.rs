//! The tracer and how it is configured.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use powertools_lambda_core::{Environment, InvocationLayer, service_name};
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

use crate::subscriber::{SpanFilter, SpanLayer, SpanRecorder};
use crate::trace::Pool;
use crate::utility::TracerUtility;
use crate::{Emitter, ResponseLayer, XRayDaemon};

/// Turns the `tracing` spans of an invocation into an X-Ray trace.
///
/// A cheap handle: clones are the same tracer. It needs [`invocation_layer`](Self::invocation_layer) around the runtime,
/// [`HandlerLayer`](crate::HandlerLayer) around the handler, so that failures are known, and
/// [`subscriber_layer`](Self::subscriber_layer) in the subscriber.
///
/// ```
/// use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
/// use powertools_lambda_tracer::{HandlerLayer, Tracer, annotate};
/// use tower_layer::Layer;
/// use tracing_subscriber::layer::SubscriberExt;
///
/// #[tracing::instrument]
/// async fn charge(order_id: u64) {
///     annotate("tenant", "acme");
/// }
///
/// async fn handler(_: LambdaEvent<serde_json::Value>) -> Result<(), Error> {
///     charge(7).await;
///     Ok(())
/// }
///
/// # #[allow(dead_code)]
/// async fn start() -> Result<(), Error> {
///     let tracer = Tracer::from_env();
///     let subscriber = tracing_subscriber::registry().with(tracer.subscriber_layer());
///     tracing::subscriber::set_global_default(subscriber)?;
///     let handler = HandlerLayer::new().layer(service_fn(handler));
///     Runtime::new(handler).layer(tracer.invocation_layer()).run().await
/// }
/// ```
#[derive(Clone)]
pub struct Tracer {
    utility: Arc<TracerUtility>,
    filter: Arc<SpanFilter>,
    capture_response: bool,
}

impl Tracer {
    /// Returns a builder.
    pub fn builder() -> TracerBuilder {
        TracerBuilder::default()
    }

    /// Builds a tracer from the environment variables; see [`TracerBuilder::build`].
    pub fn from_env() -> Self {
        Self::builder().build()
    }

    /// Returns the layer for [`Runtime::layer`](lambda_runtime::Runtime::layer): it sends the spans after the response.
    pub fn invocation_layer(&self) -> InvocationLayer {
        InvocationLayer::new(self.utility.environment.clone()).with(&self.utility)
    }

    /// Returns the layer inside the handler layer that adds the handler's response to the trace.
    pub fn response_layer(&self) -> ResponseLayer {
        ResponseLayer {
            enabled: self.capture_response,
        }
    }

    /// Returns the interceptor for `aws-sdk-*` clients; see [`AwsInterceptor`](crate::AwsInterceptor).
    #[cfg(feature = "aws-sdk")]
    #[allow(clippy::unused_self)] // a method, as the layers are
    pub fn aws_interceptor(&self) -> crate::AwsInterceptor {
        crate::AwsInterceptor::new()
    }

    /// Returns the layer for HTTP clients; see [`HttpLayer`](crate::HttpLayer).
    #[cfg(feature = "http")]
    #[allow(clippy::unused_self)] // a method, as the layers are
    pub fn http_layer(&self) -> crate::HttpLayer {
        crate::HttpLayer::new()
    }

    /// Returns the layer for `registry().with(..)`.
    ///
    /// It has its own filter and disables nothing for other layers.
    pub fn subscriber_layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        let layer = SpanLayer {
            recorder: self.span_recorder(),
        };
        layer.with_filter(self.span_filter())
    }

    /// Returns what records spans, for a layer that does more than that; see [`subscriber`](crate::subscriber).
    pub fn span_recorder(&self) -> SpanRecorder {
        SpanRecorder::new(Arc::clone(&self.utility))
    }

    /// Returns the filter that belongs to [`span_recorder`](Self::span_recorder).
    pub fn span_filter(&self) -> SpanFilter {
        SpanFilter::clone(&self.filter)
    }

    /// Returns whether traces are recorded at all; a sampled invocation then is.
    pub fn is_enabled(&self) -> bool {
        self.utility.enabled
    }

    /// Returns how many spans the emitter could not hand on since the process began: a full socket buffer, no daemon.
    pub fn lost_spans(&self) -> u64 {
        self.utility.emitter.lost()
    }

    /// Sends the finished spans of invocations that are not over.
    ///
    /// For the end of the process; invocations send their own after their response, and near their deadline.
    pub fn shutdown(&self) {
        self.invocation_layer().shutdown();
    }

    /// Opens the emitter's sockets again, after the environment was restored from a snapshot.
    pub fn after_restore(&self) {
        self.utility.emitter.after_restore();
    }
}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracer")
            .field("enabled", &self.utility.enabled)
            .field("service", &self.utility.service)
            .finish_non_exhaustive()
    }
}

/// Configures a [`Tracer`].
#[derive(Default)]
#[must_use]
pub struct TracerBuilder {
    environment: Environment,
    service: Option<String>,
    enabled: Option<bool>,
    capture_error: Option<bool>,
    emitter: Option<Box<dyn Emitter>>,
    filter: SpanFilter,
}

impl TracerBuilder {
    /// Takes environment, clock and warnings from `environment` instead of the process.
    pub fn environment(mut self, environment: impl Into<Environment>) -> Self {
        self.environment = environment.into();
        self
    }

    /// Sets the service, instead of `POWERTOOLS_SERVICE_NAME`.
    ///
    /// It is the annotation `Service` of the handler and the namespace of metadata.
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self
    }

    /// Sets whether anything is recorded, instead of `POWERTOOLS_TRACE_DISABLED`, in Lambda and outside.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = Some(enabled);
        self
    }

    /// Sets whether errors are recorded with their text, instead of `POWERTOOLS_TRACER_CAPTURE_ERROR`.
    ///
    /// Otherwise a failed span is marked as failed and nothing of the error enters the trace.
    pub fn capture_error(mut self, capture_error: bool) -> Self {
        self.capture_error = Some(capture_error);
        self
    }

    /// Sends spans to `emitter` instead of the X-Ray daemon, in Lambda and outside.
    pub fn emitter(mut self, emitter: impl Emitter) -> Self {
        self.emitter = Some(Box::new(emitter));
        self
    }

    /// Sets the least severe level of spans that are recorded; INFO where it is not set.
    pub fn level(mut self, level: impl Into<LevelFilter>) -> Self {
        self.filter.set_level(level.into());
        self
    }

    /// Sets the level for the spans of a module and those inside it, by the longest name that matches.
    ///
    /// The spans of `lambda_runtime`, the AWS SDK, `hyper`, `h2`, `tower` and the like are off where nothing is set. A
    /// `*` at the end stands for any rest of a name: `aws_sdk_*`.
    pub fn target_level(mut self, target: impl Into<Cow<'static, str>>, level: impl Into<LevelFilter>) -> Self {
        self.filter.set_target(target.into(), level.into());
        self
    }

    /// Builds the tracer; what was not set comes from the environment variables.
    ///
    /// * `POWERTOOLS_SERVICE_NAME`: the service.
    /// * `POWERTOOLS_TRACE_DISABLED`: true records nothing.
    /// * `POWERTOOLS_TRACER_CAPTURE_ERROR`: false keeps errors' texts out.
    /// * `POWERTOOLS_TRACER_CAPTURE_RESPONSE`: false switches [`Tracer::response_layer`] off.
    /// * `AWS_XRAY_DAEMON_ADDRESS`: `host:port` or `tcp:host:port udp:host:port`; Lambda sets it.
    ///
    /// A value that cannot be used is the default and one warning. Outside Lambda (without `LAMBDA_TASK_ROOT`, or with
    /// `AWS_SAM_LOCAL`) nothing is recorded, unless the address of a daemon is set.
    pub fn build(self) -> Tracer {
        let env = self.environment.variables();
        let disabled = env.flag("POWERTOOLS_TRACE_DISABLED").unwrap_or(false);
        let has_sink =
            self.emitter.is_some() || env.text(XRayDaemon::ADDRESS).is_some() || in_lambda(&self.environment);
        let enabled = self.enabled.unwrap_or(!disabled && has_sink);
        let capture_error = self
            .capture_error
            .unwrap_or_else(|| env.flag("POWERTOOLS_TRACER_CAPTURE_ERROR").unwrap_or(true));
        let service = self.service.or_else(|| service_name(env));
        let emitter = match self.emitter {
            Some(emitter) => emitter,
            None if enabled => Box::new(XRayDaemon::from_env(&self.environment)),
            None => Box::new(Nowhere),
        };
        let capture_response = env.flag("POWERTOOLS_TRACER_CAPTURE_RESPONSE").unwrap_or(true);
        let utility = TracerUtility {
            enabled,
            service: service.map(Arc::from),
            capture_error,
            emitter,
            pool: Pool::default(),
            open_spans: AtomicUsize::new(0),
            environment: self.environment,
        };
        Tracer {
            utility: Arc::new(utility),
            filter: Arc::new(self.filter),
            capture_response,
        }
    }
}

impl fmt::Debug for TracerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracerBuilder")
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

fn in_lambda(environment: &Environment) -> bool {
    let env = environment.variables();
    env.text("LAMBDA_TASK_ROOT").is_some() && !env.flag("AWS_SAM_LOCAL").unwrap_or(false)
}

/// The emitter of a tracer that is off.
struct Nowhere;

impl Emitter for Nowhere {
    fn emit(&self, _: &crate::SpanRecord) {}
}
