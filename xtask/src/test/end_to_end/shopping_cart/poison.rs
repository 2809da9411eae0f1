//! A message that nobody can read, among others.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::Suite;
use super::contract::ordinary;
use crate::telemetry::text;

const POISON: &str = "no removal at all";
const QUEUE: &str = "RemovalQueueUrl";
const DEAD_LETTERS: &str = "RemovalDeadLetterQueueUrl";

pub(super) fn message(suite: &Suite) -> Result<()> {
    let (deployment, product) = (&suite.shop.deployment, ordinary(&suite.shop)?);
    let removal = |cart: u32| {
        let cart = format!("0b7e1f6e-98c7-4a45-9c4b-{cart:012}");
        json!({ "cartId": cart, "productId": product, "correlationId": "poison" }).to_string()
    };
    let bodies = [removal(1), POISON.to_owned(), removal(2)];
    let entries = bodies.iter().enumerate();
    let entries: Vec<_> = entries
        .map(|(id, body)| json!({ "Id": id.to_string(), "MessageBody": body }))
        .collect();
    let batch = json!({ "QueueUrl": deployment.output(QUEUE)?, "Entries": entries });
    deployment.client().json("sqs", "AmazonSQS.SendMessageBatch", &batch)?;
    suite.wait_until("the poison message is given up", || {
        Ok(deployment.messages(QUEUE)? == 0 && deployment.messages(DEAD_LETTERS)? > 0)
    })?;

    let ask = json!({ "QueueUrl": deployment.output(DEAD_LETTERS)?, "MaxNumberOfMessages": 10 });
    let answer = deployment.client().json("sqs", "AmazonSQS.ReceiveMessage", &ask)?;
    let given_up = answer["Messages"]
        .as_array()
        .context("the dead-letter queue gives nothing")?;
    let given_up: Vec<_> = given_up.iter().map(|message| &message["Body"]).collect();
    ensure!(given_up == [POISON], "the dead-letter queue has {given_up:?}");

    // Each of the others was handled once: only the poison came again.
    let telemetry = suite.shop.capture()?.read();
    let handled = telemetry
        .records
        .iter()
        .filter(|record| record["correlation_id"] == "poison");
    let mut handled: Vec<_> = handled.map(|record: &Value| text(&record["cart_id"])).collect();
    handled.sort_unstable();
    ensure!(
        handled.len() == 2 && handled[0] != handled[1],
        "handled were {handled:?}"
    );
    Ok(())
}
