//! The handler, which does what each invocation's plan says.

use std::sync::Arc;

use lambda_runtime::{Error, LambdaEvent};
use powertools_lambda::batch::sqs::SqsEvent;
use powertools_lambda::feature_flags::EvaluationContext;
use powertools_lambda::http_api::HttpEvent;
use powertools_lambda::metrics::{self, Unit};
use powertools_lambda::{logger, tracer};
use serde::Deserialize;
use serde_json::{Value, json};
use soak::event::{Act, Plan, value};
use tokio::task::yield_now;
use tracing::{Instrument, debug, info, info_span};

use crate::acts;
use crate::utilities::Utilities;

/// An event of the driver.
#[derive(Deserialize)]
pub(crate) struct Event {
    plan: Plan,
    sqs: Option<SqsEvent>,
    http: Option<HttpEvent>,
}

/// Starts an invocation. Not an `async fn`, because one of the acts panics before there is a future.
#[allow(clippy::panic)] // it is what is tested
pub(crate) fn handler(
    utilities: &Arc<Utilities>,
    event: LambdaEvent<Event>,
) -> impl Future<Output = Result<Value, Error>> + Send + use<> {
    let number = event.payload.plan.number;
    assert!(
        event.payload.plan.act != Act::PanicInCall,
        "broke claimed={number} in call"
    );
    handle(Arc::clone(utilities), event)
}

async fn handle(utilities: Arc<Utilities>, event: LambdaEvent<Event>) -> Result<Value, Error> {
    let LambdaEvent { payload, context } = event;
    let Event { plan, sqs, http } = payload;
    let number = plan.number;
    if plan.act == Act::Measure {
        return Ok(json!({"claimed": number, "live_bytes": (utilities.live_bytes)()}));
    }
    if plan.jump_ms != 0 {
        utilities.clock.jump(plan.jump_ms);
    }
    logger::append_key("number", number);
    metrics::add_metadata("number", number);
    yield_now().await;
    tracer::annotate("number", number);
    info!(item = "begin", claimed = number, "begin");
    debug!(item = "detail", claimed = number, "detail");
    for item in 0..plan.values {
        metrics::add("Value", Unit::Count, value(number, item));
    }
    step(number, 1, plan.spans).await;
    let parameter = utilities.parameters.get("currency").await.ok();
    let caller = EvaluationContext::new().key("parity", number % 2);
    let flag = utilities.flags.is_enabled("odd", &caller).await;
    let mut response = json!({"claimed": number, "parameter": parameter.as_deref(), "flag": flag});
    if let Some(result) = acts::perform(&utilities, &plan, sqs, http, context).await? {
        response["result"] = result;
    }
    Ok(response)
}

/// Opens nested spans, with a record in each.
async fn step(number: u64, item: u32, last: u32) {
    if item > last {
        return;
    }
    async {
        tracer::annotate("claimed", number);
        yield_now().await;
        tracer::annotate("item", item);
        info!(item, claimed = number, "inside");
        Box::pin(step(number, item + 1, last)).await;
    }
    .instrument(info_span!("step", step = number))
    .await;
}
