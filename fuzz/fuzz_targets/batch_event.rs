//! Any event is a batch or an error, and the response of a batch reports exactly the records that did not succeed.
//!
//! Input: the source's letter, then the event.
#![no_main]

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lambda_runtime::{Context, Error, LambdaEvent};
use libfuzzer_sys::fuzz_target;
use powertools_lambda_batch::dynamodb::{Change, DynamoDbEvent, DynamoDbEventRecord, ItemKeys};
use powertools_lambda_batch::kafka::{KafkaEvent, KafkaRecord};
use powertools_lambda_batch::kinesis::{KinesisEvent, KinesisEventRecord};
use powertools_lambda_batch::sqs::{SqsEvent, SqsMessage};
use powertools_lambda_batch::{Batch, BatchEvent, FailurePolicy, FromRecord, Json, Record, record_fn};
use powertools_lambda_fuzz::invocation::block_on;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

thread_local!(static SUCCEEDED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) });

fuzz_target!(|data: &[u8]| {
    let Some((source, event)) = data.split_first() else {
        return;
    };
    match source {
        b's' => process::<SqsEvent>(event, read_message),
        b'k' => process::<KinesisEvent>(event, read_data),
        b'd' => process::<DynamoDbEvent>(event, read_change),
        _ => process::<KafkaEvent>(event, read_kafka),
    }
});

fn process<E>(event: &[u8], read: fn(&Record<E::Record>))
where
    E: BatchEvent<Record: Clone + Send, Response: Serialize> + DeserializeOwned,
{
    let Ok(event) = serde_json::from_slice::<E>(event) else {
        return;
    };
    SUCCEEDED.take();
    // Whether a record fails depends on its id only, so that records of one id end in the same way.
    let handler = move |record: Record<E::Record>| {
        read(&record);
        let id = record.id().into_owned();
        let fails = id.bytes().fold(0, u8::wrapping_add) % 3 == 0;
        if !fails {
            SUCCEEDED.with_borrow_mut(|succeeded| succeeded.push(id));
        }
        async move { if fails { Err(Error::from("failed")) } else { Ok(()) } }
    };
    let records = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&records);
    let batch = Batch::<_, E>::new(record_fn(handler))
        .failure_policy(FailurePolicy::Continue)
        .on_finish(move |summary| counted.store(summary.records, Ordering::Relaxed));
    let response = match block_on(batch.process(LambdaEvent::new(event, Context::default()))) {
        Ok(response) => serde_json::to_value(response),
        Err(error) => match error.full_batch_error() {
            Some(full) => serde_json::to_value(full.response()),
            None => return assert!(!error.to_string().is_empty()),
        },
    };
    let response = response.expect("a response");
    let reported = response["batchItemFailures"].as_array().expect("a list").len();
    let succeeded = SUCCEEDED.take();
    assert_eq!(
        succeeded.len() + reported,
        records.load(Ordering::Relaxed),
        "{response}"
    );
    for failure in response["batchItemFailures"].as_array().into_iter().flatten() {
        let id = match &failure["itemIdentifier"] {
            Value::String(id) => id.clone(),
            place => format!(
                "{}:{}",
                place["partition"].as_str().expect("a partition"),
                place["offset"]
            ),
        };
        assert!(!id.is_empty());
    }
}

fn read_message(record: &Record<SqsMessage>) {
    let _ = String::from_record(record);
    let _ = Json::<Value>::from_record(record);
    for attribute in record.message_attributes.values() {
        let _ = attribute.binary_value();
    }
}

fn read_data(record: &Record<KinesisEventRecord>) {
    let _ = Vec::<u8>::from_record(record);
    let _ = Json::<Value>::from_record(record);
}

fn read_change(record: &Record<DynamoDbEventRecord>) {
    let _ = Change::<Value>::from_record(record);
    let _ = ItemKeys::<std::collections::BTreeMap<String, String>>::from_record(record);
}

fn read_kafka(record: &Record<KafkaRecord>) {
    let _ = String::from_record(record);
    let _ = record.header("trace");
    let _ = Json::<Value>::from_record(record);
}
