//! The examples of the guide: it shows this code.

use aws_credential_types::Credentials;
use powertools_lambda_core::InitError;
use powertools_lambda_opentelemetry::OpenTelemetry;
use powertools_lambda_tracer::Tracer;

fn otlp() -> Result<Tracer, InitError> {
    // example: otlp
    let otlp = OpenTelemetry::builder().otlp().build()?;
    let tracer = otlp.configure(Tracer::builder()).build();
    // end
    Ok(tracer)
}

fn cloudwatch(credentials: Credentials) -> Result<Tracer, InitError> {
    // example: cloudwatch
    // `credentials` is `config.credentials_provider()` of the SDK's configuration.
    let cloudwatch = OpenTelemetry::builder().cloudwatch(credentials).build()?;
    let tracer = cloudwatch.configure(Tracer::builder()).build();
    // end
    Ok(tracer)
}

#[test]
fn the_guide_shows_this_code() {
    assert!(otlp().is_ok());
    // This process has no region.
    assert!(cloudwatch(Credentials::new("id", "secret", None, None, "test")).is_err());
    let (text, source) = (include_str!("../../docs/guide.md"), include_str!("guide.rs"));
    guide_check::check("crates/opentelemetry/docs/guide.md", text, source, |guide| {
        guide.code("otlp");
        guide.code("cloudwatch");
    });
}
