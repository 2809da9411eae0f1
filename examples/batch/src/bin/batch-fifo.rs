//! Behind a FIFO queue: a failure holds up only the rest of its group.

use batch_functions::{Order, charge};
use lambda_runtime::Error;
use powertools_lambda::Powertools;
use powertools_lambda::batch::sqs::SqsMessage;
use powertools_lambda::batch::{Batch, FailurePolicy, Json, Record, record_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let batch = Batch::sqs(record_fn(order_received))
        .failure_policy(FailurePolicy::SkipGroup)
        .concurrency(4); // groups run concurrently, each in order
    Powertools::from_env().run(batch).await
}

async fn order_received(Json(order): Json<Order>, message: Record<SqsMessage>) -> Result<(), Error> {
    let first_time = message
        .attributes
        .get("ApproximateReceiveCount")
        .is_some_and(|count| count == "1");
    if order.card == "slow" && first_time {
        return Err("the bank did not answer, it may the next time".into());
    }
    Ok(charge(&order)?)
}
