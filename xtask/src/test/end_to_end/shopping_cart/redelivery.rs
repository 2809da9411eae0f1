//! What was done is delivered again.

use anyhow::{Result, ensure};
use serde_json::json;

use super::Suite;
use crate::local_aws::TableStream;

const QUEUE: &str = "RemovalQueueUrl";

/// Delivers every change of the table once more, from the first one on.
pub(super) fn changes(suite: &Suite) -> Result<()> {
    let mut stream = TableStream::take_over(suite.shop.deployment.client(), "stream-aggregator")?;
    stream.deliver()?;
    ensure!(
        stream.delivered > 500,
        "only {} changes were delivered again",
        stream.delivered
    );
    suite.after_storm(|storm, suite| storm.compare(&suite.shop))
}

/// Has the worker remove every row again that a migration may have emptied, and those that have been filled since.
pub(super) fn removals(suite: &Suite) -> Result<()> {
    let deployment = &suite.shop.deployment;
    suite.after_storm(|storm, suite| {
        for shopper in &storm.shoppers {
            let Some(cart) = &shopper.cookie else { continue };
            let messages = storm.products.iter().enumerate().map(|(id, product)| {
                let body = json!({ "cartId": cart, "productId": product, "correlationId": "again" });
                json!({ "Id": id.to_string(), "MessageBody": body.to_string() })
            });
            let messages: Vec<_> = messages.collect();
            for entries in messages.chunks(10) {
                let batch = json!({ "QueueUrl": deployment.output(QUEUE)?, "Entries": entries });
                deployment.client().json("sqs", "AmazonSQS.SendMessageBatch", &batch)?;
            }
        }
        suite.wait_until("the removals are done again", || Ok(deployment.messages(QUEUE)? == 0))?;
        storm.compare(&suite.shop)
    })
}
