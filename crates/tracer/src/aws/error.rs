//! [`record`] records how a call of an AWS SDK client failed.

use aws_smithy_runtime_api::client::interceptors::context::Error as OperationError;
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use powertools_lambda_core::{ErrorCause, ErrorReport};
use serde::Deserialize;

use crate::open_call::OpenCall;

/// The error codes that mean too many requests, regardless of the status; the same list as in the SDK.
const THROTTLING: [&str; 14] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// The largest body, in bytes, that is searched for the code and message of an error.
const MAX_BODY: usize = 64 * 1024;

/// Marks the call as failed and records the error as the service reported it.
pub(super) fn record(call: &OpenCall, failure: &OrchestratorError<OperationError>, response: Option<&HttpResponse>) {
    let told = response.map(told_by).unwrap_or_default();
    if told.code.as_deref().is_some_and(|code| THROTTLING.contains(&code)) {
        call.change(crate::SpanRecord::throttle);
    }
    call.change(|record| {
        if !record.is_error() {
            record.fault();
        }
    });
    call.error(|| match told.code {
        Some(name) => ErrorReport::from(ErrorCause {
            name,
            message: told.message.unwrap_or_default(),
        }),
        None => match failure.as_operation_error() {
            Some(error) => ErrorReport::new(error),
            None => transport(failure),
        },
    });
}

/// Describes an error that occurred before there was a response.
fn transport(failure: &OrchestratorError<OperationError>) -> ErrorReport {
    if let Some(error) = failure.as_connector_error() {
        return ErrorReport::new(error);
    }
    let name = if failure.is_timeout_error() {
        "TimeoutError"
    } else if failure.is_response_error() {
        "ResponseError"
    } else {
        "DispatchError"
    };
    ErrorReport::from(ErrorCause {
        name: name.to_owned(),
        message: failure.to_string(),
    })
}

#[derive(Debug, Default, PartialEq)]
struct Told {
    code: Option<String>,
    message: Option<String>,
}

/// Reads code and message from an error response in JSON or XML.
fn told_by(response: &HttpResponse) -> Told {
    let header = response.headers().get("x-amzn-errortype").map(plain_code);
    let body = response
        .body()
        .bytes()
        .filter(|body| body.len() <= MAX_BODY)
        .unwrap_or_default();
    let mut told = from_json(body).or_else(|| from_xml(body)).unwrap_or_default();
    told.code = header.or(told.code);
    if response.status().is_success() {
        Told::default()
    } else {
        told
    }
}

fn from_json(body: &[u8]) -> Option<Told> {
    #[derive(Deserialize)]
    struct Body {
        #[serde(rename = "__type", alias = "code", alias = "Code")]
        code: Option<String>,
        #[serde(alias = "Message", alias = "errorMessage")]
        message: Option<String>,
    }
    let body: Body = serde_json::from_slice(body).ok()?;
    Some(Told {
        code: body.code.as_deref().map(plain_code),
        message: body.message,
    })
}

fn from_xml(body: &[u8]) -> Option<Told> {
    let body = str::from_utf8(body).ok()?;
    let element = |name: &str| {
        let (_, rest) = body.split_once(&format!("<{name}>"))?;
        let (text, _) = rest.split_once(&format!("</{name}>"))?;
        Some(text.to_owned())
    };
    Some(Told {
        code: Some(element("Code")?),
        message: element("Message"),
    })
}

/// Returns the code without its namespace and without the part after a colon.
fn plain_code(code: &str) -> String {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_message_are_read_in_every_protocol() {
        let told = |code: &str, message: &str| {
            Some(Told {
                code: Some(code.to_owned()),
                message: Some(message.to_owned()),
            })
        };
        let json = br#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"no"}"#;
        assert_eq!(from_json(json), told("ConditionalCheckFailedException", "no"));
        let rest = br#"{"code":"ThrottlingException:http://internal","Message":"slow down"}"#;
        assert_eq!(from_json(rest), told("ThrottlingException", "slow down"));
        let xml = b"<Error><Code>NoSuchKey</Code><Message>not there</Message></Error>";
        assert_eq!(from_xml(xml), told("NoSuchKey", "not there"));
        assert_eq!(from_json(b"<html>"), None);
        assert_eq!(from_xml(b"<html>"), None);
    }
}
