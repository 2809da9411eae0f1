//! [`named_by`] and [`bucket`] read the resources that a call uses from its request.
//!
//! They read the serialised request, not the input of the operation, so that no SDK crate is a dependency.

use std::collections::{BTreeMap, BTreeSet};

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// A kind of resource, as X-Ray names it, and the names of the resources.
type Resource = (&'static str, Vec<String>);

/// The largest body that is searched, in bytes.
const MAX_BODY: usize = 256 * 1024;

/// How many names are kept; a DynamoDB request has up to 100 items.
const MAX_NAMES: usize = 100;

/// Returns the resources in the body or the path of a request.
pub(super) fn named_by(request: &HttpRequest) -> Vec<Resource> {
    if let Some(function) = function(request.uri()) {
        return vec![("function_name", vec![function])];
    }
    let body = request
        .body()
        .bytes()
        .filter(|body| body.len() <= MAX_BODY)
        .unwrap_or_default();
    match request.headers().get("content-type").unwrap_or_default() {
        json if json.starts_with("application/x-amz-json") => in_json(body),
        "application/x-www-form-urlencoded" => in_form(body),
        _ => Vec::new(),
    }
}

/// Returns the S3 bucket in the host or the path of a request.
pub(super) fn bucket(request: &HttpRequest) -> Option<Resource> {
    let uri = request.uri();
    let (_, rest) = uri.split_once("://")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if !host.ends_with(".amazonaws.com") && !host.ends_with(".amazonaws.com.cn") {
        return None;
    }
    let is_s3 = |label: &str| label == "s3" || label.starts_with("s3-") || label.starts_with("s3express-");
    let bucket = if host.split('.').next().is_some_and(is_s3) {
        path.split(['/', '?']).next()?
    } else {
        let labels = host.split('.').take_while(|label| !is_s3(label));
        let length: usize = labels.map(|label| label.len() + 1).sum();
        // Without a label of S3, this is the whole host.
        host.get(..length.checked_sub(1)?)
            .filter(|bucket| bucket.len() < host.len())?
    };
    (!bucket.is_empty()).then(|| ("bucket_name", vec![bucket.to_owned()]))
}

fn in_json(body: &[u8]) -> Vec<Resource> {
    /// Members that name a resource; all others are skipped.
    #[allow(clippy::zero_sized_map_values)] // serde cannot read an object as a set
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Body {
        table_name: Option<String>,
        request_items: Option<BTreeMap<String, IgnoredAny>>,
        transact_items: Option<Vec<BTreeMap<String, InTable>>>,
        queue_url: Option<String>,
        stream_name: Option<String>,
        topic_arn: Option<String>,
        #[serde(rename = "stateMachineArn")]
        state_machine_arn: Option<String>,
    }
    /// One action of a transaction.
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct InTable {
        table_name: Option<String>,
    }
    let Ok(body) = serde_json::from_slice::<Body>(body) else {
        return Vec::new();
    };
    let requested = body.request_items.into_iter().flatten().map(|(table, _)| table);
    let actions = body
        .transact_items
        .into_iter()
        .flatten()
        .flat_map(BTreeMap::into_values);
    let tables: BTreeSet<_> = requested
        .chain(actions.filter_map(|action| action.table_name))
        .collect();
    let key = if tables.len() == 1 { "table_name" } else { "table_names" };
    let tables = (!tables.is_empty()).then(|| (key, tables.into_iter().take(MAX_NAMES).collect()));
    let single = [
        ("table_name", body.table_name),
        ("queue_url", body.queue_url),
        ("stream_name", body.stream_name),
        ("topic_arn", body.topic_arn),
        ("state_machine_arn", body.state_machine_arn),
    ];
    let single = single.into_iter().filter_map(|(key, value)| Some((key, vec![value?])));
    single.chain(tables).collect()
}

/// Reads the parameters of the query protocol, which of these services only SNS still uses.
fn in_form(body: &[u8]) -> Vec<Resource> {
    let body = str::from_utf8(body).unwrap_or_default();
    let names = [("TopicArn=", "topic_arn"), ("QueueUrl=", "queue_url")];
    let found = body.split('&').find_map(|parameter| {
        names
            .iter()
            .find_map(|(name, key)| Some((*key, vec![percent_decoded(parameter.strip_prefix(name)?)])))
    });
    found.into_iter().collect()
}

/// Returns the function in the path of Lambda's Invoke.
fn function(uri: &str) -> Option<String> {
    let (_, rest) = uri.split_once("/2015-03-31/functions/")?;
    let name = rest
        .strip_suffix("/invocations")
        .or_else(|| rest.split_once("/invocations?").map(|(name, _)| name))?;
    Some(percent_decoded(name))
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = (byte == b'%').then(|| after.get(..2)).flatten();
        let code = code.and_then(|digits| u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok());
        if let Some(code) = code {
            bytes.push(code);
            rest = &after[2..];
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(key: &'static str, value: &str) -> Vec<Resource> {
        vec![(key, vec![value.to_owned()])]
    }

    #[test]
    fn resources_are_read_from_bodies() {
        assert_eq!(
            in_json(br#"{"Item":{"TableName":{"S":"not this"}},"TableName":"orders"}"#),
            one("table_name", "orders")
        );
        assert_eq!(
            in_json(br#"{"RequestItems":{"orders":[1,{}]}}"#),
            one("table_name", "orders")
        );
        assert_eq!(
            in_json(br#"{"RequestItems":{"orders":[],"carts":[]}}"#),
            [("table_names", vec!["carts".to_owned(), "orders".to_owned()])]
        );
        assert_eq!(
            in_json(
                br#"{"TransactItems":[{"Put":{"TableName":"orders","Item":{}}},{"Delete":{"TableName":"carts"}}]}"#
            ),
            [("table_names", vec!["carts".to_owned(), "orders".to_owned()])]
        );
        assert_eq!(
            in_json(br#"{"QueueUrl":"https://sqs/1/q","MessageBody":"{}"}"#),
            one("queue_url", "https://sqs/1/q")
        );
        assert!(in_json(b"[1]").is_empty() && in_json(b"").is_empty() && in_json(br#"{"TableName":7}"#).is_empty());
        assert_eq!(
            in_form(b"Action=Publish&TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A1%3Aorders&Message=x"),
            one("topic_arn", "arn:aws:sns:eu-west-1:1:orders")
        );
    }

    #[test]
    fn a_function_is_read_from_the_path() {
        for uri in [
            "/2015-03-31/functions/pay%3Alive/invocations",
            "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/pay%3Alive/invocations?Qualifier=1",
        ] {
            assert_eq!(function(uri).as_deref(), Some("pay:live"));
        }
        assert_eq!(function("/2015-03-31/functions/"), None);
    }

    #[test]
    fn a_bucket_is_read_from_host_or_path() {
        for (uri, expected) in [
            ("https://orders.s3.eu-west-1.amazonaws.com/key", Some("orders")),
            (
                "https://my.dotted.bucket.s3.eu-west-1.amazonaws.com/key",
                Some("my.dotted.bucket"),
            ),
            ("https://s3.eu-west-1.amazonaws.com/orders/key?x=1", Some("orders")),
            ("https://s3.eu-west-1.amazonaws.com/", None),
            ("https://dynamodb.eu-west-1.amazonaws.com/", None),
            ("http://127.0.0.1:4566/orders/key", None),
        ] {
            let request = HttpRequest::get(uri).unwrap();
            assert_eq!(
                bucket(&request),
                expected.map(|bucket| ("bucket_name", vec![bucket.to_owned()])),
                "{uri}"
            );
        }
    }
}
