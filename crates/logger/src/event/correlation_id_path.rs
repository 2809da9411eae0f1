//! `CorrelationIdPath`, the place of the correlation id in an event.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::str::FromStr;

use super::correlation_id::CorrelationId;
use super::pointer::{Pointer, is_pointer};

/// The place of the correlation id in an event: one or more JSON pointers, of which the first that finds an id is used.
///
/// The constants are the places in events of AWS services, as in Powertools for other languages. Use
/// [`header`](Self::header) for any HTTP header, and [`from_static`](Self::from_static) or [`FromStr`] for any other
/// place. Pass it to [`LoggerBuilder::correlation_id_path`](crate::LoggerBuilder::correlation_id_path).
///
/// The raw event is read once for each pointer and not beyond the value, however large the event is. An id is a string
/// or a number. A string is truncated to 256 bytes. A longer number is not an id, nor are an empty string, `true`,
/// `false`, `null`, objects and arrays. If an object has a name twice, the first one counts.
///
/// # Examples
///
/// ```
/// use powertools_lambda_logger::CorrelationIdPath;
///
/// const ORDER: CorrelationIdPath = CorrelationIdPath::from_static("/detail/order~1id");
/// let path = ORDER.or(CorrelationIdPath::header("x-correlation-id")).or(CorrelationIdPath::EVENT_BRIDGE);
///
/// let event = br#"{"id": "e-1", "headers": {"X-Correlation-Id": "c-7"}}"#;
/// assert_eq!(path.find(event).unwrap().as_str(), "c-7");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrelationIdPath {
    first: Pointer,
    others: Cow<'static, [Pointer]>,
}

impl CorrelationIdPath {
    /// The request id in a REST API event of API Gateway: `/requestContext/requestId`.
    pub const API_GATEWAY_REST: Self = Self::one(Pointer::exact("/requestContext/requestId"));
    /// The request id in an HTTP API event of API Gateway: `/requestContext/requestId`.
    pub const API_GATEWAY_HTTP: Self = Self::API_GATEWAY_REST;
    /// The request id in a WebSocket API event of API Gateway: `/requestContext/requestId`.
    pub const API_GATEWAY_WEBSOCKET: Self = Self::API_GATEWAY_REST;
    /// The request id in an `AppSync` authorizer's event: `/requestContext/requestId`.
    pub const APPSYNC_AUTHORIZER: Self = Self::API_GATEWAY_REST;
    /// The request id in a function URL's event: `/requestContext/requestId`.
    pub const LAMBDA_FUNCTION_URL: Self = Self::API_GATEWAY_REST;
    /// The trace header in an `AppSync` resolver's event: `/request/headers/x-amzn-trace-id`, regardless of case.
    pub const APPSYNC_RESOLVER: Self = Self::one(Pointer::any_case("/request/headers/x-amzn-trace-id"));
    /// The trace header in an Application Load Balancer's event: `/headers/x-amzn-trace-id`, or the first of
    /// `/multiValueHeaders/x-amzn-trace-id` if the target group has multi-value headers; regardless of case.
    pub const APPLICATION_LOAD_BALANCER: Self = Self {
        first: Pointer::any_case("/headers/x-amzn-trace-id"),
        others: Cow::Borrowed(&[Pointer::any_case("/multiValueHeaders/x-amzn-trace-id/0")]),
    };
    /// The trace header in a VPC Lattice event: `/headers/x-amzn-trace-id`, or its first value if headers are lists
    /// (version 2.0); regardless of case.
    pub const VPC_LATTICE: Self = Self {
        first: Pointer::any_case("/headers/x-amzn-trace-id"),
        others: Cow::Borrowed(&[Pointer::any_case("/headers/x-amzn-trace-id/0")]),
    };
    /// The id of an `EventBridge` event: `/id`.
    pub const EVENT_BRIDGE: Self = Self::one(Pointer::exact("/id"));
    /// The request id in an S3 Object Lambda event: `/xAmzRequestId`.
    pub const S3_OBJECT_LAMBDA: Self = Self::one(Pointer::exact("/xAmzRequestId"));
    /// The id of the first message of an SQS batch: `/Records/0/messageId`.
    pub const SQS: Self = Self::one(Pointer::exact("/Records/0/messageId"));
    /// The id of an SNS message: `/Records/0/Sns/MessageId`.
    pub const SNS: Self = Self::one(Pointer::exact("/Records/0/Sns/MessageId"));
    /// The id of the first record of a Kinesis batch: `/Records/0/eventID`.
    pub const KINESIS: Self = Self::one(Pointer::exact("/Records/0/eventID"));
    /// The id of the first record of a `DynamoDB` stream's batch: `/Records/0/eventID`.
    pub const DYNAMODB: Self = Self::KINESIS;
    /// The id of the request that changed the first object of an S3 event:
    /// `/Records/0/responseElements/x-amz-request-id`.
    pub const S3: Self = Self::one(Pointer::exact("/Records/0/responseElements/x-amz-request-id"));
    /// The id of the first mail in an SES event: `/Records/0/ses/mail/messageId`.
    pub const SES: Self = Self::one(Pointer::exact("/Records/0/ses/mail/messageId"));
    /// The id of a Firehose transformation: `/invocationId`.
    pub const FIREHOSE: Self = Self::one(Pointer::exact("/invocationId"));
    /// The request id in the event of a CloudFormation custom resource: `/RequestId`.
    pub const CLOUDFORMATION: Self = Self::one(Pointer::exact("/RequestId"));

    /// Creates a path from a JSON pointer (RFC 6901), for use in a `const`.
    ///
    /// # Panics
    ///
    /// Panics if the text is not a JSON pointer; in a `const`, the code does not compile.
    pub const fn from_static(pointer: &'static str) -> Self {
        assert!(
            is_pointer(pointer),
            "invalid JSON pointer: it must be empty or begin with a slash, and have `~` only in `~0` and `~1`"
        );
        Self::one(Pointer::exact(pointer))
    }

    /// Creates a path to an HTTP header, regardless of case: `/headers/<name>`, or the first of
    /// `/multiValueHeaders/<name>`.
    ///
    /// It is for events of API Gateway, function URLs and load balancers.
    pub fn header(name: &str) -> Self {
        let name = name.replace('~', "~0").replace('/', "~1");
        Self {
            first: Pointer::owned(format!("/headers/{name}"), true),
            others: Cow::Owned(vec![Pointer::owned(format!("/multiValueHeaders/{name}/0"), true)]),
        }
    }

    /// Adds a path to try if there is no id at the previous ones.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        let others = self.others.to_mut();
        others.push(other.first);
        others.extend(other.others.into_owned());
        self
    }

    /// Returns the id in an event, if it has one.
    pub fn find<'a>(&self, event: &'a [u8]) -> Option<CorrelationId<'a>> {
        self.pointers()
            .find_map(|pointer| CorrelationId::new(pointer.look_up(event)?))
    }

    fn pointers(&self) -> impl Iterator<Item = &Pointer> {
        std::iter::once(&self.first).chain(self.others.iter())
    }

    const fn one(first: Pointer) -> Self {
        let others = Cow::Borrowed([].as_slice());
        Self { first, others }
    }
}

impl fmt::Display for CorrelationIdPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, pointer) in self.pointers().enumerate() {
            let or = if at == 0 { "" } else { " or " };
            write!(f, "{or}{pointer}")?;
        }
        Ok(())
    }
}

impl FromStr for CorrelationIdPath {
    type Err = CorrelationIdPathError;

    /// Parses a JSON pointer (RFC 6901).
    ///
    /// # Errors
    ///
    /// Returns an error if the text is not empty and does not begin with a slash, or has a `~` that is neither `~0` nor
    /// `~1`.
    fn from_str(pointer: &str) -> Result<Self, CorrelationIdPathError> {
        if !is_pointer(pointer) {
            return Err(CorrelationIdPathError(pointer.to_owned()));
        }
        Ok(Self::one(Pointer::owned(pointer.to_owned(), false)))
    }
}

/// The error returned if a text is not a JSON pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrelationIdPathError(String);

impl fmt::Display for CorrelationIdPathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid JSON pointer {:?}: expected one such as \"/detail/id\"",
            self.0
        )
    }
}

impl Error for CorrelationIdPathError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn found(path: &CorrelationIdPath, event: &serde_json::Value) -> Option<String> {
        path.find(event.to_string().as_bytes()).map(|id| id.as_str().to_owned())
    }

    #[test]
    fn a_built_in_path_finds_the_id_of_its_service() {
        let trace = "Root=1-65a5-1";
        for (path, event) in [
            (
                CorrelationIdPath::API_GATEWAY_REST,
                json!({"requestContext": {"requestId": trace}}),
            ),
            (
                CorrelationIdPath::APPSYNC_RESOLVER,
                json!({"request": {"headers": {"x-amzn-trace-id": trace}}}),
            ),
            (
                CorrelationIdPath::APPLICATION_LOAD_BALANCER,
                json!({"headers": {"x-amzn-trace-id": trace}}),
            ),
            (
                CorrelationIdPath::APPLICATION_LOAD_BALANCER,
                json!({"multiValueHeaders": {"x-amzn-trace-id": [trace, "b"]}}),
            ),
            (
                CorrelationIdPath::VPC_LATTICE,
                json!({"headers": {"X-Amzn-Trace-Id": trace}}),
            ),
            (
                CorrelationIdPath::VPC_LATTICE,
                json!({"headers": {"x-amzn-trace-id": [trace]}}),
            ),
            (CorrelationIdPath::EVENT_BRIDGE, json!({"version": "0", "id": trace})),
            (CorrelationIdPath::S3_OBJECT_LAMBDA, json!({"xAmzRequestId": trace})),
            (
                CorrelationIdPath::SQS,
                json!({"Records": [{"messageId": trace}, {"messageId": "b"}]}),
            ),
            (
                CorrelationIdPath::SNS,
                json!({"Records": [{"EventVersion": "1.0", "Sns": {"MessageId": trace}}]}),
            ),
            (
                CorrelationIdPath::KINESIS,
                json!({"Records": [{"kinesis": {"data": "aGk="}, "eventID": trace}]}),
            ),
            (
                CorrelationIdPath::S3,
                json!({"Records": [{"responseElements": {"x-amz-request-id": trace}}]}),
            ),
            (
                CorrelationIdPath::SES,
                json!({"Records": [{"ses": {"mail": {"messageId": trace}}}]}),
            ),
            (
                CorrelationIdPath::FIREHOSE,
                json!({"invocationId": trace, "records": []}),
            ),
            (
                CorrelationIdPath::CLOUDFORMATION,
                json!({"RequestType": "Create", "RequestId": trace}),
            ),
        ] {
            assert_eq!(found(&path, &event).as_deref(), Some(trace), "{path} in {event}");
        }
    }

    #[test]
    fn a_header_is_found_in_any_case_and_in_both_places() {
        let path = CorrelationIdPath::header("X-Request/Id");
        assert_eq!(
            found(&path, &json!({"headers": {"x-request/id": "a"}})).as_deref(),
            Some("a")
        );
        let many = json!({"headers": null, "multiValueHeaders": {"x-Request/ID": ["b", "c"]}});
        assert_eq!(found(&path, &many).as_deref(), Some("b"));
        assert_eq!(
            found(
                &CorrelationIdPath::from_static("/headers/a"),
                &json!({"headers": {"A": "b"}})
            ),
            None
        );
    }

    #[test]
    fn the_first_place_with_an_id_counts() {
        let path =
            CorrelationIdPath::from_static("/a").or(CorrelationIdPath::from_static("/b").or("/c".parse().unwrap()));
        assert_eq!(found(&path, &json!({"c": "3", "b": "2"})).as_deref(), Some("2"));
        assert_eq!(found(&path, &json!({"a": null, "b": {}, "c": 3})).as_deref(), Some("3"));
        assert_eq!(found(&path, &json!({"a": "", "b": [1], "c": true})), None);
        assert_eq!(path.to_string(), "/a or /b or /c");
    }

    #[test]
    fn a_long_text_is_truncated_and_a_long_number_is_not_an_id() {
        let path = CorrelationIdPath::EVENT_BRIDGE;
        let text = format!("a{}", "é".repeat(200));
        assert_eq!(
            found(&path, &json!({"id": text})),
            Some(format!("a{}", "é".repeat(127)))
        );
        assert_eq!(found(&path, &json!({"id": "\n".repeat(300)})), Some("\n".repeat(256)));
        let number = format!(r#"{{"id":{}}}"#, "1".repeat(257));
        assert_eq!(path.find(number.as_bytes()), None);
    }

    #[test]
    fn an_id_is_borrowed_text_or_a_number_as_written() {
        let written = |event: &str| {
            let mut buffer = Vec::new();
            CorrelationIdPath::EVENT_BRIDGE
                .find(event.as_bytes())?
                .write_json(&mut buffer);
            String::from_utf8(buffer).ok()
        };
        assert_eq!(written(r#"{"id":"a\u0062\"c"}"#).as_deref(), Some(r#""ab\"c""#));
        assert_eq!(written(r#"{"id": 12.50 }"#).as_deref(), Some("12.50"));
        assert_eq!(written(r#"{"id":1e999}"#), None);
        assert_eq!(written("{\"id\":\"a\nb\"}").as_deref(), Some(r#""a\nb""#));
    }

    #[test]
    fn an_invalid_pointer_is_an_error_that_shows_it() {
        for text in ["id", "/a~", "/a~2b", "requestContext.requestId", "#/id"] {
            let error = text.parse::<CorrelationIdPath>().unwrap_err().to_string();
            assert_eq!(
                error,
                format!("invalid JSON pointer {text:?}: expected one such as \"/detail/id\"")
            );
        }
        assert!("".parse::<CorrelationIdPath>().is_ok());
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_valid_id_or_none(prefix in prop_oneof![Just("{\"a\":["), Just(""), Just("[{\"a\":")], bytes in any::<Vec<u8>>()) {
            let event = [prefix.as_bytes(), &bytes].concat();
            for pointer in ["", "/a", "/a/0", "/0", "/0/a"] {
                if let Some(id) = CorrelationIdPath::from_static(pointer).find(&event) {
                    let mut json = Vec::new();
                    id.write_json(&mut json);
                    prop_assert!(serde_json::from_slice::<serde_json::Value>(&json).is_ok());
                }
            }
        }
    }
}
