//! The examples of the guide: it shows this code.

// example: imports
use powertools_lambda_opentelemetry::OpenTelemetry;
use powertools_lambda_tracer::Tracer;
// end

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::SdkConfig;
use lambda_runtime::Error;
use powertools_lambda_core::InitError;

fn otlp() -> Result<Tracer, InitError> {
    // example: otlp
    let otlp = OpenTelemetry::builder().otlp().build()?;
    let tracer = otlp.configure(Tracer::builder()).build();
    // end
    Ok(tracer)
}

fn cloudwatch(sdk: &SdkConfig) -> Result<Tracer, Error> {
    // example: cloudwatch
    let credentials = sdk
        .credentials_provider()
        .ok_or("the SDK's configuration has no credentials")?;
    let cloudwatch = OpenTelemetry::builder().cloudwatch(credentials).build()?;
    let tracer = cloudwatch.configure(Tracer::builder()).build();
    // end
    Ok(tracer)
}

#[test]
fn the_guide_shows_this_code() {
    assert!(otlp().is_ok());
    let credentials = Credentials::new("id", "secret", None, None, "test");
    let with_credentials = SdkConfig::builder()
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build();
    // This process has no region.
    for (sdk, expected) in [
        (SdkConfig::builder().build(), "no credentials"),
        (with_credentials, "AWS_REGION is not set"),
    ] {
        let error = cloudwatch(&sdk).err().map(|error| error.to_string());
        assert!(
            error.as_ref().is_some_and(|error| error.contains(expected)),
            "{error:?}"
        );
    }
    // The guide has the paths of the umbrella crate.
    let source = include_str!("guide.rs")
        .replace("powertools_lambda_opentelemetry", "powertools_lambda::opentelemetry")
        .replace("powertools_lambda_tracer", "powertools_lambda::tracer");
    let text = include_str!("../../docs/guide.md");
    guide_check::check("crates/opentelemetry/docs/guide.md", text, &source, |guide| {
        guide.code("imports");
        guide.left_out("[dependencies]", "cargo reads it");
        guide.code("otlp");
        guide.code("cloudwatch");
    });
}
