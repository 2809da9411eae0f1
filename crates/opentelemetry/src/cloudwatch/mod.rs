//! CloudWatch's OTLP endpoint: signed requests within its limits.

mod signer;

use aws_credential_types::provider::SharedCredentialsProvider;
use powertools_lambda_core::{Environment, InitError};

pub(crate) use self::signer::Signer;
use crate::otlp::add_http;
use crate::otlp::settings::OtlpSettings;
use crate::parts::{AddEmitter, Parts};
use crate::queue::Limits;

/// The endpoint accepts 10,000 spans and 5 MB in a request, and 200 KB in a span.
/// See <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html>.
fn limits(limits: Limits) -> Limits {
    Limits {
        batch: limits.batch.min(10_000),
        // The rest is for the resource and the scope, which are in a request once.
        batch_bytes: 5_000_000 - 32_000,
        span_bytes: 200_000,
        ..limits
    }
}

/// Returns a function that adds the emitter for CloudWatch to the tracer.
pub(crate) fn add_emitter(mut parts: Parts, credentials: SharedCredentialsProvider) -> Result<AddEmitter, InitError> {
    let protocol = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
    let protocol = protocol
        .iter()
        .find_map(|name| parts.environment.variables().text(name));
    if protocol.is_some_and(|protocol| protocol == "grpc") {
        return Err(InitError::new(
            "CloudWatch's OTLP endpoint has no gRPC: unset OTEL_EXPORTER_OTLP_PROTOCOL, or set it to http/protobuf",
        ));
    }
    let region = region(&parts.environment).ok_or(InitError::new(
        "AWS_REGION is not set, so CloudWatch's OTLP endpoint is unknown: set it, as Lambda does",
    ))?;
    let mut settings = OtlpSettings::from_env(&parts.environment);
    // An endpoint for traces may be set, for an interface endpoint of a VPC. The endpoint for all signals is not
    // CloudWatch's.
    if !settings.is_for_traces {
        settings.endpoint = endpoint(&region);
    }
    parts.limits = limits(parts.limits);
    let clock = parts.environment.clock().clone();
    let add_emitter = add_http(parts, settings, move |client| {
        client.signer = Some(Signer::new(credentials.clone(), region.clone(), clock.clone()));
    });
    Ok(add_emitter)
}

fn region(environment: &Environment) -> Option<String> {
    let mut names = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter();
    names.find_map(|name| environment.variables().text(name))
}

fn endpoint(region: &str) -> String {
    let domain = if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    };
    format!("https://xray.{region}.{domain}/v1/traces")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_is_that_of_the_region() {
        for (region, expected) in [
            ("eu-west-1", "https://xray.eu-west-1.amazonaws.com/v1/traces"),
            ("us-gov-west-1", "https://xray.us-gov-west-1.amazonaws.com/v1/traces"),
            ("cn-north-1", "https://xray.cn-north-1.amazonaws.com.cn/v1/traces"),
        ] {
            assert_eq!(endpoint(region), expected);
        }
    }
}
