//! What led to an invocation, and what it hands on.

use bytes::Bytes;
use powertools_lambda_core::{Invocation, TraceHeader};

use crate::entered;
use crate::record::Link;
use crate::trace::Trace;

/// Links the current span to the one that a tracing header names, such as the one that sent a message.
///
/// For headers the tracer does not find by itself: in the event of an invocation it finds the `AWSTraceHeader` of SQS
/// messages (those that came by a topic or an event bus too), message attributes of that name (SQS, SNS), and the
/// `X-Amzn-Trace-Id` of HTTP requests. A header that does not parse, or names no parent, is no link.
///
/// ```
/// powertools_lambda_tracer::link("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1");
/// ```
pub fn link(header: &str) {
    entered::with_current(|_, span| {
        if let Some(link) = parse(header) {
            span.change(|record| record.link(link));
        }
    });
}

/// Returns the tracing header for a request or a message that the tracer does not send by itself.
///
/// It names the current span as the parent where the trace is recorded, and is the one the invocation came with
/// otherwise; `None` outside an invocation and where that had none. Its `root()` is the id of the trace.
pub fn trace_header() -> Option<TraceHeader> {
    let invocation = Invocation::current()?;
    let header = invocation.trace_header()?;
    let trace = invocation.get::<Trace>();
    let Some((trace, recording)) = trace.and_then(|trace| Some((trace, trace.recording()?))) else {
        return Some(header.clone());
    };
    let innermost = entered::innermost(trace.serial());
    Some(header.child(innermost.as_ref().unwrap_or_else(|| recording.handler()).id))
}

/// The largest event that is searched, in bytes: what is kept of it until the response was posted.
const MAX_EVENT: usize = 1 << 20;

/// Returns what is to be searched for links: the event, unless it is too large to be kept.
pub(crate) fn searchable(event: &Bytes) -> Option<Bytes> {
    (event.len() <= MAX_EVENT).then(|| event.clone())
}

/// Returns the links in the JSON of an event.
pub(crate) fn find(event: &[u8]) -> impl Iterator<Item = Link> {
    let mut rest = event;
    std::iter::from_fn(move || {
        loop {
            let quote = rest.iter().position(|byte| *byte == b'"')?;
            rest = &rest[quote + 1..];
            if let Some(after) = KEYS.iter().find_map(|key| after_key(rest, key)) {
                rest = after;
                if let Some(link) = header_at(after) {
                    return Some(link);
                }
            }
        }
    })
}

const KEYS: [&[u8]; 2] = [b"awstraceheader\"", b"x-amzn-trace-id\""];

/// Returns what follows a key that `text` begins with, in any case.
fn after_key<'a>(text: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let (begin, rest) = text.split_at_checked(key.len())?;
    begin.eq_ignore_ascii_case(key).then_some(rest)
}

/// Reads the tracing header that is the value of a key; of an object or an array, one of its texts.
fn header_at(text: &[u8]) -> Option<Link> {
    let text = &text[..text.len().min(MAX_VALUE)];
    let start = text
        .iter()
        .position(|byte| !(byte.is_ascii_whitespace() || *byte == b':'))?;
    let (first, mut rest) = text[start..].split_first()?;
    match first {
        b'"' => parse(str::from_utf8(until(rest, b'"')?).ok()?),
        // `{"Type":"String","Value":"Root=…"}`: neither keys nor values of such have brackets in them.
        b'{' | b'[' => {
            rest = until(rest, if *first == b'{' { b'}' } else { b']' })?;
            let mut texts = rest.split(|byte| *byte == b'"');
            texts.find_map(|text| parse(str::from_utf8(text).ok()?))
        }
        _ => None,
    }
}

/// How many bytes of a value are looked at, so that an event full of keys is read in linear time.
const MAX_VALUE: usize = 4_096;

fn until(text: &[u8], end: u8) -> Option<&[u8]> {
    let end = text.iter().position(|byte| *byte == end)?;
    text.get(..end)
}

fn parse(header: &str) -> Option<Link> {
    let header: TraceHeader = header.parse().ok()?;
    Some(Link {
        trace_id: *header.root(),
        id: *header.parent()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(event: &str) -> Vec<String> {
        find(event.as_bytes()).map(|link| link.id.to_string()).collect()
    }

    const HEADER: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

    #[test]
    fn links_are_found_in_events_of_queues_topics_and_http() {
        for event in [
            format!(r#"{{"Records":[{{"attributes":{{"AWSTraceHeader":"{HEADER}"}}}}]}}"#),
            format!(r#"{{"Records":[{{"attributes":{{ "AWSTraceHeader" : "{HEADER}" }}}}]}}"#),
            format!(r#"{{"headers":{{"X-Amzn-Trace-Id":"{HEADER}"}}}}"#),
            format!(r#"{{"multiValueHeaders":{{"x-amzn-trace-id":["{HEADER}"]}}}}"#),
            format!(r#"{{"MessageAttributes":{{"AWSTraceHeader":{{"Type":"String","Value":"{HEADER}"}}}}}}"#),
            format!(r#"{{"messageAttributes":{{"AWSTraceHeader":{{"stringValue":"{HEADER}","dataType":"String"}}}}}}"#),
        ] {
            assert_eq!(found(&event), ["53995c3f42cd8ad8"], "{event}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_event_is_searched_without_a_panic(event in ".*", key in "(?i)awstraceheader|x-amzn-trace-id", rest in ".*") {
            let _ = found(&event);
            let _ = found(&format!("{event}\"{key}\"{rest}"));
        }
    }

    #[test]
    fn what_is_no_header_is_no_link() {
        for event in [
            "",
            "\"",
            r#"{"AWSTraceHeader"#,
            r#"{"AWSTraceHeader":"#,
            r#"{"AWSTraceHeader":{"AWSTraceHeader":7}}"#,
            r#"{"AWSTraceHeader":"Root=nonsense"}"#,
            r#"{"AWSTraceHeader":"Root=1-5759e988-bd862e3fe1be46a994272793"}"#,
        ] {
            assert!(found(event).is_empty(), "{event}");
        }
    }
}
