//! One record: what stands in it, and in which order.

use std::fmt;

use powertools_lambda_core::{Invocation, Timestamp, json};
use tracing::Level;

use crate::context::LogState;
use crate::fields::Fields;
use crate::json::write_escaped_display;
use crate::scratch::Scratch;

/// The toolkit's part of a record; the message and the event's fields wait in the [`Scratch`].
pub(crate) struct Record<'a> {
    pub(crate) level: Level,
    pub(crate) timestamp: Timestamp,
    pub(crate) location: Location<'a>,
    /// The fields of the spans around it.
    pub(crate) span: Option<&'a Fields>,
    /// The service, and what else every record of the logger has.
    pub(crate) service: &'a Fields,
    /// The keys given to the builder.
    pub(crate) built: &'a Fields,
}

/// Where a record comes from.
#[derive(Clone, Copy)]
pub(crate) enum Location<'a> {
    /// A module or file, and a line.
    Line(&'a str, u32),
    /// What else is known.
    Name(&'a str),
}

impl Record<'_> {
    /// Puts the line together in `scratch.line`.
    ///
    /// Each key stands once. Where it has several values the order is: the event's field, an inner span's, an outer
    /// span's, an appended key, one of the builder, a standard key. No foreign code runs in here.
    pub(crate) fn write(&self, scratch: &mut Scratch, invocation: Option<&Invocation>) {
        let Some(invocation) = invocation else {
            return self.assemble(scratch, None, None);
        };
        let state = LogState::of(invocation);
        let context = Some(state.context(invocation));
        let read = state.read_appended(|appended| self.assemble(scratch, context, Some(appended)));
        if read.is_none() {
            self.assemble(scratch, context, None);
        }
    }

    fn assemble(&self, scratch: &mut Scratch, context: Option<&Fields>, appended: Option<&Fields>) {
        let time = scratch.rfc3339(self.timestamp);
        let Scratch {
            line, message, fields, ..
        } = scratch;
        // Highest precedence first; what is absent is empty.
        let sources = [
            Some(&*fields),
            self.span,
            appended.filter(|keys| !keys.is_empty()),
            Some(self.built),
        ];
        let has_message = !message.is_empty();
        let above = |rank: usize, key: &str| {
            has_message && key == "message" || sources[..rank].iter().flatten().any(|source| source.contains(key))
        };
        let replaced = sources.iter().flatten().any(|source| source.may_replace_standard());
        let keeps = |key: &str| !replaced || !above(sources.len(), key);

        // Every piece begins with its comma; the first becomes the brace.
        if keeps("level") {
            line.extend_from_slice(b",\"level\":\"");
            line.extend_from_slice(self.level.as_str().as_bytes());
            line.push(b'"');
        }
        if keeps("timestamp") {
            line.extend_from_slice(b",\"timestamp\":\"");
            line.extend_from_slice(&time);
            line.push(b'"');
        }
        if has_message {
            line.extend_from_slice(b",\"message\":");
            line.extend_from_slice(message);
        }
        if keeps("location") {
            line.extend_from_slice(b",\"location\":\"");
            self.location.write(line);
            line.push(b'"');
        }
        for standard in [Some(self.service), context].into_iter().flatten() {
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
        line.extend_from_slice(fields.as_bytes());
        if line.is_empty() {
            line.push(b'{');
        } else {
            line[0] = b'{';
        }
        line.extend_from_slice(b"}\n");
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
    fn write(self, line: &mut Vec<u8>) {
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

/// Sets a message that is not an event's.
pub(crate) fn set_message(scratch: &mut Scratch, message: impl fmt::Display) {
    scratch.message.push(b'"');
    write_escaped_display(&mut scratch.message, message);
    scratch.message.push(b'"');
}
