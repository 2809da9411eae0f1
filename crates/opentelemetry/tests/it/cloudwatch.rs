//! CloudWatch's OTLP endpoint: signed requests within its limits, and what is refused.

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use powertools_lambda_core::test_util::{TestEnvironment, traced_context};
use powertools_lambda_opentelemetry::OpenTelemetry;
use powertools_lambda_tracer::add_metadata;

use crate::common::Function;
use crate::common::receiver::{Answer, Receiver};

fn credentials() -> Credentials {
    Credentials::new(
        "AKIDEXAMPLE",
        "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        Some("token".to_owned()),
        None,
        "test",
    )
}

fn function(receiver: &Receiver, credentials: Credentials) -> Function {
    let endpoint = format!("{}/v1/traces", receiver.endpoint());
    let environment = TestEnvironment::new().var("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint);
    Function::new(environment, |builder| {
        builder.cloudwatch(credentials).wait(Duration::from_secs(20))
    })
}

#[tokio::test]
async fn requests_are_signed_for_the_service_and_the_region() {
    let receiver = Receiver::start(Answer::Accept);
    let function = function(&receiver, credentials());
    function.invoke().await;
    let received = &receiver.received()[0];
    let authorization = received.header("authorization").unwrap();
    assert!(
        authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260115/eu-west-1/xray/aws4_request, "),
        "{authorization}"
    );
    assert_eq!(received.header("x-amz-security-token"), Some("token"));
    assert_eq!(receiver.spans().len(), 2);
    // For the check by botocore: `cargo xtask test` sets the variable.
    #[allow(clippy::disallowed_methods)]
    if let Ok(folder) = std::env::var("SIGNED_REQUEST") {
        let headers: serde_json::Map<_, _> = received
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value.clone().into()))
            .collect();
        let request = serde_json::json!({"path": received.path, "headers": headers});
        std::fs::write(format!("{folder}/request.json"), request.to_string()).unwrap();
        std::fs::write(format!("{folder}/body"), &received.body).unwrap();
    }
}

#[tokio::test]
async fn expired_credentials_are_a_clear_warning_and_lose_nothing() {
    let receiver = Receiver::start(Answer::Accept);
    let expired = Credentials::new("id", "secret", None, Some(UNIX_EPOCH + Duration::from_secs(1)), "test");
    let function = function(&receiver, expired);
    function.invoke().await;
    let warnings = function.environment.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("the credentials have expired"), "{warnings:?}");
    assert_eq!((receiver.received().len(), function.tracer.lost_spans()), (0, 0));
}

#[tokio::test]
async fn requests_are_split_by_the_limits_of_the_endpoint() {
    let receiver = Receiver::start(Answer::Accept);
    let function = function(&receiver, credentials());
    let text = "x".repeat(60_000);
    function
        .invoke_with(traced_context(), "{}", async {
            for _ in 0..85 {
                let span = tracing::info_span!("large");
                span.in_scope(|| {
                    for key in ["a", "b", "c", "d"] {
                        add_metadata(key, &text);
                    }
                });
            }
        })
        .await;
    let received = receiver.received();
    assert!(received.len() > 1);
    for request in &received {
        assert!(request.body.len() <= 5_000_000, "{}", request.body.len());
        for span in request.spans() {
            assert!(prost::Message::encoded_len(&span) <= 200_000);
        }
    }
    assert_eq!(receiver.spans().len(), 86);
}

#[test]
fn what_cannot_work_is_an_error() {
    let with = |variables: &[(&str, &str)]| {
        let environment = variables
            .iter()
            .fold(TestEnvironment::new(), |environment, (name, value)| {
                environment.var(*name, *value)
            });
        OpenTelemetry::builder()
            .environment(&environment)
            .cloudwatch(credentials())
    };
    let region = ("AWS_REGION", "eu-west-1");
    for (builder, expected) in [
        (with(&[]), "AWS_REGION is not set"),
        (with(&[region, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]), "has no gRPC"),
        (with(&[region]).x_ray(true), "twice"),
    ] {
        let error = builder.build().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    assert!(with(&[region]).x_ray(true).twice_in_aws(true).build().is_ok());
    // Nothing is sent, so nothing is missing.
    assert!(with(&[("OTEL_SDK_DISABLED", "true")]).build().is_ok());
}
