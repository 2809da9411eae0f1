//! What is special about an invocation: its [`Act`].

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use lambda_runtime::{Context, Error, FunctionResponse, IntoFunctionResponse, LambdaEvent};
use powertools_lambda::batch::sqs::SqsEvent;
use powertools_lambda::batch::{self, Json};
use powertools_lambda::http_api::{HttpEvent, HttpHandler, HttpOptions, Request};
use powertools_lambda::idempotency::Key;
use powertools_lambda::metrics::{self, Unit};
use powertools_lambda::tracer;
use serde_json::{Value, json};
use soak::event::{Act, Plan, value};
use tokio::task::yield_now;
use tokio::time::sleep;
use tower::{Service, service_fn};
use tracing::{Instrument, info, info_span};

use crate::utilities::Utilities;

/// Does what is special, and returns what it adds to the response.
#[allow(clippy::panic)] // it is what is tested
pub(crate) async fn perform(
    utilities: &Arc<Utilities>,
    plan: &Plan,
    sqs: Option<SqsEvent>,
    http: Option<HttpEvent>,
    context: Context,
) -> Result<Option<Value>, Error> {
    let number = plan.number;
    match plan.act {
        Act::Plain | Act::PanicInCall | Act::Undecodable | Act::Large | Act::Measure => {}
        Act::Slow => sleep(Duration::from_millis(2)).await,
        Act::Error => return Err(Box::new(Failed(number))),
        Act::Panic => panic!("broke claimed={number}"),
        Act::Dropped => drop_work(number).await,
        Act::Late => {
            sleep(Duration::from_millis(500)).await;
            info!(item = "after", claimed = number, "after");
            metrics::add("Value", Unit::Count, value(number, 900));
        }
        Act::Outlives => {
            tokio::spawn(outlive(number).instrument(info_span!("outlives", step = number)));
        }
        Act::Batch => {
            let event = LambdaEvent::new(sqs.unwrap_or_default(), context);
            let response = batch::process(event, |message| charge(plan, message)).await?;
            return Ok(Some(serde_json::to_value(response)?));
        }
        Act::Http => return request(utilities, http, context).await,
        Act::Idempotent => return Ok(Some(once(utilities, plan).await)),
        Act::Hang => {
            info!(item = "ready", claimed = number, "ready");
            std::future::pending::<()>().await;
        }
    }
    Ok(None)
}

/// Begins work and drops it.
async fn drop_work(number: u64) {
    let work = async {
        tracer::annotate("claimed", number);
        info!(item = "dropped", claimed = number, "begins");
        std::future::pending::<()>().await;
    };
    tokio::select! {
        biased;
        () = work.instrument(info_span!("dropped", step = number)) => {}
        () = yield_now() => {}
    }
}

/// Ends after the response.
async fn outlive(number: u64) {
    tracer::annotate("claimed", number);
    sleep(Duration::from_millis(3)).await;
    info!(item = "outlived", claimed = number, "outlived");
    metrics::add("Value", Unit::Count, value(number, 901));
}

/// Handles a message of the batch.
async fn charge(plan: &Plan, Json(message): Json<u32>) -> Result<(), Error> {
    let number = plan.number;
    tracer::annotate("claimed", number);
    info!(item = format!("message {message}"), claimed = number, "message");
    metrics::add("Value", Unit::Count, value(number, 910 + message));
    yield_now().await;
    if plan.fails(message) {
        return Err(Box::new(Failed(number)));
    }
    Ok(())
}

/// Answers a request.
async fn request(
    utilities: &Arc<Utilities>,
    event: Option<HttpEvent>,
    context: Context,
) -> Result<Option<Value>, Error> {
    let echo = service_fn(async |request: Request| {
        let response = http::Response::new(request.uri().path().to_owned());
        Ok::<_, Infallible>(response)
    });
    let Some(event) = event else { return Ok(None) };
    let mut handler = HttpHandler::new(echo, HttpOptions::new(), &utilities.environment);
    let response = handler.call(LambdaEvent::new(event, context)).await?;
    match response.into_response() {
        FunctionResponse::BufferedResponse(response) => Ok(Some(serde_json::to_value(response)?)),
        FunctionResponse::StreamingResponse(_) => Ok(None),
    }
}

/// Does the work of a key once. The failures of the store are part of the response, because an error would be a fault.
async fn once(utilities: &Arc<Utilities>, plan: &Plan) -> Value {
    let (number, key) = (plan.number, plan.key);
    let work = || async move {
        info!(item = "effect", claimed = number, key, "effect");
        yield_now().await;
        Ok::<_, Error>(number)
    };
    match utilities.idempotency.run(Key::new(&key), work).await {
        Ok(effect) => json!({ "effect": effect }),
        Err(error) if error.to_string().contains("in progress") => json!("in progress"),
        Err(error) => json!(format!("{error}")),
    }
}

/// The error of a handler.
#[derive(Debug)]
struct Failed(u64);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed claimed={}", self.0)
    }
}

impl std::error::Error for Failed {}
