//! [`find`] finds the `traceparent` headers in an event.

use powertools_lambda_core::json::Scanner;
use powertools_lambda_core::{SegmentId, TraceId};

/// A `traceparent` of W3C Trace Context.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Traceparent {
    pub(super) trace_id: TraceId,
    pub(super) id: SegmentId,
    pub(super) sampled: bool,
}

/// The `traceparent` headers of an event.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Traceparents {
    /// The caller's.
    pub(super) parent: Option<Traceparent>,
    /// Those of the records of a batch.
    pub(super) links: Vec<Traceparent>,
}

/// How much of an event is searched; this is limited because it happens before the handler.
const MAX_EVENT: usize = 256 << 10;

/// How many links are kept; a span of the tracer keeps no more.
const MAX_LINKS: usize = 100;

/// Finds the `traceparent` of a request or a payload, or those of the records of a batch.
pub(super) fn find(event: &[u8]) -> Traceparents {
    let mut found = Traceparents::default();
    let mut scanner = Scanner::new(&event[..event.len().min(MAX_EVENT)]);
    let mut in_records = false;
    while let Some(name) = scanner.next_name() {
        let name = name.raw();
        // The records of SQS, Kinesis, DynamoDB, SNS and S3, and of Kafka.
        in_records |= name == b"Records" || name == b"records";
        if name.eq_ignore_ascii_case(b"traceparent")
            && let Some(traceparent) = scanner.value_within(MAX_VALUE).and_then(traceparent_in)
        {
            if !in_records {
                found.parent.get_or_insert(traceparent);
            } else if found.links.len() < MAX_LINKS {
                found.links.push(traceparent);
            }
        }
    }
    found
}

/// The longest value that is read, in bytes.
const MAX_VALUE: usize = 4_096;

/// Reads the value itself, or a text in `["00-…"]` or `{"dataType":"String","stringValue":"00-…"}`.
fn traceparent_in(value: &[u8]) -> Option<Traceparent> {
    let mut scanner = Scanner::new(value);
    std::iter::from_fn(|| scanner.next_text()).find_map(|text| parse(text.as_plain()?.ok()?))
}

/// Parses `00-<32 hex>-<16 hex>-<2 hex>`; a later version may have more parts.
fn parse(text: &str) -> Option<Traceparent> {
    let is_hex = |part: &str, len| {
        part.len() == len
            && part
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let mut parts = text.trim().split('-');
    let (version, trace_id, id, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_valid = is_hex(version, 2) && is_hex(trace_id, 32) && is_hex(id, 16) && is_hex(flags, 2);
    let is_zero = |digits: &str| digits.bytes().all(|digit| digit == b'0');
    if !is_valid || version == "ff" || is_zero(trace_id) || is_zero(id) || (version == "00" && parts.next().is_some()) {
        return None;
    }
    Some(Traceparent {
        trace_id: format!("1-{}-{}", &trace_id[..8], &trace_id[8..]).parse().ok()?,
        id: id.parse().ok()?,
        sampled: u8::from_str_radix(flags, 16).ok()? & 1 == 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_traceparent_is_parsed_as_the_recommendation_has_it() {
        let expected = Traceparent {
            trace_id: "1-0af76519-16cd43dd8448eb211c80319c".parse().unwrap(),
            id: "b7ad6b7169203331".parse().unwrap(),
            sampled: true,
        };
        let not_sampled = Traceparent {
            sampled: false,
            ..expected
        };
        for (text, expected) in [
            (TEXT, Some(expected)),
            (
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
                Some(not_sampled),
            ),
            (
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03",
                Some(expected),
            ),
            (
                "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-later",
                Some(expected),
            ),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", None),
            ("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", None),
            ("00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", None),
            ("00-00000000000000000000000000000000-b7ad6b7169203331-01", None),
            ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", None),
            ("00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01", None),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", None),
            ("", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn a_request_has_a_parent_and_records_have_links() {
        for (event, parents, links) in [
            (format!(r#"{{"headers":{{"Traceparent":"{TEXT}"}}}}"#), 1, 0),
            (format!(r#"{{"multiValueHeaders":{{"traceparent":["{TEXT}"]}}}}"#), 1, 0),
            (format!(r#"{{"traceparent":"{TEXT}"}}"#), 1, 0),
            (
                format!(
                    r#"{{"Records":[{{"messageAttributes":{{"traceparent":{{"stringValue":"{TEXT}","dataType":"String"}}}}}}]}}"#
                ),
                0,
                1,
            ),
            (r#"{"headers":{"traceparent":"nonsense"}}"#.to_owned(), 0, 0),
            (r#"{"headers":{"traceparent":7}}"#.to_owned(), 0, 0),
            (String::new(), 0, 0),
        ] {
            let found = find(event.as_bytes());
            let counts = (usize::from(found.parent.is_some()), found.links.len());
            assert_eq!(counts, (parents, links), "{event}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_event_is_searched_without_a_panic(event in ".*", rest in ".*") {
            let _ = find(event.as_bytes());
            let _ = find(format!("{event}\"traceparent\"{rest}").as_bytes());
            let _ = parse(&event);
        }
    }
}
