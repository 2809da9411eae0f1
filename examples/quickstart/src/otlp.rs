//! Sends the traces to an OTLP receiver.

use lambda_runtime::Error;
use powertools_lambda::Powertools;
use powertools_lambda::opentelemetry::OpenTelemetry;

/// Sets up the toolkit, with an OTLP receiver for the traces: `OTEL_EXPORTER_OTLP_ENDPOINT`.
pub(crate) fn powertools() -> Result<Powertools, Error> {
    // Names of queues and other resources are in development in the semantic conventions.
    let otlp = OpenTelemetry::builder().development_conventions(true).otlp().build()?;
    Ok(Powertools::builder().tracer(|tracer| otlp.configure(tracer)).build())
}
