//! [`FieldVisitor`] turns the fields of a `tracing` span into annotations and metadata; [`ErrorVisitor`] finds errors.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::{self, Debug, Write};

use powertools_lambda_core::{ErrorCause, ErrorReport, Warnings, json};
use tracing::field::{Field, Visit};

use super::filter::ERROR_FIELD;
use crate::AnnotationValue;
use crate::record::{SpanKind, SpanRecord};

/// The field that sets the name of a span.
const NAME: &str = "trace.name";
/// The prefix of fields that always become annotations.
const ANNOTATION: &str = "annotation.";
/// The prefix of fields that always become metadata.
const METADATA: &str = "metadata.";
/// How many bytes of a `Debug` or `Display` text are kept.
const MAX_TEXT: usize = 8_192;

/// Adds fields to a record.
///
/// A text, a number or a boolean becomes an annotation; a value recorded with `?` or `%` becomes metadata. The prefixes
/// `annotation.` and `metadata.` override this.
pub(super) struct FieldVisitor<'a> {
    pub(super) record: &'a mut SpanRecord,
    pub(super) warnings: &'a Warnings,
}

impl FieldVisitor<'_> {
    fn value(&mut self, field: &Field, value: AnnotationValue<'_>) {
        let name = field.name();
        if name == NAME {
            if let AnnotationValue::Text(text) = value {
                self.record.set_name(Cow::Owned(text.into_owned()), SpanKind::Named);
            }
        } else if let Some(key) = name.strip_prefix(METADATA) {
            self.metadata(key, &value);
        } else {
            self.annotation(name.strip_prefix(ANNOTATION).unwrap_or(name), &value);
        }
    }

    fn annotation(&mut self, key: &str, value: &AnnotationValue<'_>) {
        // `tracing` allows dotted and raw field names; X-Ray allows neither.
        let key = key.strip_prefix("r#").unwrap_or(key);
        let result = if key.contains('.') {
            self.record.annotate(&key.replace('.', "_"), value)
        } else {
            self.record.annotate(key, value)
        };
        if let Err(refusal) = result {
            refusal.warn(key, self.warnings);
        }
    }

    fn metadata(&mut self, key: &str, value: &AnnotationValue<'_>) {
        let result = self.record.set_metadata(None, key, |json| value.write_json(json));
        if let Err(refusal) = result {
            refusal.warn(key, self.warnings);
        }
    }
}

impl Visit for FieldVisitor<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.value(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.value(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.value(field, value.into());
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        match i64::try_from(value) {
            Ok(value) => self.value(field, value.into()),
            Err(_) => self.record_debug(field, &value),
        }
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        match u64::try_from(value) {
            Ok(value) => self.value(field, value.into()),
            Err(_) => self.record_debug(field, &value),
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.value(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.value(field, value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let name = field.name();
        if name == NAME || name.starts_with(ANNOTATION) {
            let text = capped_text(value);
            self.value(field, text.into());
            return;
        }
        let key = name.strip_prefix(METADATA).unwrap_or(name);
        let key = key.strip_prefix("r#").unwrap_or(key);
        let result = self.record.set_metadata(None, key, |buffer| {
            buffer.push(b'"');
            let _ = write!(Capped::new(buffer), "{value:?}");
            buffer.push(b'"');
        });
        if let Err(refusal) = result {
            refusal.warn(key, self.warnings);
        }
    }
}

/// Finds the error that an event reports.
#[derive(Default)]
pub(super) struct ErrorVisitor(pub(super) Option<ErrorReport>);

impl Visit for ErrorVisitor {
    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        if field.name() == ERROR_FIELD {
            self.0 = Some(ErrorReport::new(value));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == ERROR_FIELD {
            self.0 = Some(ErrorReport::from(ErrorCause {
                name: "Error".to_owned(),
                message: capped_text(value),
            }));
        }
    }
}

/// Returns the first 8,192 bytes of a value's text. A document keeps fewer.
fn capped_text(value: &dyn Debug) -> String {
    struct CappedText(String);
    impl Write for CappedText {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let left = MAX_TEXT.saturating_sub(self.0.len());
            if text.len() <= left {
                self.0.push_str(text);
                return Ok(());
            }
            self.0.push_str(&text[..text.floor_char_boundary(left)]);
            Err(fmt::Error)
        }
    }
    let mut text = CappedText(String::new());
    let _ = write!(text, "{value:?}");
    text.0
}

/// Escapes written text, up to a maximum length.
struct Capped<'a> {
    buffer: &'a mut Vec<u8>,
    end: usize,
}

impl<'a> Capped<'a> {
    fn new(buffer: &'a mut Vec<u8>) -> Self {
        let end = buffer.len() + MAX_TEXT;
        Self { buffer, end }
    }
}

impl Write for Capped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.end == 0 {
            // A `Debug` that goes on after an error.
            return Err(fmt::Error);
        }
        let left = self.end.saturating_sub(self.buffer.len());
        if text.len() <= left {
            json::write_escaped(self.buffer, text);
            return Ok(());
        }
        json::write_escaped(self.buffer, &text[..text.floor_char_boundary(left)]);
        json::write_escaped(self.buffer, "…");
        self.end = 0;
        Err(fmt::Error)
    }
}
