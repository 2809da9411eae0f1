//! What stands between a queue or a stream and a function.

use std::collections::VecDeque;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::Client;

/// Where Lambda takes a function's events from.
pub(crate) struct EventSource<'a> {
    client: &'a Client,
    mapping: Value,
}

const MAPPINGS: &str = "2015-03-31/event-source-mappings/";

impl<'a> EventSource<'a> {
    /// Returns the only one that a function has.
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

    /// Has Lambda take events, or leave them where they are.
    pub(crate) fn enable(&self, enabled: bool) -> Result<()> {
        let path = format!("{MAPPINGS}{}", self.mapping["UUID"].as_str().unwrap_or_default());
        self.client
            .rest("lambda", "PUT", &path, &json!({ "Enabled": enabled }))?;
        Ok(())
    }

    /// Returns whether Lambda hands a record on, by the mapping's filters.
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

/// Matches a pattern as Lambda's filters do, as far as our templates have such: objects, and texts by prefix.
fn matches(pattern: &Value, value: &Value) -> Result<bool> {
    if let Some(alternatives) = pattern.as_array() {
        let mut found = false;
        for alternative in alternatives {
            let prefix = alternative["prefix"].as_str();
            let prefix = prefix.with_context(|| format!("a filter that is not understood here: {alternative}"))?;
            found |= value.as_str().is_some_and(|text| text.starts_with(prefix));
        }
        return Ok(found);
    }
    let object = pattern.as_object();
    let object = object.with_context(|| format!("a filter that is not understood here: {pattern}"))?;
    for (key, pattern) in object {
        if !matches(pattern, &value[key])? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A table's stream, delivered to a function by us.
///
/// MiniStack delivers a record once, whatever the function answers; Lambda again from the first that failed, and so do we.
pub(crate) struct TableStream<'a> {
    source: EventSource<'a>,
    function: &'a str,
    iterator: String,
    waiting: VecDeque<Value>,
    delivered: usize,
    /// How often a record failed and was delivered again.
    pub(crate) failures: usize,
}

/// How many records a batch has at most. The template allows more; but a batch's trace comes at once, some documents for each
/// record, and what does not fit the socket's buffer is lost.
const BATCH: usize = 20;
/// How often in a row the first record of a batch may fail; more often than Lambda is told in the template.
const ATTEMPTS: usize = 20;

impl<'a> TableStream<'a> {
    /// Takes the delivery over from MiniStack, from the stream's beginning: what was delivered comes again.
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

    /// Delivers what was written until now.
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

    /// Returns how many records were done.
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
                "{} fails again and again at {}",
                self.function,
                batch[0]
            );
            self.waiting.drain(..done);
            self.delivered += done;
        }
        Ok(())
    }

    /// Returns how many records were done before the first that failed; none, where the function failed.
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
            "none of the batch's records is {response}"
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
            "what is not understood is no match"
        );
    }
}
