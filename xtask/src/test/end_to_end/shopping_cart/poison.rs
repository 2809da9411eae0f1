//! Checks a message that no worker can decode.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::suite::Suite;
use crate::shopping_cart::{Call, Shopper};
use crate::test::end_to_end::wait::wait_until;

const POISON: &str = "no removal at all";
/// `maxReceiveCount` of the template.
const RECEIVED_AT_MOST: usize = 3;

/// Only the poison is redelivered, and it ends in the dead-letter queue after the redrive count; the removals around it
/// succeed.
pub(super) fn message(suite: &Suite) -> Result<()> {
    let shop = &suite.shop;
    let deployment = &shop.deployment;
    let client = deployment.client();
    let mut shopper = Shopper::signed_in(shop, "poison")?;
    let products: Vec<_> = shop.products()?.into_iter().take(4).collect();
    let mut stranger = Shopper::default();
    for product in &products {
        let add = Call::Add {
            product: product.clone(),
            quantity: 1,
        };
        ensure!(stranger.call(shop, &add)?.status == 200, "{add:?}");
    }
    shopper.cookie = stranger.cookie.clone();
    let body = json!({ "QueueUrl": deployment.output("RemovalQueueUrl")?, "MessageBody": POISON });
    let sent = client.json("sqs", "AmazonSQS.SendMessage", &body)?;
    let id = sent["MessageId"].as_str().context("the message has no id")?;
    ensure!(
        shopper.call(shop, &Call::Migrate)?.status == 200,
        "the migration failed"
    );

    wait_until("the poison is in the dead-letter queue", || {
        Ok(deployment.messages("RemovalQueueUrl")? == 0 && deployment.messages("RemovalDeadLetterQueueUrl")? > 0)
    })?;
    let ask = json!({ "QueueUrl": deployment.output("RemovalDeadLetterQueueUrl")?, "MaxNumberOfMessages": 10 });
    let answer = client.json("sqs", "AmazonSQS.ReceiveMessage", &ask)?;
    let dead = answer["Messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    ensure!(
        dead.len() == 1 && dead[0]["Body"] == POISON && dead[0]["MessageId"] == id,
        "dead letters: {dead:?}"
    );

    let cart = stranger.cookie.context("the stranger had no cart")?;
    let rows = suite.rows()?;
    let left: Vec<_> = rows
        .iter()
        .filter(|row| row["pk"]["S"] == format!("cart#{cart}"))
        .collect();
    ensure!(left.is_empty(), "rows that were not removed: {left:?}");
    let failed = records(suite)?
        .into_iter()
        .filter(|record| record["message"] == "record failed");
    let failed: Vec<_> = failed.collect();
    let of_poison = failed.iter().filter(|record| record["record_id"] == id).count();
    ensure!(of_poison == RECEIVED_AT_MOST && failed.len() == of_poison, "{failed:?}");
    Ok(())
}

fn records(suite: &Suite) -> Result<Vec<Value>> {
    let lines = suite.shop.deployment.client().log_lines("/aws/lambda/delete-worker")?;
    Ok(lines
        .iter()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect())
}
