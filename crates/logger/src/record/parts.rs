//! `Parts`, from which a record is built in the order of precedence.

use powertools_lambda_core::{Timestamp, json};
use tracing::Level;

use super::fields::Fields;

/// The parts from which a record is built.
///
/// Each key occurs once. If it has several values, the first of these wins: the event's field, an inner span's, an outer
/// span's, an appended key, a global key, a standard key. `level` and `timestamp` are always the record's.
pub(crate) struct Parts<'a> {
    pub(crate) level: Level,
    pub(crate) timestamp: Timestamp,
    /// The timestamp as text.
    pub(crate) time: &'a [u8],
    /// The message as JSON; empty for a record without a message.
    pub(crate) message: &'a [u8],
    pub(crate) location: Location<'a>,
    /// The service and the sample rate.
    pub(crate) service: &'a Fields,
    /// The Lambda context.
    pub(crate) context: Option<&'a Fields>,
    /// The logger's global keys.
    pub(crate) built: &'a Fields,
    /// The keys appended to the invocation.
    pub(crate) appended: Option<&'a Fields>,
    /// The fields of the spans around it.
    pub(crate) span: Option<&'a Fields>,
    /// The fields of the event.
    pub(crate) event: &'a Fields,
}

/// The place in the code that a record comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Location<'a> {
    /// A module or file, and a line.
    Line(&'a str, u32),
    /// A name, if no line is known.
    Name(&'a str),
}

impl Parts<'_> {
    /// Appends the record in the standard format, without its newline. It runs no foreign code.
    pub(crate) fn write(&self, line: &mut Vec<u8>) {
        // Highest precedence first.
        let sources = [
            Some(self.event),
            self.span,
            self.appended.filter(|keys| !keys.is_empty()),
            Some(self.built).filter(|keys| !keys.is_empty()),
        ];
        let has_message = !self.message.is_empty();
        let above = |rank: usize, key: &str| {
            has_message && key == "message" || sources[..rank].iter().flatten().any(|source| source.contains(key))
        };
        let replaced = sources.iter().flatten().any(|source| source.may_replace_standard());

        let start = line.len();
        // Every part begins with a comma; the first comma becomes the brace.
        line.extend_from_slice(until_time(self.level));
        line.extend_from_slice(self.time);
        line.push(b'"');
        if has_message {
            line.extend_from_slice(b",\"message\":");
            line.extend_from_slice(self.message);
        }
        if !replaced || !above(sources.len(), "location") {
            line.extend_from_slice(b",\"location\":\"");
            self.location.write(line);
            line.push(b'"');
        }
        for standard in [Some(self.service), self.context].into_iter().flatten() {
            if replaced {
                copy_unless(line, standard, |key| above(sources.len(), key));
            } else {
                line.extend_from_slice(standard.as_bytes());
            }
        }
        for rank in (1..sources.len()).rev() {
            let Some(source) = sources[rank] else { continue };
            let hidden = has_message && source.may_replace_standard()
                || sources[..rank].iter().flatten().any(|higher| higher.overlaps(source));
            if hidden {
                copy_unless(line, source, |key| above(rank, key));
            } else {
                line.extend_from_slice(source.as_bytes());
            }
        }
        line.extend_from_slice(self.event.as_bytes());
        line[start] = b'{';
        line.push(b'}');
    }
}

/// Returns the level and the key after it, as one text to copy.
fn until_time(level: Level) -> &'static [u8] {
    match level {
        Level::ERROR => br#","level":"ERROR","timestamp":""#,
        Level::WARN => br#","level":"WARN","timestamp":""#,
        Level::INFO => br#","level":"INFO","timestamp":""#,
        Level::DEBUG => br#","level":"DEBUG","timestamp":""#,
        Level::TRACE => br#","level":"TRACE","timestamp":""#,
    }
}

fn copy_unless(line: &mut Vec<u8>, source: &Fields, hidden: impl Fn(&str) -> bool) {
    for (key, bytes) in source.items_from(0) {
        if !hidden(key) {
            line.extend_from_slice(bytes);
        }
    }
}

impl Location<'_> {
    /// Appends it, escaped for the inside of a JSON string.
    pub(crate) fn write(self, line: &mut Vec<u8>) {
        match self {
            Self::Line(place, number) => {
                json::write_escaped(line, place);
                line.push(b':');
                json::write_u64(line, u64::from(number));
            }
            Self::Name(name) => json::write_escaped(line, name),
        }
    }
}
