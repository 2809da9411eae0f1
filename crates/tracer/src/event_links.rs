//! [`find`] finds the tracing headers in an event that link an invocation to what caused it.

use bytes::Bytes;
use memchr::memchr_iter;
use powertools_lambda_core::json::Scanner;

use crate::record::Link;

/// The largest event that is searched, in bytes, because it is kept until the response was posted.
const MAX_EVENT: usize = 1 << 20;

/// Returns the event to keep and search for links, unless it is too large.
pub(crate) fn searchable(event: &Bytes) -> Option<Bytes> {
    (event.len() <= MAX_EVENT).then(|| event.clone())
}

/// Returns the links in the JSON of an event.
pub(crate) fn find(event: &[u8]) -> impl Iterator<Item = Link> {
    // Every tracing header contains `Root=`, most events do not, and looking for one byte is far faster than reading
    // the names.
    let may_have_one = memchr_iter(b'=', event).any(|at| event[..at].ends_with(b"Root"));
    let mut scanner = Scanner::new(if may_have_one { event } else { b"" });
    std::iter::from_fn(move || {
        loop {
            let name = scanner.next_name()?.raw();
            if NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
                && let Some(link) = scanner.value_within(MAX_VALUE).and_then(link_in)
            {
                return Some(link);
            }
        }
    })
}

/// The names, in lower case, of attributes and headers whose value is a tracing header.
const NAMES: [&[u8]; 2] = [b"awstraceheader", b"x-amzn-trace-id"];

/// The longest value that is read, in bytes, so that an event full of such names is searched in linear time.
const MAX_VALUE: usize = 4_096;

/// Reads the tracing header in a value: the value itself, or a text in `["Root=…"]` or
/// `{"Type":"String","Value":"Root=…"}`.
fn link_in(value: &[u8]) -> Option<Link> {
    let mut scanner = Scanner::new(value);
    std::iter::from_fn(|| scanner.next_text()).find_map(|text| Link::from_header(text.as_plain()?.ok()?))
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
    fn an_invalid_header_is_no_link() {
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
