//! The [`Invocation`] with a plan's event.

use std::time::Duration;

use runtime_api::Invocation;
use serde_json::{Value, json};

use crate::event::{Act, MESSAGES, Plan, parent_id, request_id, trace_id};

/// How long a handler that hangs has.
pub(super) const HANG: Duration = Duration::from_millis(1_500);

/// How long a handler has that answers later.
const LATE: Duration = Duration::from_millis(400);

/// The largest event that Lambda takes.
const LARGEST: usize = 6 << 20;

/// Returns the invocation of a plan.
pub(super) fn invocation(plan: &Plan) -> Invocation {
    let number = plan.number;
    let sampled = u8::from(plan.sampled);
    let header = format!(
        "Root={};Parent={};Sampled={sampled}",
        trace_id(number),
        parent_id(number)
    );
    let invocation = Invocation::new(request_id(number), event(plan)).trace_header(header);
    match plan.act {
        Act::Hang => invocation.deadline(HANG),
        Act::Late => invocation.deadline(LATE),
        _ => invocation,
    }
}

fn event(plan: &Plan) -> Vec<u8> {
    // The plan is first: a hook looks for its name in the first bytes.
    let more = match plan.act {
        Act::Undecodable => return br#"{"plan":7}"#.to_vec(),
        Act::Batch => format!(r#","sqs":{}"#, sqs(plan.number)),
        Act::Http => format!(r#","http":{}"#, http(plan.number)),
        Act::Large => {
            let length = LARGEST - 512;
            format!(r#","padding":"{}""#, "x".repeat(length))
        }
        _ => String::new(),
    };
    let plan = serde_json::to_string(plan).unwrap_or_default();
    format!(r#"{{"plan":{plan}{more}}}"#).into_bytes()
}

fn sqs(number: u64) -> Value {
    let message = |message: u32| {
        json!({
            "messageId": format!("{number}-{message}"),
            "receiptHandle": "handle",
            "body": message.to_string(),
            "attributes": {},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:soak",
            "awsRegion": "eu-west-1",
        })
    };
    json!({ "Records": (0..MESSAGES).map(message).collect::<Vec<_>>() })
}

fn http(number: u64) -> Value {
    let path = format!("/claimed={number}");
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "soak.example.com"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "soak",
            "domainName": "soak.example.com",
            "http": {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "soak"},
            "requestId": "request",
            "routeKey": "$default",
            "stage": "$default",
            "time": "15/Jan/2026:10:30:00 +0000",
            "timeEpoch": 1_768_473_000_125_u64,
        },
        "isBase64Encoded": false,
    })
}
