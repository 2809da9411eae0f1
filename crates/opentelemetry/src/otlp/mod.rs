//! OTLP, with the exporters of `opentelemetry-otlp`.

pub(crate) mod client;
pub(crate) mod settings;

use std::collections::HashMap;
use std::sync::Arc;

use opentelemetry_otlp::{Protocol, RetryPolicy, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanExporter as _;

use self::client::{Client, Receiver};
use self::settings::{OtlpSettings, Transport};
use crate::parts::{AddEmitter, Parts};

/// Returns what adds the emitter for an OTLP receiver to the tracer.
pub(crate) fn add_emitter(parts: Parts) -> AddEmitter {
    let settings = OtlpSettings::from_env(&parts.environment);
    let (resource, outcome, environment) = (
        parts.resource.clone(),
        Arc::clone(&parts.outcome),
        parts.environment.clone(),
    );
    let make = move || match settings.transport {
        Transport::Http => {
            let receiver = Receiver::new(&environment, Arc::clone(&outcome), settings.timeout);
            http_exporter(&settings, Client::new(receiver), &resource)
        }
        #[cfg(feature = "otlp-grpc")]
        Transport::Grpc => grpc_exporter(&settings, &resource),
    };
    parts.add_emitter(None, Some(Box::new(make)))
}

/// Makes an exporter that sends by HTTP with `client`.
pub(crate) fn http_exporter(
    settings: &OtlpSettings,
    client: Client,
    resource: &Resource,
) -> Result<SpanExporter, String> {
    let mut builder = SpanExporter::builder()
        .with_http()
        .with_http_client(client)
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(settings.endpoint.as_str())
        .with_timeout(settings.timeout)
        // Its pauses would block the thread of the function; what was not sent is sent with the next spans.
        .with_retry_policy(RetryPolicy::disabled())
        .with_headers(settings.headers.iter().cloned().collect::<HashMap<_, _>>());
    if let Some(compression) = settings.compression {
        builder = builder.with_compression(compression);
    }
    let mut exporter = builder.build().map_err(|error| error.to_string())?;
    exporter.set_resource(resource);
    Ok(exporter)
}

#[cfg(feature = "otlp-grpc")]
fn grpc_exporter(settings: &OtlpSettings, resource: &Resource) -> Result<SpanExporter, String> {
    use opentelemetry_otlp::WithTonicConfig as _;
    use opentelemetry_otlp::tonic_types::metadata::MetadataMap;
    use opentelemetry_otlp::tonic_types::transport::ClientTlsConfig;

    let headers = settings.headers.iter().filter_map(|(name, value)| {
        let name = http::HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, http::HeaderValue::from_str(value).ok()?))
    });
    let mut builder = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(settings.endpoint.as_str())
        .with_timeout(settings.timeout)
        .with_retry_policy(RetryPolicy::disabled())
        .with_metadata(MetadataMap::from_headers(headers.collect()));
    if settings.endpoint.starts_with("https:") {
        builder = builder.with_tls_config(ClientTlsConfig::new().with_native_roots());
    }
    if let Some(compression) = settings.compression {
        builder = builder.with_compression(compression);
    }
    let mut exporter = builder.build().map_err(|error| error.to_string())?;
    exporter.set_resource(resource);
    Ok(exporter)
}
