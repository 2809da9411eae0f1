//! A function that reads parameters through a traced client, from a slow store.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_ssm::config::http::HttpResponse;
use aws_sdk_ssm::config::{BehaviorVersion, Credentials, Region, RuntimeComponents};
use aws_sdk_ssm::{Client, Config};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use lambda_runtime::{Error, LambdaEvent};
use powertools_lambda::Powertools;
use powertools_lambda::parameters::Parameters;
use powertools_lambda::parameters::ssm::Ssm;
use powertools_lambda::tracer::Tracer;
use serde::Deserialize;
use tower::service_fn;

#[derive(Deserialize)]
struct Event {
    name: String,
    /// How long the handler waits for the store.
    patience_ms: u64,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let powertools = Powertools::from_env();
    let client = Client::from_conf(config(powertools.tracer()));
    let ssm = Parameters::builder(Ssm::new(client))
        .max_age(Duration::from_hours(1))
        .build();
    ssm.prefetch(["/read/ahead"]).await;
    powertools
        .register_snapstart_resource(Arc::new(ssm.clone()))
        .run(service_fn(move |event| handler(ssm.clone(), event)))
        .await
}

async fn handler(ssm: Parameters<Ssm>, event: LambdaEvent<Event>) -> Result<Option<String>, Error> {
    let Event { name, patience_ms } = event.payload;
    let patience = Duration::from_millis(patience_ms);
    let read = tokio::time::timeout(patience, ssm.get(&name).into_future()).await;
    Ok(read.ok().transpose()?.map(|value| value.to_string()))
}

fn config(tracer: &Tracer) -> Config {
    Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("AKID", "key", None, None, "test"))
        .http_client(SlowStore)
        .interceptor(tracer.aws_interceptor())
        .build()
}

/// A store that has a value for every name.
#[derive(Clone, Debug)]
struct SlowStore;

const ANSWER: &str = r#"{"Parameter": {"Name": "any", "Type": "String", "Value": "EUR"}, "Parameters": []}"#;

impl HttpConnector for SlowStore {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            Ok(HttpResponse::new(
                200.try_into().unwrap_or_else(|_| unreachable!()),
                SdkBody::from(ANSWER),
            ))
        })
    }
}

impl HttpClient for SlowStore {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
