//! OTLP: exporters over HTTP and gRPC, with the messages and the gRPC client of `opentelemetry-proto`.

pub(crate) mod client;
#[cfg(feature = "otlp-grpc")]
mod grpc;
mod http;
mod receiver;
pub(crate) mod settings;

use std::sync::Arc;

use powertools_lambda_core::InitError;

use self::client::Client;
use self::http::HttpExporter;
use self::receiver::Receiver;
use self::settings::{OtlpSettings, Transport};
use crate::parts::{AddEmitter, Parts};

/// Returns a function that adds the emitter for an OTLP receiver to the tracer; `headers` are those of the program.
pub(crate) fn add_emitter(parts: Parts, headers: Vec<(String, String)>) -> Result<AddEmitter, InitError> {
    let mut settings = OtlpSettings::from_env(&parts.environment);
    settings.set_headers(headers)?;
    let add_emitter = match settings.transport {
        Transport::Http => add_http(parts, settings, |_| ()),
        #[cfg(feature = "otlp-grpc")]
        Transport::Grpc => {
            let resource = parts.resource.clone();
            let (outcome, environment) = (Arc::clone(&parts.outcome), parts.environment.clone());
            let make = move || {
                grpc::GrpcExporter::new(&settings, Receiver::new(&environment, Arc::clone(&outcome)), &resource)
            };
            parts.add_emitter(None, Some(Box::new(make)))
        }
    };
    Ok(add_emitter)
}

/// Returns a function that adds an emitter that sends over HTTP; `change` changes each client that is made.
pub(crate) fn add_http(
    parts: Parts,
    settings: OtlpSettings,
    change: impl Fn(&mut Client) + Send + Sync + 'static,
) -> AddEmitter {
    let (resource, outcome) = (parts.resource.clone(), Arc::clone(&parts.outcome));
    let environment = parts.environment.clone();
    let make = move || {
        let mut client = Client::new();
        change(&mut client);
        let receiver = Receiver::new(&environment, Arc::clone(&outcome));
        HttpExporter::new(&settings, client, receiver, &resource)
    };
    parts.add_emitter(None, Some(Box::new(make)))
}
