//! [`OpenTelemetry`] and [`traceparent`].

use std::fmt;

use powertools_lambda_core::Sampling;
use powertools_lambda_tracer::{TracerBuilder, trace_header};

use crate::OpenTelemetryBuilder;

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

    /// Configures a tracer: sets its emitter, and what decides about parents and sampling.
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

/// Returns the W3C `traceparent` to send with a request or a message, for clients that the tracer does not instrument.
///
/// Its parent is the current span. Returns `None` outside an invocation, and if the invocation came without any parent and
/// is not recorded.
///
/// ```
/// if let Some(traceparent) = powertools_lambda_opentelemetry::traceparent() {
///     println!("traceparent: {traceparent}");
/// }
/// ```
pub fn traceparent() -> Option<String> {
    let header = trace_header()?;
    if powertools_lambda_tracer::is_recorded() {
        return header.decide(Sampling::Sampled).traceparent();
    }
    header.traceparent()
}
