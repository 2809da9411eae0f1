//! What `tracing` hands over, as JSON.

use std::error::Error;
use std::fmt;

use powertools_lambda_core::json;
use tracing::field::{Field, Visit};

use crate::exception;
use crate::fields::Fields;
use crate::json::{write_debug, write_display};

/// Takes the fields of a span, and of an event that has its message elsewhere.
pub(crate) struct FieldVisitor<'a> {
    pub(crate) fields: &'a mut Fields,
    /// Where the message goes; a span has none of its own.
    pub(crate) message: Option<&'a mut Vec<u8>>,
}

impl FieldVisitor<'_> {
    fn value(&mut self, field: &Field, write: impl FnOnce(&mut Vec<u8>)) {
        match &mut self.message {
            Some(message) if field.name() == "message" => {
                message.clear();
                write(message);
            }
            // A raw identifier's name is the identifier's.
            _ => {
                let name = field.name();
                self.fields.set(name.strip_prefix("r#").unwrap_or(name), write);
            }
        }
    }
}

impl Visit for FieldVisitor<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.value(field, |buffer| write_debug(buffer, value));
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

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.value(field, |buffer| json::write_f64(buffer, value));
    }

    /// The first error of an event becomes its exception keys; any other is its chain's messages.
    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        if self.message.is_some() && !self.fields.contains(exception::EXCEPTION) {
            exception::write_error(self.fields, value);
        } else {
            self.value(field, |buffer| write_display(buffer, exception::Chain(value)));
        }
    }
}
