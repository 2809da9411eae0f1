//! [`OpenTelemetry`] and [`OpenTelemetryBuilder`].

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "cloudwatch")]
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanExporter;
use powertools_lambda_core::{Environment, InitError};
use powertools_lambda_tracer::{TracerBuilder, XRayDaemon};

use crate::convert::Converter;
use crate::emitter::SampledByXRay;
use crate::parts::{AddEmitter, Parts};
use crate::propagation::Propagation;
use crate::queue::Limits;
use crate::resource::resource;

/// Makes a tracer send its spans to an OpenTelemetry receiver instead of the X-Ray daemon.
///
/// ```
/// use opentelemetry_sdk::trace::InMemorySpanExporter;
/// use powertools_lambda_core::InitError;
/// use powertools_lambda_opentelemetry::OpenTelemetry;
/// use powertools_lambda_tracer::Tracer;
///
/// # fn main() -> Result<(), InitError> {
/// let exporter = InMemorySpanExporter::default();
/// let open_telemetry = OpenTelemetry::builder().exporter(exporter).build()?;
/// let tracer = open_telemetry.configure(Tracer::builder()).build();
/// # let _ = tracer;
/// # Ok(())
/// # }
/// ```
#[must_use = "it does nothing until it configures a tracer"]
pub struct OpenTelemetry(Box<dyn FnOnce(TracerBuilder) -> TracerBuilder>);

impl OpenTelemetry {
    /// Returns a builder.
    pub fn builder() -> OpenTelemetryBuilder {
        OpenTelemetryBuilder::default()
    }

    pub(crate) fn new(configure: impl FnOnce(TracerBuilder) -> TracerBuilder + 'static) -> Self {
        Self(Box::new(configure))
    }

    /// Configures a tracer: sets its emitter, and the propagator that decides about parents and sampling.
    ///
    /// With `powertools-lambda`: `Powertools::builder().tracer(|tracer| open_telemetry.configure(tracer))`.
    pub fn configure(self, tracer: TracerBuilder) -> TracerBuilder {
        (self.0)(tracer)
    }
}

impl fmt::Debug for OpenTelemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenTelemetry").finish_non_exhaustive()
    }
}

/// Configures [`OpenTelemetry`]; from [`OpenTelemetry::builder`].
#[derive(Default)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct OpenTelemetryBuilder {
    environment: Environment,
    service: Option<String>,
    attributes: Vec<KeyValue>,
    development_conventions: bool,
    wait: Option<Duration>,
    x_ray: bool,
    twice_in_aws: bool,
    #[cfg(feature = "otlp")]
    headers: Vec<(String, String)>,
    destination: Destination,
}

#[derive(Default)]
enum Destination {
    #[default]
    Unset,
    Exporter(Box<dyn FnOnce(Parts) -> AddEmitter>),
    #[cfg(feature = "otlp")]
    Otlp,
    #[cfg(feature = "cloudwatch")]
    CloudWatch(SharedCredentialsProvider),
}

/// How long sending may take after a response.
const WAIT: Duration = Duration::from_secs(2);

impl OpenTelemetryBuilder {
    /// Sets where environment variables, clock and warnings come from. Default: the process.
    pub fn environment(mut self, environment: impl Into<Environment>) -> Self {
        self.environment = environment.into();
        self
    }

    /// Sets the attribute `service.name`. Default: `OTEL_SERVICE_NAME`, else `service.name` in
    /// `OTEL_RESOURCE_ATTRIBUTES`, else `POWERTOOLS_SERVICE_NAME`, else the name of the function.
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self
    }

    /// Adds an attribute of the resource, which describes the function. Default: those of Lambda's variables and of
    /// `OTEL_RESOURCE_ATTRIBUTES`.
    pub fn resource_attribute(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes
            .push(KeyValue::new(key.into(), Value::from(value.into())));
        self
    }

    /// Sets whether spans also have the attributes whose names are in development in the semantic conventions, such as
    /// `faas.invocation_id` and `aws.request_id`; their names may change. Default: false.
    pub fn development_conventions(mut self, development: bool) -> Self {
        self.development_conventions = development;
        self
    }

    /// Sets how long sending may take after a response. Default: `OTEL_BSP_EXPORT_TIMEOUT`, or 2 seconds.
    ///
    /// In any case, it is cancelled 100 ms before the deadline. What was not sent is sent after the next response.
    pub fn wait(mut self, wait: Duration) -> Self {
        self.wait = Some(wait);
        self
    }

    /// Sends spans to `exporter`, such as the SDK's `InMemorySpanExporter` or one for standard output.
    ///
    /// It is called from the function's Tokio runtime, one call at a time, and at the end of the process from another.
    /// The client of an exporter must be asynchronous: a blocking client holds up other invocations.
    pub fn exporter<E: SpanExporter + 'static>(mut self, mut exporter: E) -> Self {
        self.destination = Destination::Exporter(Box::new(move |parts| {
            exporter.set_resource(&parts.resource);
            parts.add_emitter(Some(exporter), None)
        }));
        self
    }

    /// Sends spans to an OTLP receiver, by the variables `OTEL_EXPORTER_OTLP_*`.
    #[cfg(feature = "otlp")]
    pub fn otlp(mut self) -> Self {
        self.destination = Destination::Otlp;
        self
    }

    /// Adds a header to the requests of [`otlp`](Self::otlp), such as the receiver's key from a secret store. It replaces one of the
    /// same name in `OTEL_EXPORTER_OTLP_HEADERS`. Default: those of the variable.
    ///
    /// ```
    /// # fn example(key: String) {
    /// use powertools_lambda_opentelemetry::OpenTelemetry;
    ///
    /// let otlp = OpenTelemetry::builder().otlp().header("x-api-key", key).build();
    /// # let _ = otlp;
    /// # }
    /// ```
    #[cfg(feature = "otlp")]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sends spans to CloudWatch's OTLP endpoint in the function's region, with signed requests.
    ///
    /// Transaction Search must be on in CloudWatch, and the function's role needs `xray:PutTraceSegments`, as in the policy
    /// `AWSXRayDaemonWriteAccess`. Take the credentials from the SDK's configuration, which `aws_config` loads:
    ///
    /// ```
    /// # fn example(sdk: &aws_types::SdkConfig) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// use powertools_lambda_opentelemetry::OpenTelemetry;
    ///
    /// // `sdk` is `aws_config::load_defaults(BehaviorVersion::latest()).await`.
    /// let credentials = sdk.credentials_provider().ok_or("the SDK's configuration has no credentials")?;
    /// let cloudwatch = OpenTelemetry::builder().cloudwatch(credentials).build()?;
    /// # let _ = cloudwatch;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "cloudwatch")]
    pub fn cloudwatch(mut self, credentials: impl ProvideCredentials + 'static) -> Self {
        self.destination = Destination::CloudWatch(SharedCredentialsProvider::new(credentials));
        self
    }

    /// Sets whether the X-Ray daemon also gets the spans of the traces that X-Ray samples. Default: false.
    ///
    /// With [`cloudwatch`](Self::cloudwatch) this is refused, because AWS would store and bill each span twice;
    /// [`twice_in_aws`](Self::twice_in_aws) allows it.
    pub fn x_ray(mut self, x_ray: bool) -> Self {
        self.x_ray = x_ray;
        self
    }

    /// Sets whether spans may go both to X-Ray's daemon and to CloudWatch's OTLP endpoint. Default: false.
    pub fn twice_in_aws(mut self, twice: bool) -> Self {
        self.twice_in_aws = twice;
        self
    }

    /// Builds the configuration; anything not set in code is read from environment variables.
    ///
    /// * `OTEL_SDK_DISABLED` true, or `OTEL_TRACES_EXPORTER` `none`: nothing is sent. Default: false, `otlp`.
    /// * `OTEL_PROPAGATORS`: whether the event's `traceparent` or X-Ray's header is the parent. Default:
    ///   `tracecontext,baggage`.
    /// * `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG`: what is recorded. Default: `parentbased_always_on`.
    /// * `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`: attributes of the resource.
    /// * `OTEL_BSP_MAX_QUEUE_SIZE`: the maximum number of waiting spans. Default: 2,048.
    /// * `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`: the maximum number of spans in a request. Default: 512.
    /// * `OTEL_BSP_EXPORT_TIMEOUT`: how long sending may take after a response, in milliseconds. Default: 2,000.
    ///
    /// If a variable is invalid, the default is used and one warning is written. [`otlp`](Self::otlp) reads further variables.
    ///
    /// # Errors
    ///
    /// Returns an error if no exporter was set, if a [`header`](Self::header) is invalid, if spans would be stored twice in AWS,
    /// or, for [`cloudwatch`](Self::cloudwatch), if the region is unknown or the protocol is `grpc`. Returns no error if
    /// `OTEL_SDK_DISABLED` or `OTEL_TRACES_EXPORTER` turns sending off.
    pub fn build(self) -> Result<OpenTelemetry, InitError> {
        let variables = self.environment.variables();
        let propagation = Propagation::from_env(&self.environment);
        let positive =
            |name: &str| variables.parse_with(name, "a number above 0", |text| text.parse().ok().filter(|n| *n > 0));
        let queue = positive("OTEL_BSP_MAX_QUEUE_SIZE").unwrap_or(2_048);
        let batch = positive("OTEL_BSP_MAX_EXPORT_BATCH_SIZE").unwrap_or(512);
        let wait = variables.parse_with("OTEL_BSP_EXPORT_TIMEOUT", "a number of milliseconds above 0", |text| {
            text.parse::<u64>().ok().filter(|millis| *millis > 0)
        });
        let is_disabled = variables.flag("OTEL_SDK_DISABLED").unwrap_or(false)
            || variables.parse_with("OTEL_TRACES_EXPORTER", "otlp or none", |text| match text {
                "none" => Some(true),
                "otlp" => Some(false),
                _ => None,
            }) == Some(true);
        let (environment, x_ray) = (self.environment.clone(), self.x_ray);
        if is_disabled && !matches!(self.destination, Destination::Unset) {
            // With `x_ray`, the daemon is the tracer's own emitter.
            return Ok(OpenTelemetry::new(
                move |tracer| {
                    if x_ray { tracer } else { tracer.enabled(false) }
                },
            ));
        }
        let parts = Parts {
            converter: Converter::new(self.development_conventions),
            resource: resource(&self.environment, self.service, self.attributes),
            limits: Limits {
                queue,
                queue_bytes: 16 << 20,
                batch,
                batch_bytes: 4 << 20,
                span_bytes: 1 << 20,
            },
            wait: self.wait.or(wait.map(Duration::from_millis)).unwrap_or(WAIT),
            outcome: Arc::default(),
            environment: self.environment.clone(),
        };
        let add_emitter = match self.destination {
            Destination::Unset => {
                return Err(InitError::new(
                    "no exporter is set: call `exporter`, `otlp` or `cloudwatch` of `OpenTelemetry::builder()`",
                ));
            }
            Destination::Exporter(add_emitter) => add_emitter(parts),
            #[cfg(feature = "otlp")]
            Destination::Otlp => crate::otlp::add_emitter(parts, self.headers)?,
            #[cfg(feature = "cloudwatch")]
            Destination::CloudWatch(_) if self.x_ray && !self.twice_in_aws => {
                return Err(InitError::new(
                    "spans would go both to X-Ray's daemon and to CloudWatch's OTLP endpoint, so AWS would store and bill \
                     each of them twice: leave out `x_ray`, or allow it with `twice_in_aws(true)`",
                ));
            }
            #[cfg(feature = "cloudwatch")]
            Destination::CloudWatch(credentials) => crate::cloudwatch::add_emitter(parts, credentials)?,
        };
        Ok(OpenTelemetry::new(move |tracer| {
            let tracer = add_emitter(tracer.propagator(propagation));
            if x_ray {
                tracer.emitter(SampledByXRay(XRayDaemon::from_env(&environment)))
            } else {
                tracer
            }
        }))
    }
}

impl fmt::Debug for OpenTelemetryBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenTelemetryBuilder")
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}
