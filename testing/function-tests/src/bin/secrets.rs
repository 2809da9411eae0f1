//! A function that meets a secret everywhere, and logs what the toolkit makes of it: handles, requests, values and errors.
//!
//! The secret is in the variable `SECRET` and in the events. If `SOURCE` is `http`, the events are requests.

use std::error::Error as StdError;
use std::fmt::Debug;
use std::io;
use std::pin::Pin;

use axum::Router;
use axum::routing::post;
use lambda_runtime::{Context, Error, LambdaEvent};
use powertools_lambda::batch::sqs::SqsEvent;
use powertools_lambda::batch::{Batch, Json, record_fn};
use powertools_lambda::core::Environment;
use powertools_lambda::feature_flags::{EvaluationContext, FeatureFlags, TextSource};
use powertools_lambda::http_api::ApiError;
use powertools_lambda::idempotency::{Idempotency, IdempotencyError, Key, MemoryStore};
use powertools_lambda::logger::LogEvent;
use powertools_lambda::metrics::{self, Unit};
use powertools_lambda::parameters::decode::Text;
use powertools_lambda::parameters::{Parameters, Provider, ProviderError};
use powertools_lambda::tracer::{self, HttpLayer};
use powertools_lambda::{Powertools, logger};
use serde::Deserialize;
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};
use tracing::{error, info};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let powertools = Powertools::builder()
        .logger(|logger| logger.log_event(LogEvent::new()))
        .http(|http| http.access_log(true).route_metrics(true))
        .build();
    if variable("SOURCE").as_deref() == Some("http") {
        let router = Router::new().route("/login", post(login));
        return powertools.run_http(router).await;
    }
    let client = powertools.tracer().http_layer();
    powertools
        .run(service_fn(move |event| handler(event, client.clone())))
        .await
}

async fn login() -> Result<(), ApiError> {
    info!("logging in");
    Err("the table is gone".into())
}

async fn handler(event: LambdaEvent<Value>, client: HttpLayer) -> Result<Value, Error> {
    let LambdaEvent { payload, context } = event;
    match payload["kind"].as_str().unwrap_or_default() {
        "parameters" => boxed(read_parameters()).await,
        "batch" => boxed(process_batch(payload["event"].clone(), context)).await,
        "idempotency" => boxed(execute_twice(context)).await,
        "flags" => boxed(evaluate_flags()).await,
        "call" => boxed(call(client)).await,
        "own_error" => Err(format!("the bank refused {}", secret()).into()),
        "own_field" => {
            info!(card = secret(), "paid");
            Ok(Value::Null)
        }
        _ => Ok(Value::Null),
    }
}

/// Spares the compiler a proof about lifetimes that it does not find for the whole handler.
fn boxed(
    future: impl Future<Output = Result<Value, Error>> + Send + 'static,
) -> Pin<Box<dyn Future<Output = Result<Value, Error>> + Send>> {
    Box::pin(future)
}

/// A store of secrets.
#[derive(Debug)]
struct Vault;

impl Provider for Vault {
    const STORE: &'static str = "a vault";
    type Options = ();
    type Default = Text;

    async fn get(&self, name: &str, (): &()) -> Result<powertools_lambda::parameters::Value, ProviderError> {
        match name {
            "/json" => Ok(json!({ "token": secret() }).to_string().into()),
            _ => Ok(secret().into()),
        }
    }

    async fn get_multiple(
        &self,
        _: &str,
        (): &(),
    ) -> Result<Vec<(String, powertools_lambda::parameters::Value)>, ProviderError> {
        Ok(vec![("token".to_owned(), secret().into())])
    }
}

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct Config {
    token: u32,
}

async fn read_parameters() -> Result<Value, Error> {
    let parameters = Parameters::new(Vault);
    let value = parameters.get("/secret").secret().await?;
    show("value", &value);
    show("decoded", &parameters.get("/secret").auto().await?);
    show("handle", &parameters);
    show("request", &parameters.get("/secret"));
    show("future", &parameters.get("/secret").into_future());
    show_error(parameters.get("/secret").json::<Config>().await);
    show_error(parameters.get("/json").json::<Config>().await);
    show_error(parameters.get("/secret").base64().await);
    show_error(parameters.get_multiple("/all").fields::<Config>().await);
    // The toolkit logs and traces the error of a handler.
    parameters.get("/json").json::<Config>().await?;
    Ok(Value::Null)
}

async fn process_batch(event: Value, context: Context) -> Result<Value, Error> {
    let event: SqsEvent = serde_json::from_value(event)?;
    let batch = Batch::sqs(record_fn(|Json(_): Json<Config>| async { Ok::<_, io::Error>(()) }));
    show("batch", &batch);
    Ok(serde_json::to_value(
        batch.process(LambdaEvent::new(event, context)).await?,
    )?)
}

async fn execute_twice(context: Context) -> Result<Value, Error> {
    let idempotency = Idempotency::new(MemoryStore::new(), "charge").with_context(&context);
    let key = Key::new(&secret()).payload(&secret());
    show("key", &key);
    show("idempotency", &idempotency);
    let first = idempotency.run(key, charge).await;
    first?;
    let second = idempotency.run(Key::new(&secret()).payload(&7), charge).await;
    Ok(second?.into())
}

#[allow(clippy::unused_async)] // the work of an execution is a function that returns a future
async fn charge() -> Result<String, IdempotencyError> {
    Ok(secret())
}

async fn evaluate_flags() -> Result<Value, Error> {
    let context = EvaluationContext::new().key("card", secret());
    show("context", &context);
    let rule = |action: &str, value: Value| json!({"flag": {"default": false, "rules": {"r": {"when_match": true, "conditions": [{"action": action, "key": "card", "value": value}]}}}});
    let flags = FeatureFlags::new(TextSource::new(rule("EQUALS", secret().into()).to_string()));
    let is_enabled = flags.is_enabled("flag", &context).await;
    info!(is_enabled, "evaluated");
    show("flags", &flags);
    let invalid = FeatureFlags::new(TextSource::new(rule("SCHEDULE", secret().into()).to_string()));
    invalid.snapshot(&context).await?;
    Ok(Value::Null)
}

/// Sends a request that fails, with the secret in its URL and headers.
async fn call(client: HttpLayer) -> Result<Value, Error> {
    let url = format!("https://user:{0}@bank.example/charge?token={0}#{0}", encoded());
    let request = axum::http::Request::post(url).header("authorization", format!("Bearer {}", secret()));
    let refuses = service_fn(|_: axum::http::Request<String>| {
        std::future::ready(Err::<axum::http::Response<()>, _>(io::Error::other("connection reset")))
    });
    let request = request.body(secret())?;
    client.layer(refuses).oneshot(request).await?;
    Ok(Value::Null)
}

/// Logs the `Debug` text of a value, and writes it to a metric and the trace.
fn show(name: &'static str, value: &impl Debug) {
    info!(?value, name, "debug");
    info!("{name} is {value:#?}");
    logger::append_key(name, format!("{value:?}"));
    metrics::add("Shown", Unit::Count, 1);
    metrics::add_metadata(name, format!("{value:?}"));
    tracer::annotate(name, format!("{value:?}"));
}

/// Logs an error with its chain.
fn show_error<T: Debug, E: StdError + 'static>(result: Result<T, E>) {
    let Err(error) = result else {
        return info!("no error");
    };
    show("error", &error);
    tracer::record_error(&error);
    error!(error = &error as &dyn StdError, "failed: {error}");
}

fn secret() -> String {
    variable("SECRET").unwrap_or_default()
}

fn encoded() -> String {
    variable("ENCODED_SECRET").unwrap_or_default()
}

fn variable(name: &str) -> Option<String> {
    Environment::process().variables().text(name)
}
