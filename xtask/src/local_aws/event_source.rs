//! [`EventSource`] and [`TableStream`]: deliver events from a queue or a stream to a function.

use std::collections::VecDeque;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::Client;

/// An event source mapping: the source of a function's events.
pub(crate) struct EventSource<'a> {
    client: &'a Client,
    mapping: Value,
}

const MAPPINGS: &str = "2015-03-31/event-source-mappings/";

impl<'a> EventSource<'a> {
    /// Returns the only event source of a function.
    pub(crate) fn of(client: &'a Client, function: &str) -> Result<Self> {
        let all = client.rest("lambda", "GET", MAPPINGS, &Value::Null)?;
        let suffix = format!(":function:{function}");
        let mut own = all["EventSourceMappings"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|mapping| {
                let arn = mapping["FunctionArn"].as_str().unwrap_or_default();
                arn.ends_with(&suffix)
            });
        let mapping = own
            .next()
            .with_context(|| format!("{function} has no event source"))?
            .clone();
        ensure!(own.next().is_none(), "{function} has several event sources");
        Ok(Self { client, mapping })
    }

    /// Returns the ARN of the queue or the stream.
    pub(crate) fn arn(&self) -> &str {
        self.mapping["EventSourceArn"].as_str().unwrap_or_default()
    }

    /// Enables or disables the delivery of events.
    pub(crate) fn enable(&self, enabled: bool) -> Result<()> {
        let path = format!("{MAPPINGS}{}", self.mapping["UUID"].as_str().unwrap_or_default());
        self.client
            .rest("lambda", "PUT", &path, &json!({ "Enabled": enabled }))?;
        Ok(())
    }

    /// Returns whether the mapping's filters let a record pass.
    fn takes(&self, record: &Value) -> Result<bool> {
        let filters = self.mapping["FilterCriteria"]["Filters"].as_array();
        for filter in filters.into_iter().flatten() {
            let pattern = filter["Pattern"].as_str().unwrap_or_default();
            if matches(&serde_json::from_str(pattern)?, record)? {
                return Ok(true);
            }
        }
        Ok(filters.is_none_or(Vec::is_empty))
    }
}

/// Matches a pattern as Lambda's filters do. Supports only what our templates use: objects, and texts by prefix.
fn matches(pattern: &Value, value: &Value) -> Result<bool> {
    if let Some(alternatives) = pattern.as_array() {
        let mut found = false;
        for alternative in alternatives {
            let prefix = alternative["prefix"].as_str();
            let prefix = prefix.with_context(|| format!("unsupported filter: {alternative}"))?;
            found |= value.as_str().is_some_and(|text| text.starts_with(prefix));
        }
        return Ok(found);
    }
    let object = pattern.as_object();
    let object = object.with_context(|| format!("unsupported filter: {pattern}"))?;
    for (key, pattern) in object {
        if !matches(pattern, &value[key])? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A table's stream that this program delivers to a function.
///
/// MiniStack delivers a record only once, regardless of the function's response. Lambda delivers again from the first failed
/// record, and so does this type.
pub(crate) struct TableStream<'a> {
    source: EventSource<'a>,
    function: &'a str,
    iterator: String,
    waiting: VecDeque<Value>,
    delivered: usize,
    /// How often a record failed and was redelivered.
    pub(crate) failures: usize,
}

/// The maximum number of records in a batch. The template allows more, but a batch's trace arrives in one burst, with several
/// documents per record, and documents that do not fit into the socket's buffer are lost.
const BATCH: usize = 20;
/// How often in a row the first record of a batch may fail. It is higher than the limit for Lambda in the template.
const ATTEMPTS: usize = 20;

impl<'a> TableStream<'a> {
    /// Takes over the delivery from MiniStack, from the beginning of the stream, so delivered records are delivered again.
    pub(crate) fn take_over(client: &'a Client, function: &'a str) -> Result<Self> {
        let source = EventSource::of(client, function)?;
        source.enable(false)?;
        let stream = json!({ "StreamArn": source.arn() });
        let description = call(client, "DescribeStream", &stream)?;
        let shard = &description["StreamDescription"]["Shards"][0]["ShardId"];
        let ask = json!({ "StreamArn": source.arn(), "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON" });
        let answer = call(client, "GetShardIterator", &ask)?;
        let iterator = answer["ShardIterator"]
            .as_str()
            .context("the stream has no iterator")?
            .to_owned();
        Ok(Self {
            source,
            function,
            iterator,
            waiting: VecDeque::new(),
            delivered: 0,
            failures: 0,
        })
    }

    /// Delivers all records written so far.
    pub(crate) fn deliver(&mut self) -> Result<()> {
        loop {
            let ask = json!({ "ShardIterator": self.iterator });
            let answer = call(self.source.client, "GetRecords", &ask)?;
            let next = answer["NextShardIterator"].as_str().context("the stream has ended")?;
            self.iterator = next.to_owned();
            let records = answer["Records"].as_array().map(Vec::as_slice).unwrap_or_default();
            if records.is_empty() {
                return Ok(());
            }
            for record in records {
                if self.source.takes(record)? {
                    let mut record = record.clone();
                    record["eventSourceARN"] = self.source.arn().into();
                    self.waiting.push_back(record);
                }
            }
            self.drain()?;
        }
    }

    /// Returns the number of processed records.
    pub(crate) fn delivered(&self) -> usize {
        self.delivered
    }

    fn drain(&mut self) -> Result<()> {
        let mut attempts = 0;
        while !self.waiting.is_empty() {
            let batch: Vec<_> = self.waiting.iter().take(BATCH).cloned().collect();
            let done = self.invoke(&batch)?;
            self.failures += usize::from(done < batch.len());
            attempts = if done == 0 { attempts + 1 } else { 0 };
            ensure!(
                attempts < ATTEMPTS,
                "{} fails repeatedly at {}",
                self.function,
                batch[0]
            );
            self.waiting.drain(..done);
            self.delivered += done;
        }
        Ok(())
    }

    /// Returns the number of records before the first failed one, or 0 if the function failed.
    fn invoke(&self, batch: &[Value]) -> Result<usize> {
        let Ok(response) = self.source.client.invoke(self.function, &json!({ "Records": batch })) else {
            return Ok(0);
        };
        let failures = response["batchItemFailures"].as_array();
        let failures = failures.with_context(|| format!("{} reports no failures: {response}", self.function))?;
        let failed = |record: &Value| {
            let number = &record["dynamodb"]["SequenceNumber"];
            failures.iter().any(|failure| failure["itemIdentifier"] == *number)
        };
        let done = batch.iter().position(failed).unwrap_or(batch.len());
        ensure!(
            failures.is_empty() || done < batch.len(),
            "no record of the batch is in {response}"
        );
        Ok(done)
    }
}

fn call(client: &Client, action: &str, body: &Value) -> Result<Value> {
    client.json("dynamodb", &format!("DynamoDBStreams_20120810.{action}"), body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_takes_what_begins_as_it_says() {
        let pattern = json!({"dynamodb": {"Keys": {"sk": {"S": [{"prefix": "product#"}]}}}});
        let record = |sk: &str| json!({"eventName": "INSERT", "dynamodb": {"Keys": {"sk": {"S": sk}}}});
        assert!(matches(&pattern, &record("product#tea")).unwrap());
        assert!(!matches(&pattern, &record("order#1")).unwrap());
        assert!(!matches(&pattern, &json!({})).unwrap());
        assert!(
            matches(&json!({"eventName": ["INSERT"]}), &record("x")).is_err(),
            "an unsupported filter is an error"
        );
    }
}
