//! Checks that records can be delivered more than once.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::storm::contents;
use super::suite::Suite;
use crate::local_aws::{EventSource, TableStream};
use crate::shopping_cart::{Call, Shopper};
use crate::test::end_to_end::wait::wait_until;

const WORKER: &str = "delete-worker";

/// What the keys of the worker's messages begin with.
const REMOVAL: &str = "delete-worker.removal";

/// Delivers the whole stream again.
pub(super) fn changes(suite: &Suite) -> Result<()> {
    suite.after_storm(|storm, suite| {
        let mut stream = TableStream::take_over(suite.shop.deployment.client(), "stream-aggregator")?;
        stream.deliver()?;
        println!("{} changes were redelivered", stream.delivered());
        ensure!(stream.delivered() > 500, "the stream is incomplete");
        storm.compare(&suite.shop)
    })?;
    suite.totals_are_those_of_the_carts()
}

/// A removal is delivered normally, and again after the shopper has filled the cart again.
pub(super) fn removals(suite: &Suite) -> Result<()> {
    let (shop, deployment) = (&suite.shop, &suite.shop.deployment);
    let client = deployment.client();
    let source = EventSource::of(client, WORKER)?;
    source.enable(false)?;
    let product = shop.products()?[0].clone();
    let add = |quantity| Call::Add {
        product: product.clone(),
        quantity,
    };
    let mut shopper = Shopper::default();
    ensure!(shopper.call(shop, &add(2))?.status == 200, "nothing was added");
    let cookie = shopper.cookie.clone();
    shopper.token = Some(shop.identity.token("redelivery")?);
    ensure!(
        shopper.call(shop, &Call::Migrate)?.status == 200,
        "the migration failed"
    );

    // The worker processes the message, but its deletion fails.
    let queue = deployment.output("RemovalQueueUrl")?;
    let ask = json!({ "QueueUrl": queue, "MaxNumberOfMessages": 10, "AttributeNames": ["All"] });
    let received = client.json("sqs", "AmazonSQS.ReceiveMessage", &ask)?;
    let messages = received["Messages"].as_array().context("no message")?;
    ensure!(messages.len() == 1, "{messages:?}");
    let before = suite.shop.deployment.idempotency_records(REMOVAL)?.len();
    let response = client.invoke(WORKER, &event(&messages[0], source.arn()))?;
    ensure!(response["batchItemFailures"] == json!([]), "{response}");
    let records = suite.shop.deployment.idempotency_records(REMOVAL)?;
    ensure!(records.len() == before + 1, "{before} records became {}", records.len());
    let partition = format!("cart#{}", cookie.as_deref().unwrap_or_default());
    let own = || -> Result<Vec<Value>> {
        let rows = suite.rows()?.into_iter();
        Ok(rows.filter(|row| row["pk"]["S"] == partition.as_str()).collect())
    };
    ensure!(own()?.is_empty(), "the row was not removed: {:?}", own()?);

    let mut again = Shopper { cookie, token: None };
    ensure!(again.call(shop, &add(5))?.status == 200, "nothing was added");
    source.enable(true)?;
    wait_until("the removal is redelivered", || {
        Ok(deployment.messages("RemovalQueueUrl")? == 0)
    })?;
    // There is neither a further record nor another execution, which would have another token and a later end.
    ensure!(
        suite.shop.deployment.idempotency_records(REMOVAL)? == records,
        "the redelivered message was not replayed"
    );
    let found = contents(&again.call(shop, &Call::List)?.json()?)?;
    ensure!(
        found == [(product.clone(), 5)].into(),
        "the redelivered message removed new items: {found:?}"
    );
    let found = contents(&shopper.call(shop, &Call::List)?.json()?)?;
    ensure!(found == [(product, 2)].into(), "migrated: {found:?}");
    Ok(())
}

/// Returns a message as Lambda passes it to a function.
fn event(message: &Value, queue: &str) -> Value {
    json!({ "Records": [{
        "messageId": message["MessageId"], "receiptHandle": message["ReceiptHandle"], "body": message["Body"],
        "attributes": message["Attributes"], "messageAttributes": {}, "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs", "eventSourceARN": queue, "awsRegion": "us-east-1",
    }] })
}
