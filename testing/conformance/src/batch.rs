//! Replays cases of batch: an event and a processor, with the function's response.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use lambda_runtime::{Error, LambdaEvent};
use powertools_lambda_batch::dynamodb::{DynamoDbEvent, DynamoDbEventRecord};
use powertools_lambda_batch::kafka::KafkaEvent;
use powertools_lambda_batch::kinesis::KinesisEvent;
use powertools_lambda_batch::sqs::SqsEvent;
use powertools_lambda_batch::{Batch, BatchEvent, FailurePolicy, FullFailurePolicy, Record, RecordBody};
use powertools_lambda_core::test_util::context;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tower::service_fn;

use crate::Case;

#[derive(Deserialize)]
struct Input {
    config: Config,
    #[serde(default)]
    event: Value,
}

#[derive(Clone, Deserialize)]
struct Config {
    event_type: String,
    #[serde(default)]
    processor: String,
    raise_on_entire_batch_failure: Option<bool>,
    skip_group_on_error: Option<bool>,
    #[serde(default, rename = "async")]
    is_async: bool,
    #[serde(default)]
    handler_rule: String,
    body_schema: Option<BTreeMap<String, String>>,
}

/// The number of records that an asynchronous processor handles concurrently; Python's has no limit.
const ASYNC: usize = 16;

pub(crate) fn replay(case: &Case) -> Result<Vec<String>> {
    let Input { config, event } = serde_json::from_value(case.input.clone()).context("this is not a batch case")?;
    let answer = match config.event_type.as_str() {
        "SQS" => answer::<SqsEvent>(&config, event, payload)?,
        "KinesisDataStreams" => answer::<KinesisEvent>(&config, event, payload)?,
        "DynamoDBStreams" => answer::<DynamoDbEvent>(&config, event, body_of_the_new_image)?,
        "Kafka" => answer::<KafkaEvent>(&config, event, payload)?,
        other => bail!("unknown event type {other:?}"),
    };
    Ok(vec![answer.to_string()])
}

fn answer<E>(config: &Config, event: Value, content: fn(&Record<E::Record>) -> String) -> Result<Value>
where
    E: BatchEvent + DeserializeOwned + Send + 'static,
    E::Response: serde::Serialize,
{
    let rule = Rule::of(config)?;
    // The runtime fails the invocation if the event cannot be decoded.
    let event: E = match serde_json::from_value(event) {
        Ok(event) => event,
        Err(error) => return Ok(json!({ "error": error.to_string() })),
    };
    let handler = service_fn(move |record: Record<E::Record>| {
        let handled = rule.apply(&content(&record));
        async move { handled }
    });
    let failure_policy = match (config.processor.as_str(), config.skip_group_on_error) {
        ("SqsFifoPartialProcessor", Some(true)) => FailurePolicy::SkipGroup,
        ("SqsFifoPartialProcessor", _) => FailurePolicy::Stop,
        _ => FailurePolicy::Continue,
    };
    let full_failure_policy = match config.raise_on_entire_batch_failure {
        Some(false) => FullFailurePolicy::Report,
        _ => FullFailurePolicy::Error,
    };
    let batch = Batch::<_, E>::new(handler)
        .failure_policy(failure_policy)
        .full_failure_policy(full_failure_policy)
        .concurrency(if config.is_async { ASYNC } else { 1 });
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    Ok(
        match runtime.block_on(batch.process(LambdaEvent::new(event, context()))) {
            Ok(response) => json!({ "response": response }),
            Err(error) => json!({ "error": error.to_string() }),
        },
    )
}

/// Returns the text that the cases' handlers check.
fn payload<R: RecordBody>(record: &Record<R>) -> String {
    let payload = record.body().unwrap_or_default();
    String::from_utf8_lossy(&payload).into_owned()
}

fn body_of_the_new_image(record: &Record<DynamoDbEventRecord>) -> String {
    let image = serde_json::to_value(&record.change.new_image).unwrap_or_default();
    image["body"]["S"].as_str().unwrap_or_default().to_owned()
}

/// The condition under which a case's handler fails.
#[derive(Clone)]
enum Rule {
    Contains(&'static str),
    Always,
    Never,
    /// Fails if the body is not an object with these fields, or if the inner rule fails.
    Schema(BTreeMap<String, String>, Box<Rule>),
}

impl Rule {
    fn of(config: &Config) -> Result<Self> {
        let text = config.handler_rule.to_lowercase();
        let rule = match text.as_str() {
            text if text.contains("always") => Self::Always,
            text if text.contains("never") => Self::Never,
            text if text.is_empty() || text.contains("fail") => Self::Contains("fail"),
            other => bail!("unknown rule {other:?}"),
        };
        Ok(match &config.body_schema {
            Some(schema) => Self::Schema(schema.clone(), Box::new(rule)),
            None => rule,
        })
    }

    fn apply(&self, content: &str) -> Result<(), Error> {
        let fails = match self {
            Self::Contains(text) => content.contains(text),
            Self::Always => true,
            Self::Never => false,
            Self::Schema(schema, rule) => {
                let object: Value = serde_json::from_str(content)?;
                let fits = |(field, kind): (&String, &String)| match kind.as_str() {
                    "integer" => object[field].is_i64() || object[field].is_u64(),
                    _ => object[field].is_string(),
                };
                if !schema.iter().all(fits) {
                    return Err("the body has an unexpected shape".into());
                }
                return rule.apply(content);
            }
        };
        if fails {
            Err(format!("boom:{content}").into())
        } else {
            Ok(())
        }
    }
}
