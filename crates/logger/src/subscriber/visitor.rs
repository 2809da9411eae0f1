//! `FieldVisitor`: writes the fields of spans and events as JSON.

use std::error::Error;
use std::fmt;

use powertools_lambda_core::json;
use tracing::field::{Field, Visit};

use crate::record::{Fields, exception, write_debug, write_display};

/// The field of an event that contains a captured backtrace, for the frames of its error's stack trace.
const BACKTRACE: &str = "backtrace";

/// The only field of the events that `#[instrument(err)]` emits.
const ERROR: &str = "error";

/// Writes the fields of a span or an event as JSON, and an event's message into a separate buffer.
pub(crate) struct FieldVisitor<'a> {
    pub(crate) fields: &'a mut Fields,
    /// The buffer for the message; `None` for a span, which has no message.
    pub(crate) message: Option<&'a mut Vec<u8>>,
    /// The backtrace, if the event has one.
    pub(crate) backtrace: Option<String>,
    /// Whether the event is a record of the `log` crate, whose metadata arrives as fields.
    pub(crate) is_log: bool,
}

impl<'a> FieldVisitor<'a> {
    /// Creates a visitor of a span's fields.
    pub(crate) fn span(fields: &'a mut Fields) -> Self {
        Self {
            fields,
            message: None,
            backtrace: None,
            is_log: false,
        }
    }

    /// Creates a visitor of an event's fields.
    pub(crate) fn event(fields: &'a mut Fields, message: &'a mut Vec<u8>, is_log: bool) -> Self {
        Self {
            fields,
            message: Some(message),
            backtrace: None,
            is_log,
        }
    }

    /// Completes the event once all fields are known: adds the backtrace, and a message if it has no message.
    pub(crate) fn finish(self) {
        if let Some(backtrace) = self.backtrace
            && !exception::add_frames(self.fields, &backtrace)
        {
            self.fields.set(BACKTRACE, |buffer| json::write_str(buffer, &backtrace));
        }
        // `#[instrument(err)]` emits an event without a message, but readers look for the error in the message.
        if let Some(message) = self.message
            && message.is_empty()
            && let Some(text) = self
                .fields
                .value(ERROR)
                .or_else(|| self.fields.value(exception::EXCEPTION))
            && text.starts_with(b"\"")
        {
            message.extend_from_slice(text);
        }
    }

    fn value(&mut self, field: &Field, write: impl FnOnce(&mut Vec<u8>)) {
        match &mut self.message {
            Some(message) if field.name() == "message" => {
                message.clear();
                write(message);
            }
            _ if self.is_log && field.name().starts_with("log.") => {}
            // `r#type` is recorded as `type`.
            _ => {
                let name = field.name();
                self.fields.set(name.strip_prefix("r#").unwrap_or(name), write);
            }
        }
    }
}

impl Visit for FieldVisitor<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if self.message.is_some() && field.name() == BACKTRACE {
            self.backtrace = Some(format!("{value:?}"));
        } else {
            self.value(field, |buffer| write_debug(buffer, value));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.value(field, |buffer| json::write_str(buffer, value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.value(field, |buffer| {
            buffer.extend_from_slice(if value { b"true" } else { b"false" });
        });
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.value(field, |buffer| json::write_i64(buffer, value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.value(field, |buffer| json::write_u64(buffer, value));
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.value(field, |buffer| write_number(buffer, value));
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.value(field, |buffer| write_number(buffer, value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.value(field, |buffer| json::write_f64(buffer, value));
    }

    /// Writes the first error of an event as its exception keys, and any other error as the messages of its chain.
    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        if self.message.is_some() && !self.fields.contains(exception::EXCEPTION) {
            exception::write_error(self.fields, value);
        } else {
            self.value(field, |buffer| write_display(buffer, exception::Chain(value)));
        }
    }
}

/// Appends an integer of any size; its `Display` text is valid JSON.
fn write_number(buffer: &mut Vec<u8>, number: impl fmt::Display) {
    let _ = std::io::Write::write_fmt(buffer, format_args!("{number}"));
}
