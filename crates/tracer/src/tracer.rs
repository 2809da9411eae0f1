//! [`Tracer`] and [`TracerBuilder`].

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use powertools_lambda_core::{Environment, InvocationLayer, service_name};
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

use crate::emitters::Emitters;
use crate::subscriber::{SpanFilter, SpanLayer, SpanRecorder};
use crate::trace::Pool;
use crate::utility::TracerUtility;
use crate::{Emitter, Propagator, ResponseLayer, XRayDaemon};

/// Turns the `tracing` spans of an invocation into an X-Ray trace.
///
/// This is a cheap handle; clones are the same tracer. It needs three layers:
/// [`subscriber_layer`](Self::subscriber_layer) in the subscriber, [`invocation_layer`](Self::invocation_layer) around
/// the runtime, and [`HandlerLayer`](crate::HandlerLayer) around the handler, which reports its errors and panics.
///
/// # Examples
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
///     Runtime::new(handler).layer(tracer.invocation_layer()).run_concurrent().await
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

    /// Returns the layer for [`Runtime::layer`](lambda_runtime::Runtime::layer), which sends the spans after the
    /// response.
    pub fn invocation_layer(&self) -> InvocationLayer {
        InvocationLayer::new(self.utility.environment.clone()).with(&self.utility)
    }

    /// Returns a layer that adds the handler's response to the trace; see [`ResponseLayer`].
    pub fn response_layer(&self) -> ResponseLayer {
        ResponseLayer {
            enabled: self.capture_response,
        }
    }

    /// Returns the interceptor for `aws-sdk-*` clients; see [`AwsInterceptor`](crate::AwsInterceptor).
    ///
    /// ```no_run
    /// # use powertools_lambda_tracer::Tracer;
    /// # fn client(tracer: &Tracer, config: &aws_types::SdkConfig) -> aws_sdk_dynamodb::Client {
    /// // `config` is that of `aws_config::load_defaults(BehaviorVersion::latest()).await`.
    /// let config = aws_sdk_dynamodb::config::Builder::from(config).interceptor(tracer.aws_interceptor()).build();
    /// aws_sdk_dynamodb::Client::from_conf(config)
    /// # }
    /// ```
    #[cfg(feature = "aws-sdk")]
    #[allow(clippy::unused_self)] // a method, as the layers are
    pub fn aws_interceptor(&self) -> crate::AwsInterceptor {
        crate::AwsInterceptor::new()
    }

    /// Returns the layer for HTTP clients, `tower` services or `reqwest`; see [`HttpLayer`](crate::HttpLayer).
    #[cfg(feature = "http")]
    #[allow(clippy::unused_self)] // a method, as the layers are
    pub fn http_layer(&self) -> crate::HttpLayer {
        crate::HttpLayer::new()
    }

    /// Returns the layer for the subscriber: `tracing_subscriber::registry().with(tracer.subscriber_layer())`.
    ///
    /// It has its own filter, so it disables nothing for other layers.
    pub fn subscriber_layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        let layer = SpanLayer {
            recorder: self.span_recorder(),
        };
        layer.with_filter(self.span_filter())
    }

    /// Returns the recorder of spans, for a custom subscriber layer; see [`subscriber`](crate::subscriber).
    pub fn span_recorder(&self) -> SpanRecorder {
        SpanRecorder::new(Arc::clone(&self.utility))
    }

    /// Returns the filter to use with [`span_recorder`](Self::span_recorder).
    pub fn span_filter(&self) -> SpanFilter {
        SpanFilter::clone(&self.filter)
    }

    /// Returns whether sampled invocations are recorded; see [`TracerBuilder::enabled`].
    pub fn is_enabled(&self) -> bool {
        self.utility.enabled
    }

    /// Returns how many spans were lost since the process started, summed over all emitters: because of a
    /// full socket buffer, a missing daemon or receiver, or a limit.
    pub fn lost_spans(&self) -> u64 {
        self.utility.emitters.lost()
    }

    /// Sends the finished spans of invocations that are still running.
    ///
    /// Call it before the process ends. Otherwise invocations send their spans after the response or near the deadline.
    pub fn shutdown(&self) {
        self.invocation_layer().shutdown();
    }

    /// Reopens the emitter's sockets. Call it after a SnapStart restore.
    pub fn after_restore(&self) {
        self.utility.emitters.after_restore();
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

/// Configures a [`Tracer`]; from [`Tracer::builder`].
///
/// ```
/// use powertools_lambda_tracer::Tracer;
/// use tracing::Level;
///
/// let tracer = Tracer::builder()
///     .service("orders")
///     .level(Level::DEBUG)
///     .target_level("sqlx", Level::WARN)
///     .build();
/// # let _ = tracer;
/// ```
#[derive(Default)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct TracerBuilder {
    environment: Environment,
    service: Option<String>,
    enabled: Option<bool>,
    capture_error: Option<bool>,
    emitters: Emitters,
    propagator: Option<Box<dyn Propagator>>,
    nested_documents: Option<bool>,
    filter: SpanFilter,
}

impl TracerBuilder {
    /// Sets where environment variables, clock and warnings come from. Default: the process.
    pub fn environment(mut self, environment: impl Into<Environment>) -> Self {
        self.environment = environment.into();
        self
    }

    /// Sets the name of the service. Default: `POWERTOOLS_SERVICE_NAME`.
    ///
    /// It becomes the annotation `Service` of the handler's subsegment and the default namespace of metadata.
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self
    }

    /// Sets whether traces are recorded, both in Lambda and outside.
    ///
    /// Default: true in Lambda, and elsewhere if an emitter or `AWS_XRAY_DAEMON_ADDRESS` is set; false if
    /// `POWERTOOLS_TRACE_DISABLED` is true. Invocations that Lambda does not sample are not recorded, unless a
    /// [propagator](Self::propagator) decides otherwise.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = Some(enabled);
        self
    }

    /// Sets whether the type and message of errors are recorded. Default: `POWERTOOLS_TRACER_CAPTURE_ERROR`, or true.
    ///
    /// If false, failed spans are still marked as failed, but without any text of the error.
    pub fn capture_error(mut self, capture_error: bool) -> Self {
        self.capture_error = Some(capture_error);
        self
    }

    /// Sets whether the spans of an invocation are sent as one nested document, if they fit, or each as a separate document.
    /// Default: `POWERTOOLS_TRACER_NESTED_DOCUMENTS`, or true.
    ///
    /// This applies to the default emitter; for an emitter that is added with [`emitter`](Self::emitter), see
    /// [`XRayDaemon::nested_documents`].
    pub fn nested_documents(mut self, nested: bool) -> Self {
        self.nested_documents = Some(nested);
        self
    }

    /// Sends spans to `emitter`, both in Lambda and outside. Default: [`XRayDaemon`] alone.
    ///
    /// If it is called several times, every emitter gets all spans, in the order of these calls.
    pub fn emitter(mut self, emitter: impl Emitter) -> Self {
        self.emitters.push(Box::new(emitter));
        self
    }

    /// Sets the propagator, which decides whether an invocation is recorded, and as part of which trace. Default:
    /// Lambda's own tracing header.
    pub fn propagator(mut self, propagator: impl Propagator) -> Self {
        self.propagator = Some(Box::new(propagator));
        self
    }

    /// Sets the most verbose level of spans that are recorded. Default: INFO.
    ///
    /// This affects the trace only, not the logs. A span's level is set with `#[instrument(level = "debug")]`.
    pub fn level(mut self, level: impl Into<LevelFilter>) -> Self {
        self.filter.set_level(level.into());
        self
    }

    /// Sets the level for spans of one target, instead of [`level`](Self::level).
    ///
    /// The target of a span is the path of its module, unless the span sets another. How `target` matches:
    ///
    /// * `orders` matches the target `orders` and everything inside it (`orders::db`), but not `orders_api`.
    /// * A `*` at the end matches any rest of the name: `orders*` also matches `orders_api` and `orders_api::http`. A
    ///   `*` elsewhere has no special meaning.
    /// * If several match, the longest one counts.
    ///
    /// Default: the targets of `lambda_runtime`, the AWS SDK (`aws_sdk_*`, `aws_smithy_*` and its other crates),
    /// `hyper`, `h2`, `reqwest`, `rustls`, `tokio` and `tower` are off, because the tracer has its own subsegments for
    /// calls. To switch one on, pass at least that crate or pattern as `target`: `aws_sdk_*` or `aws_sdk_dynamodb`;
    /// `aws_*` is too short.
    ///
    /// The logger's `target_level` matches in the same way; `RUST_LOG` is for the logger alone.
    pub fn target_level(mut self, target: impl Into<Cow<'static, str>>, level: impl Into<LevelFilter>) -> Self {
        self.filter.set_target(target.into(), level.into());
        self
    }

    /// Builds the tracer; anything not set in code is read from environment variables.
    ///
    /// * `POWERTOOLS_SERVICE_NAME`: the service. Default: none.
    /// * `POWERTOOLS_TRACE_DISABLED`: true records nothing. Default: false.
    /// * `POWERTOOLS_TRACER_CAPTURE_ERROR`: false leaves out the text of errors. Default: true.
    /// * `POWERTOOLS_TRACER_CAPTURE_RESPONSE`: false disables [`Tracer::response_layer`]. Default: true.
    /// * `POWERTOOLS_TRACER_NESTED_DOCUMENTS`: false sends each span as a separate document. Default: true.
    /// * `AWS_XRAY_DAEMON_ADDRESS`: `host:port` or `tcp:host:port udp:host:port`. Lambda sets it. Default:
    ///   `127.0.0.1:2000`.
    ///
    /// If a variable is invalid, the default is used and one warning is written. Outside Lambda (without
    /// `LAMBDA_TASK_ROOT`, or with `AWS_SAM_LOCAL`) nothing is recorded, unless `AWS_XRAY_DAEMON_ADDRESS`,
    /// [`emitter`](Self::emitter) or [`enabled`](Self::enabled) is set.
    pub fn build(mut self) -> Tracer {
        let env = self.environment.variables();
        let disabled = env.flag("POWERTOOLS_TRACE_DISABLED").unwrap_or(false);
        let has_sink =
            !self.emitters.is_empty() || env.text(XRayDaemon::ADDRESS).is_some() || in_lambda(&self.environment);
        let enabled = self.enabled.unwrap_or(!disabled && has_sink);
        let capture_error = self
            .capture_error
            .unwrap_or_else(|| env.flag("POWERTOOLS_TRACER_CAPTURE_ERROR").unwrap_or(true));
        let service = self.service.or_else(|| service_name(env));
        if enabled && self.emitters.is_empty() {
            let mut daemon = XRayDaemon::from_env(&self.environment);
            if let Some(nested) = self.nested_documents {
                daemon = daemon.nested_documents(nested);
            }
            self.emitters.push(Box::new(daemon));
        }
        let capture_response = env.flag("POWERTOOLS_TRACER_CAPTURE_RESPONSE").unwrap_or(true);
        let utility = TracerUtility {
            enabled,
            service: service.map(Arc::from),
            capture_error,
            emitters: self.emitters,
            propagator: self.propagator,
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
