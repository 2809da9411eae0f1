//! [`documents`] reads OpenTelemetry's spans as X-Ray documents, so that readers need not distinguish the two.

use serde_json::{Map, Value, json};

/// Returns the spans of a line in the [OTLP file format] as X-Ray documents; those that cannot be read are left as they are.
/// `None` if the line is no such message.
///
/// A span that is not a call gets the prefix `## ` that the tracer gives it in X-Ray. Attributes that have a place in X-Ray's
/// documents go there; of the others, those whose names are allowed for annotations are annotations, the rest is
/// metadata. The span of a handler also gets the attributes of its resource.
///
/// [OTLP file format]: https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/
pub(crate) fn documents(line: &str) -> Option<Vec<Value>> {
    let message: Value = serde_json::from_str(line).ok()?;
    let resources = message.get("resourceSpans")?.as_array()?;
    let mut documents = Vec::new();
    for resource in resources {
        let attributes = Attributes::of(&resource["resource"]);
        for span in list(&resource["scopeSpans"]).flat_map(|scope| list(&scope["spans"])) {
            documents.push(document(span, &attributes).unwrap_or_else(|| span.clone()));
        }
    }
    Some(documents)
}

/// The attributes of a span that have not been used.
#[derive(Clone)]
struct Attributes(Map<String, Value>);

impl Attributes {
    fn of(owner: &Value) -> Self {
        let pairs = list(&owner["attributes"]);
        let pairs = pairs.filter_map(|pair| Some((pair["key"].as_str()?.to_owned(), value_of(&pair["value"]))));
        Self(pairs.collect())
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.0.shift_remove(name)
    }
}

/// The kinds of spans that differ in X-Ray.
const SERVER: u64 = 2;
const CLIENT: u64 = 3;

/// The status of a span that failed.
const ERROR: u64 = 2;

/// The resources of calls: the attribute, and its key in X-Ray.
const RESOURCES: [(&str, &str); 7] = [
    ("aws.dynamodb.table_names", "table_names"),
    ("aws.sqs.queue.url", "queue_url"),
    ("aws.sns.topic.arn", "topic_arn"),
    ("aws.kinesis.stream_name", "stream_name"),
    ("aws.s3.bucket", "bucket_name"),
    ("faas.invoked_name", "function_name"),
    ("aws.step_functions.state_machine.arn", "state_machine_arn"),
];

fn document(span: &Value, resource: &Attributes) -> Option<Value> {
    let mut attributes = Attributes::of(span);
    let (name, kind) = (span["name"].as_str()?, span["kind"].as_u64().unwrap_or_default());
    let mut document = Map::new();
    let mut set = |key: &str, value: Value| document.insert(key.to_owned(), value);
    set("trace_id", trace_id(span["traceId"].as_str()?)?.into());
    set("id", span["spanId"].as_str()?.into());
    if let Some(parent) = span["parentSpanId"].as_str().filter(|parent| !parent.is_empty()) {
        set("parent_id", parent.into());
    }
    set("type", "subsegment".into());
    set("start_time", seconds(&span["startTimeUnixNano"])?.into());
    set("end_time", seconds(&span["endTimeUnixNano"])?.into());
    let call = (kind == CLIENT).then(|| aws_call(name, &mut attributes));
    match call {
        Some(Some((service, call))) => {
            set("name", service.into());
            set("namespace", "aws".into());
            set("aws", call);
        }
        Some(None) => {
            set(
                "name",
                attributes.0.get("server.address").cloned().unwrap_or(name.into()),
            );
            set("namespace", "remote".into());
        }
        None => {
            set("name", format!("## {name}").into());
        }
    }
    let is_error = span["status"]["code"].as_u64() == Some(ERROR);
    let status = attributes.0.get("http.response.status_code").and_then(Value::as_u64);
    let error = attributes.take("error.type");
    for flag in flags(is_error, status, error.as_ref().and_then(Value::as_str), kind) {
        set(flag, true.into());
    }
    if let Some(http) = http(&mut attributes) {
        set("http", http);
    }
    if let Some(exceptions) = exceptions(span) {
        set("cause", json!({ "exceptions": exceptions }));
    }
    let links = list(&span["links"]).filter_map(|link| {
        let trace = trace_id(link["traceId"].as_str()?)?;
        Some(json!({"trace_id": trace, "id": link["spanId"].as_str()?}))
    });
    let links: Vec<_> = links.collect();
    if !links.is_empty() {
        set("links", links.into());
    }
    if kind == SERVER {
        set("resource", resource.0.clone().into());
    }
    let (annotations, metadata): (Map<_, _>, Map<_, _>) = attributes
        .0
        .into_iter()
        .partition(|(key, value)| is_annotation(key) && !value.is_array() && !value.is_object());
    if !annotations.is_empty() {
        set("annotations", annotations.into());
    }
    if !metadata.is_empty() {
        set("metadata", json!({ "default": metadata }));
    }
    Some(document.into())
}

/// Returns the service and the description of a call of AWS; `None` if it is a call over HTTP.
fn aws_call(name: &str, attributes: &mut Attributes) -> Option<(String, Value)> {
    let is_aws = attributes
        .take("rpc.system.name")
        .is_some_and(|system| system == "aws-api");
    let is_dynamodb = attributes
        .take("db.system.name")
        .is_some_and(|system| system == "aws.dynamodb");
    let (service, operation) = name.split_once('/')?;
    if !is_aws && !is_dynamodb && attributes.0.contains_key("url.full") {
        return None;
    }
    let mut call = json!({"operation": operation});
    for (attribute, key) in RESOURCES {
        match attributes.take(attribute) {
            Some(Value::Array(values)) if values.len() == 1 && key == "table_names" => {
                call["table_name"] = values[0].clone();
            }
            Some(value) => call[key] = value,
            None => {}
        }
    }
    let table = attributes.take("db.collection.name");
    if let Some(table) = table.filter(|_| call["table_name"].is_null() && call["table_names"].is_null()) {
        call["table_name"] = table;
    }
    for (attribute, key) in [
        ("cloud.region", "region"),
        ("aws.request_id", "request_id"),
        ("http.request.resend_count", "retries"),
    ] {
        if let Some(value) = attributes.take(attribute) {
            call[key] = value;
        }
    }
    for repeated in ["rpc.method", "db.operation.name"] {
        attributes.take(repeated);
    }
    Some((service.to_owned(), call))
}

/// Returns what X-Ray says of a failure: a fault is the fault of the one who was called.
fn flags(is_error: bool, status: Option<u64>, error: Option<&str>, kind: u64) -> impl Iterator<Item = &'static str> {
    let refused = status.is_some_and(|status| (400..500).contains(&status));
    let throttled = refused
        && (status == Some(429) || error.is_some_and(|name| name.contains("Throttl") || name.contains("TooMany")));
    let is_fault = if kind == CLIENT { is_error && !refused } else { is_error };
    [
        ("fault", is_fault),
        ("error", !is_fault && refused),
        ("throttle", !is_fault && throttled),
    ]
    .into_iter()
    .filter_map(|(flag, is_so)| is_so.then_some(flag))
}

fn http(attributes: &mut Attributes) -> Option<Value> {
    let mut take = |name: &str| attributes.take(name);
    let (method, status) = (take("http.request.method"), take("http.response.status_code"));
    let (full, length) = (take("url.full"), take("http.response.body.size"));
    let (scheme, path) = (take("url.scheme"), take("url.path"));
    let (host, port) = (take("server.address"), take("server.port"));
    let url = full.or_else(|| {
        let (scheme, path) = (scheme?, path?);
        let (host, port) = (host.unwrap_or_default(), port.unwrap_or_default());
        let default = if scheme == "https" { 443 } else { 80 };
        let port = if port.is_null() || port == default {
            String::new()
        } else {
            format!(":{port}")
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Some(format!("{}://{}{port}{}", text(&scheme), text(&host), text(&path)).into())
    });
    let object = |pairs: [(&str, Option<Value>); 2]| {
        let pairs = pairs.into_iter();
        let map: Map<_, _> = pairs
            .filter_map(|(key, value)| Some((key.to_owned(), value?)))
            .collect();
        (!map.is_empty()).then(|| Value::from(map))
    };
    let request = object([("method", method), ("url", url)]);
    let response = object([("status", status), ("content_length", length)]);
    object([("request", request), ("response", response)])
}

fn exceptions(span: &Value) -> Option<Vec<Value>> {
    let events = list(&span["events"]).filter(|event| event["name"] == "exception");
    let exceptions = events.map(|event| {
        let mut attributes = Attributes::of(event);
        let mut text = |name| attributes.take(name).unwrap_or_else(|| "".into());
        json!({"type": text("exception.type"), "message": text("exception.message")})
    });
    Some(exceptions.collect()).filter(|all: &Vec<_>| !all.is_empty())
}

fn is_annotation(key: &str) -> bool {
    key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// 32 digits as X-Ray writes them.
fn trace_id(digits: &str) -> Option<String> {
    Some(format!("1-{}-{}", digits.get(..8)?, digits.get(8..)?))
}

/// Nanoseconds, usually as text, as seconds with microseconds.
#[allow(clippy::cast_precision_loss)] // a double has no more digits at this size
fn seconds(nanoseconds: &Value) -> Option<f64> {
    Some((integer(nanoseconds)? / 1_000) as f64 / 1e6)
}

fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn value_of(value: &Value) -> Value {
    let Some((kind, value)) = value.as_object().and_then(|object| object.iter().next()) else {
        return Value::Null;
    };
    match kind.as_str() {
        "intValue" => integer(value).map_or(Value::Null, Value::from),
        "arrayValue" => list(&value["values"]).map(value_of).collect(),
        "kvlistValue" => {
            let pairs = list(&value["values"]);
            pairs
                .map(|pair| {
                    (
                        pair["key"].as_str().unwrap_or_default().to_owned(),
                        value_of(&pair["value"]),
                    )
                })
                .collect()
        }
        _ => value.clone(),
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(span: &Value) -> Value {
        let service = json!({"key": "faas.name", "value": {"stringValue": "orders"}});
        let message =
            json!({"resourceSpans": [{"resource": {"attributes": [service]}, "scopeSpans": [{"spans": [span]}]}]});
        documents(&message.to_string()).unwrap().remove(0)
    }

    fn span(name: &str, kind: u64, attributes: &Value) -> Value {
        let attributes = attributes.as_object().unwrap().iter();
        let attributes: Vec<_> = attributes
            .map(|(key, value)| {
                let kind = match value {
                    Value::Bool(_) => "boolValue",
                    Value::String(_) => "stringValue",
                    Value::Array(texts) => {
                        let values: Vec<_> = texts.iter().map(|text| json!({"stringValue": text})).collect();
                        return json!({"key": key, "value": {"arrayValue": {"values": values}}});
                    }
                    number => return json!({"key": key, "value": {"intValue": number.to_string()}}),
                };
                json!({"key": key, "value": {kind: value}})
            })
            .collect();
        json!({
            "traceId": "5759e988bd862e3fe1be46a994272793", "spanId": "53995c3f42cd8ad8", "parentSpanId": "557abcec3ee5a047",
            "name": name, "kind": kind, "startTimeUnixNano": "1768473000250000999", "endTimeUnixNano": 1_768_473_000_500_000_000_u64,
            "attributes": attributes, "status": {"code": 0},
        })
    }

    #[test]
    fn a_handler_has_its_resource_and_annotations() {
        let document = read(&span(
            "handler",
            2,
            &json!({"ColdStart": true, "items": 3, "http.route": "/orders"}),
        ));
        let expected = json!({
            "trace_id": "1-5759e988-bd862e3fe1be46a994272793", "id": "53995c3f42cd8ad8", "parent_id": "557abcec3ee5a047",
            "type": "subsegment", "start_time": 1_768_473_000.25, "end_time": 1_768_473_000.5, "name": "## handler",
            "resource": {"faas.name": "orders"}, "annotations": {"ColdStart": true, "items": 3},
            "metadata": {"default": {"http.route": "/orders"}},
        });
        assert_eq!(document, expected);
    }

    #[test]
    fn calls_are_named_as_in_x_ray() {
        let aws = json!({"rpc.system.name": "aws-api", "rpc.method": "SQS/SendMessage", "cloud.region": "eu-west-1",
            "aws.sqs.queue.url": "https://sqs/jobs", "http.response.status_code": 200});
        let dynamodb = json!({"db.system.name": "aws.dynamodb", "db.operation.name": "PutItem", "db.collection.name": "carts",
            "http.request.resend_count": 2});
        let tables = json!({"rpc.system.name": "aws-api", "aws.dynamodb.table_names": ["carts"]});
        let http = json!({"http.request.method": "POST", "url.full": "http://bank/pay", "server.address": "bank",
            "server.port": 80, "http.response.status_code": 402});
        for (name, attributes, expected) in [
            (
                "SQS/SendMessage",
                aws,
                json!(["SQS", "aws", {"operation": "SendMessage", "queue_url": "https://sqs/jobs",
                "region": "eu-west-1"}, {"response": {"status": 200}}]),
            ),
            (
                "DynamoDB/PutItem",
                dynamodb,
                json!(["DynamoDB", "aws", {"operation": "PutItem", "table_name": "carts",
                "retries": 2}, null]),
            ),
            (
                "DynamoDB/PutItem",
                tables,
                json!(["DynamoDB", "aws", {"operation": "PutItem", "table_name": "carts"}, null]),
            ),
            (
                "POST",
                http,
                json!(["bank", "remote", null, {"request": {"method": "POST", "url": "http://bank/pay"},
                "response": {"status": 402}}]),
            ),
        ] {
            let found = read(&span(name, CLIENT, &attributes));
            let found = json!([found["name"], found["namespace"], found.get("aws"), found.get("http")]);
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn failures_have_flags_and_causes() {
        let status = |status: u64, error: &str| json!({"http.response.status_code": status, "error.type": error});
        for (kind, code, attributes, expected) in [
            (1, ERROR, json!({}), json!([true, null, null])),
            (SERVER, 0, status(404, ""), json!([null, true, null])),
            (SERVER, ERROR, status(503, "503"), json!([true, null, null])),
            (CLIENT, ERROR, status(402, "402"), json!([null, true, null])),
            (CLIENT, ERROR, status(429, "429"), json!([null, true, true])),
            (
                CLIENT,
                ERROR,
                status(400, "ThrottlingException"),
                json!([null, true, true]),
            ),
            (
                CLIENT,
                ERROR,
                json!({"error.type": "Cancelled"}),
                json!([true, null, null]),
            ),
            (CLIENT, 0, status(200, ""), json!([null, null, null])),
        ] {
            let mut span = span("POST", kind, &attributes);
            span["status"]["code"] = code.into();
            let found = read(&span);
            let found = json!(["fault", "error", "throttle"].map(|flag| found.get(flag)));
            assert_eq!(found, expected, "{kind} {attributes}");
        }
        let mut failed = span("charge", 1, &json!({}));
        let pair = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
        failed["events"] = json!([{"name": "exception",
            "attributes": [pair("exception.type", "CardError"), pair("exception.message", "declined")]}]);
        failed["links"] = json!([{"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331"}]);
        let found = read(&failed);
        assert_eq!(
            found["cause"],
            json!({"exceptions": [{"type": "CardError", "message": "declined"}]})
        );
        let link = json!([{"trace_id": "1-0af76519-16cd43dd8448eb211c80319c", "id": "b7ad6b7169203331"}]);
        assert_eq!(found["links"], link);
    }

    #[test]
    fn what_is_no_span_is_left_as_it_is() {
        let spans = documents(r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"x"},7]}]},{}]}"#).unwrap();
        assert_eq!(spans, [json!({"name": "x"}), json!(7)]);
        for line in ["", "7", "{}", r#"{"resourceSpans":7}"#, r#"{"resourceLogs":[]}"#] {
            assert_eq!(documents(line), None, "{line}");
        }
    }
}
