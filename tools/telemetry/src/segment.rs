//! [`Segment`]: an X-Ray segment or subsegment, as if it had been sent alone.

use std::fmt;
use std::ops::Index;

use serde_json::Value;

use crate::object::Object;

/// A segment or subsegment, as if it had been sent alone.
///
/// A subsegment that was nested in its parent's document gets the keys `trace_id`, `parent_id` and `type` as if it had
/// been sent alone, and its own nested subsegments become separate ones, so that readers need not distinguish the two.
/// Every segment has a trace, an id and a start. See [X-Ray segment documents].
///
/// [X-Ray segment documents]: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    document: Object,
}

/// The trace and the id of the segment that a document was nested in.
type Around<'a> = Option<(&'a str, &'a str)>;

impl Segment {
    /// Adds a document and those nested in it to `segments`, and the parts that cannot be read to `unread`.
    pub(crate) fn read(document: Value, segments: &mut Vec<Self>, unread: &mut Vec<String>) {
        Self::read_within(document, None, segments, unread);
    }

    fn read_within(document: Value, around: Around<'_>, segments: &mut Vec<Self>, unread: &mut Vec<String>) {
        let mut document = match document {
            Value::Object(map) => Object::from(map),
            other => return unread.push(other.to_string()),
        };
        if !is_whole(&document, around) {
            return unread.push(document.to_string());
        }
        let nested = document.take("subsegments");
        if let Some(around) = around {
            complete(&mut document, around);
        }
        let segment = Self { document };
        let (trace, id) = (segment.trace_id().to_owned(), segment.id().to_owned());
        segments.push(segment);
        match nested {
            Some(Value::Array(nested)) => {
                for document in nested {
                    Self::read_within(document, Some((&trace, &id)), segments, unread);
                }
            }
            None | Some(Value::Null) => {}
            Some(other) => unread.push(other.to_string()),
        }
    }

    /// Returns the id of its trace.
    pub fn trace_id(&self) -> &str {
        self.text("trace_id")
    }

    /// Returns its id.
    pub fn id(&self) -> &str {
        self.text("id")
    }

    /// Returns the id of its parent, if it has one.
    pub fn parent_id(&self) -> Option<&str> {
        self.document.text("parent_id")
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        self.text("name")
    }

    /// Returns its start, in microseconds since 1970.
    pub fn begin(&self) -> i64 {
        micros(&self["start_time"]).unwrap_or_default()
    }

    /// Returns its end, in microseconds since 1970, if the document has one.
    pub fn end(&self) -> Option<i64> {
        micros(&self["end_time"])
    }

    /// Returns whether it was unfinished when the document was written.
    pub fn is_open(&self) -> bool {
        self["in_progress"] == true || self.end().is_none()
    }

    /// Returns whether this is a segment, not a subsegment.
    pub fn is_segment(&self) -> bool {
        self.document.text("type").is_none()
    }

    /// Returns the trace and the id of each segment that led to this one.
    pub fn links(&self) -> impl Iterator<Item = (&str, &str)> {
        let links = self["links"].as_array().into_iter().flatten();
        links.filter_map(|link| Some((link["trace_id"].as_str()?, link["id"].as_str()?)))
    }

    /// Returns the document.
    pub fn document(&self) -> &Object {
        &self.document
    }

    fn text(&self, key: &str) -> &str {
        self.document.text(key).unwrap_or_default()
    }
}

impl Index<&str> for Segment {
    type Output = Value;

    fn index(&self, key: &str) -> &Value {
        &self.document[key]
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.document.fmt(f)
    }
}

/// Returns whether a document has the fields that every segment has.
fn is_whole(document: &Object, around: Around<'_>) -> bool {
    (document["trace_id"].is_string() || around.is_some())
        && document["id"].is_string()
        && micros(&document["start_time"]).is_some()
}

/// Adds the fields that a nested document leaves out because they are in its parent's document.
fn complete(document: &mut Object, (trace, parent): (&str, &str)) {
    for (key, value) in [("trace_id", trace), ("parent_id", parent), ("type", "subsegment")] {
        if !document[key].is_string() {
            document.set(key, value);
        }
    }
}

/// Converts seconds to microseconds, if they are a valid time; a double has no more digits at this size.
#[allow(clippy::cast_possible_truncation)] // checked
fn micros(seconds: &Value) -> Option<i64> {
    let seconds = seconds.as_f64()?;
    (seconds.abs() < 1e11).then(|| (seconds * 1e6).round() as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(document: Value) -> (Vec<Segment>, Vec<String>) {
        let (mut segments, mut unread) = (Vec::new(), Vec::new());
        Segment::read(document, &mut segments, &mut unread);
        (segments, unread)
    }

    #[test]
    fn a_nested_document_reads_as_if_it_were_sent_alone() {
        let (segments, unread) = read(json!({
            "trace_id": "t", "id": "s", "name": "function", "start_time": 1.0, "end_time": 2.0,
            "subsegments": [
                {"id": "i", "name": "Invocation", "start_time": 1.1, "subsegments": [{"id": "h", "start_time": 1.2}]},
                {"id": "j", "parent_id": "elsewhere", "start_time": 1.5},
            ]
        }));
        let read: Vec<_> = segments
            .iter()
            .map(|segment| {
                (
                    segment.trace_id(),
                    segment.id(),
                    segment.parent_id(),
                    segment.is_segment(),
                )
            })
            .collect();
        let expected = [
            ("t", "s", None, true),
            ("t", "i", Some("s"), false),
            ("t", "h", Some("i"), false),
            ("t", "j", Some("elsewhere"), false),
        ];
        assert_eq!(read, expected);
        assert_eq!(
            segments[2].to_string(),
            r#"{"id":"h","start_time":1.2,"trace_id":"t","parent_id":"i","type":"subsegment"}"#
        );
        assert_eq!(segments[0]["subsegments"], Value::Null);
        assert_eq!(unread, [""; 0]);
    }

    #[test]
    fn unreadable_lines_are_kept() {
        let (segments, unread) = read(json!({
            "trace_id": "t", "id": "s", "start_time": 1.0,
            "subsegments": [7, {"id": "no start"}, {"id": "i", "start_time": 1.1, "subsegments": "none"}]
        }));
        assert_eq!(segments.len(), 2);
        assert_eq!(unread, ["7", r#"{"id":"no start"}"#, "\"none\""]);
        for document in [
            json!("text"),
            json!({"id": "s", "start_time": 1.0}),
            json!({"trace_id": "t", "start_time": 1.0}),
            json!({"trace_id": "t", "id": "s"}),
            json!({"trace_id": "t", "id": "s", "start_time": 1e12}),
        ] {
            assert_eq!(read(document.clone()), (Vec::new(), vec![document.to_string()]));
        }
    }
}
