//! [`attributes_of`], the attributes of a span: those of the semantic conventions, annotations and metadata.

use std::sync::Arc;

use opentelemetry::{KeyValue, StringValue, Value};
use opentelemetry_semantic_conventions::attribute as names;
use powertools_lambda_core::{Invocation, Value as AnnotationValue};
use powertools_lambda_tracer::{AwsCall, HttpCall, SpanKind, SpanRecord};

/// Returns the attributes of a span; `development` adds those whose names are in development.
pub(crate) fn attributes_of(record: &SpanRecord, development: bool) -> Vec<KeyValue> {
    let mut attributes = Vec::with_capacity(8);
    let is_handler = record.kind() == SpanKind::Handler;
    if is_handler && development {
        Invocation::with_current(|invocation| describe_invocation(&mut attributes, invocation));
    }
    if let Some(call) = record.aws() {
        describe_aws(&mut attributes, record, call, development);
    }
    if let Some(call) = record.http() {
        describe_http(&mut attributes, call, is_handler, development);
    }
    if let Some(kind) = error_type(record) {
        attributes.push(KeyValue::new(names::ERROR_TYPE, kind));
    }
    for (key, value) in record.annotations() {
        // The conventions' own attribute; the annotation is kept as well, because our names never change.
        if is_handler && key == "http_route" {
            attributes.push(KeyValue::new(names::HTTP_ROUTE, value_of(&value)));
        }
        attributes.push(KeyValue::new(Arc::<str>::from(key), value_of(&value)));
    }
    for entry in record.metadata() {
        let json = String::from_utf8_lossy(entry.json);
        let key = if entry.namespace.is_empty() {
            entry.key.to_owned()
        } else {
            format!("{}.{}", entry.namespace, entry.key)
        };
        attributes.push(KeyValue::new(Arc::<str>::from(key), json_value(&json)));
    }
    attributes
}

fn describe_invocation(attributes: &mut Vec<KeyValue>, invocation: &Invocation) {
    let context = invocation.context();
    attributes.push(KeyValue::new(names::FAAS_INVOCATION_ID, text(&context.request_id)));
    attributes.push(KeyValue::new(names::FAAS_COLDSTART, invocation.is_cold_start()));
    if !context.invoked_function_arn.is_empty() {
        attributes.push(KeyValue::new(
            names::AWS_LAMBDA_INVOKED_ARN,
            text(&context.invoked_function_arn),
        ));
    }
}

fn describe_aws(attributes: &mut Vec<KeyValue>, record: &SpanRecord, call: &AwsCall, development: bool) {
    if record.name() == "DynamoDB" {
        attributes.push(KeyValue::new(names::DB_SYSTEM_NAME, "aws.dynamodb"));
        attributes.push(KeyValue::new(names::DB_OPERATION_NAME, text(&call.operation)));
        let table = call.resources.iter().find(|(key, _)| *key == "table_name");
        if let Some(table) = table.and_then(|(_, tables)| tables.first()) {
            attributes.push(KeyValue::new(names::DB_COLLECTION_NAME, text(table)));
        }
    }
    if call.retries > 0 {
        attributes.push(KeyValue::new(names::HTTP_REQUEST_RESEND_COUNT, i64::from(call.retries)));
    }
    if !development {
        return;
    }
    attributes.push(KeyValue::new(names::RPC_SYSTEM_NAME, "aws-api"));
    attributes.push(KeyValue::new(
        names::RPC_METHOD,
        format!("{}/{}", record.name(), call.operation),
    ));
    if let Some(region) = &call.region {
        attributes.push(KeyValue::new(names::CLOUD_REGION, text(region)));
    }
    if let Some(id) = &call.request_id {
        attributes.push(KeyValue::new(names::AWS_REQUEST_ID, text(id)));
    }
    for (key, values) in &call.resources {
        let name = match *key {
            "table_name" | "table_names" => names::AWS_DYNAMODB_TABLE_NAMES,
            "queue_url" => names::AWS_SQS_QUEUE_URL,
            "stream_name" => names::AWS_KINESIS_STREAM_NAME,
            "topic_arn" => names::AWS_SNS_TOPIC_ARN,
            "state_machine_arn" => names::AWS_STEP_FUNCTIONS_STATE_MACHINE_ARN,
            "bucket_name" => names::AWS_S3_BUCKET,
            "function_name" => names::FAAS_INVOKED_NAME,
            _ => continue,
        };
        let value = match values.as_slice() {
            [only] if name != names::AWS_DYNAMODB_TABLE_NAMES => text(only),
            several => texts(several),
        };
        attributes.push(KeyValue::new(name, value));
    }
}

fn describe_http(attributes: &mut Vec<KeyValue>, call: &HttpCall, is_server: bool, development: bool) {
    if !call.method.is_empty() {
        attributes.push(KeyValue::new(names::HTTP_REQUEST_METHOD, text(&call.method)));
    }
    if !call.url.is_empty() {
        describe_url(attributes, &call.url, is_server);
    }
    if let Some(status) = call.status {
        attributes.push(KeyValue::new(names::HTTP_RESPONSE_STATUS_CODE, i64::from(status)));
    }
    if let Some(length) = call.content_length.filter(|_| development) {
        attributes.push(KeyValue::new(names::HTTP_RESPONSE_BODY_SIZE, unsigned(length)));
    }
}

/// A client has the whole URL; a server has its parts.
fn describe_url(attributes: &mut Vec<KeyValue>, url: &str, is_server: bool) {
    let Some((scheme, rest)) = url.split_once("://") else {
        return;
    };
    let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port.parse().ok()),
        _ => (authority, None),
    };
    let default_port = if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
    if is_server {
        attributes.push(KeyValue::new(names::URL_SCHEME, text(scheme)));
        attributes.push(KeyValue::new(names::URL_PATH, text(path)));
    } else {
        attributes.push(KeyValue::new(names::URL_FULL, text(url)));
    }
    attributes.push(KeyValue::new(names::SERVER_ADDRESS, text(host)));
    attributes.push(KeyValue::new(names::SERVER_PORT, port.unwrap_or(default_port)));
}

/// The type of the error, or else the status that reports an error.
fn error_type(record: &SpanRecord) -> Option<Value> {
    let is_client = matches!(record.kind(), SpanKind::Aws | SpanKind::Remote);
    if !record.is_fault() && !(is_client && (record.is_error() || record.is_throttle())) {
        return None;
    }
    if let Some(error) = record.errors().last().filter(|error| !error.name().is_empty()) {
        return Some(text(error.name()));
    }
    let status = record
        .http()
        .and_then(|call| call.status)
        .filter(|status| *status >= 400);
    Some(status.map_or(Value::from("_OTHER"), |status| Value::from(status.to_string())))
}

fn value_of(value: &AnnotationValue<'_>) -> Value {
    match value {
        AnnotationValue::Text(value) => text(value),
        AnnotationValue::Integer(number) => Value::I64(*number),
        AnnotationValue::Unsigned(number) => unsigned(*number),
        AnnotationValue::Float(number) => Value::F64(*number),
        AnnotationValue::Bool(flag) => Value::Bool(*flag),
        other => text(&format!("{other:?}")),
    }
}

/// A number, a boolean or a text keeps its type; anything else is JSON in a text.
fn json_value(json: &str) -> Value {
    let json = json.trim();
    match json.as_bytes().first() {
        Some(b't' | b'f') => Value::Bool(json == "true"),
        Some(b'-' | b'0'..=b'9') => match (json.parse::<i64>(), json.parse::<f64>()) {
            (Ok(number), _) => Value::I64(number),
            (_, Ok(number)) if json.contains(['.', 'e', 'E']) => Value::F64(number),
            _ => text(json),
        },
        Some(b'"') => {
            let mut scanner = powertools_lambda_core::json::Scanner::new(json.as_bytes());
            let mut plain = String::new();
            match scanner.string() {
                Some(string) if string.unescape(&mut plain, usize::MAX) => text(&plain),
                _ => text(json),
            }
        }
        _ => text(json),
    }
}

/// A number past `i64` is a text, because OpenTelemetry has no unsigned numbers.
fn unsigned(number: u64) -> Value {
    i64::try_from(number).map_or_else(|_| text(&number.to_string()), Value::I64)
}

/// A shared text, because a span is also kept while it is sent, until it was received.
pub(crate) fn text(text: &str) -> Value {
    Value::String(StringValue::from(Arc::<str>::from(text)))
}

fn texts(texts: &[String]) -> Value {
    let shared = texts
        .iter()
        .map(|text| StringValue::from(Arc::<str>::from(text.as_str())));
    Value::Array(shared.collect::<Vec<_>>().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scalar_keeps_its_type() {
        for (json, expected) in [
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("7", Value::I64(7)),
            ("-7", Value::I64(-7)),
            ("1.5", Value::F64(1.5)),
            ("1e3", Value::F64(1_000.0)),
            ("18446744073709551615", text("18446744073709551615")),
            (r#""a \"b\" \u00e9""#, text("a \"b\" é")),
            (r#""""#, text("")),
            ("null", text("null")),
            ("[1,2]", text("[1,2]")),
            (r#"{"a":1}"#, text(r#"{"a":1}"#)),
        ] {
            assert_eq!(json_value(json), expected, "{json}");
        }
    }

    #[test]
    fn a_url_has_its_parts() {
        for (url, host, port) in [
            ("https://example.com/orders", "example.com", 443),
            ("http://example.com", "example.com", 80),
            ("http://127.0.0.1:4566/x", "127.0.0.1", 4_566),
            ("https://[::1]:8443/x", "[::1]", 8_443),
        ] {
            let mut attributes = Vec::new();
            describe_url(&mut attributes, url, false);
            let expected = [
                KeyValue::new(names::URL_FULL, text(url)),
                KeyValue::new(names::SERVER_ADDRESS, text(host)),
                KeyValue::new(names::SERVER_PORT, port),
            ];
            assert_eq!(attributes, expected, "{url}");
        }
    }
}
