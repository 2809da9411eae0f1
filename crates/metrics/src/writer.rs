//! `Writer`, which fills and writes documents as configured.

use powertools_lambda_core::{Environment, Timestamp};

use crate::config::Config;
use crate::document::Document;
use crate::document::members::{Member, Members};
use crate::document::value::Value;
use crate::emf;
use crate::emf::frame::Frame;
use crate::metric::{MetricName, Unit};
use crate::namespace::Namespace;
use crate::warning::Warning;

/// Fills and writes documents, as configured.
pub(crate) struct Writer {
    pub(crate) environment: Environment,
    pub(crate) config: Config,
}

/// How far in the past and in the future CloudWatch accepts a timestamp.
const MAX_PAST_MILLIS: u64 = 14 * 24 * 60 * 60 * 1_000;
const MAX_FUTURE_MILLIS: u64 = 2 * 60 * 60 * 1_000;

impl Writer {
    /// Adds to `document`; anything invalid causes one warning.
    pub(crate) fn add(&self, document: &mut Document, add: impl FnOnce(&mut Document, &mut dyn FnMut(Warning))) {
        if self.config.disabled {
            return;
        }
        add(document, &mut |warning| self.warn(&warning));
        if document.is_full() {
            self.overflow(document);
        }
    }

    /// Adds a value like [`add`](Self::add), for the hot path.
    #[allow(clippy::inline_always)] // measured: 40 instructions a value
    #[inline(always)]
    pub(crate) fn add_value(&self, document: &mut Document, value: Value<'_>) {
        if self.config.disabled {
            return;
        }
        document.add(value, &mut |warning| self.warn(&warning));
        if document.is_full() {
            self.overflow(document);
        }
    }

    /// Writes and clears a document; returns whether there was something to write.
    pub(crate) fn flush(&self, document: &mut Document) -> bool {
        let is_written = !document.is_empty();
        if is_written {
            self.write(document, &mut |line| self.environment.output().write_line(line));
            document.clear();
        }
        is_written
    }

    /// Moves the lines of a document to `lines`; dimensions, metadata and timestamp stay for later values.
    pub(crate) fn take_lines(&self, document: &mut Document, lines: &mut Vec<u8>) {
        if !document.is_empty() {
            self.write(document, &mut |line| lines.extend_from_slice(line));
            document.clear_values();
        }
    }

    /// Writes lines, each with its newline.
    pub(crate) fn write_lines(&self, lines: &[u8]) {
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            self.environment.output().write_line(line);
        }
    }

    /// Writes the cold start as a separate document, with the function's name as a dimension.
    pub(crate) fn write_cold_start(&self, function_name: &str) {
        let mut document = Document::new(self.config.dimension_charset);
        let function_name = self.config.function_name.as_deref().unwrap_or(function_name);
        self.add(&mut document, |document, report| {
            document.dimensions.set("function_name", function_name, report);
            document.add(Value::new(&MetricName::new("ColdStart"), Unit::Count, 1.0), report);
        });
        self.config.namespace.warn_if_default(&self.environment);
        let no_defaults = Members::default();
        let frame = Frame {
            defaults: &no_defaults,
            ..self.frame()
        };
        self.write_framed(&mut document, &frame, &mut |line| {
            self.environment.output().write_line(line);
        });
    }

    /// Passes the lines of a document to `output`, without default dimensions and optionally in another namespace.
    pub(crate) fn write_single(
        &self,
        document: &mut Document,
        namespace: Option<&Namespace>,
        output: &mut dyn FnMut(&[u8]),
    ) {
        if document.values() == 0 {
            return;
        }
        let namespace = namespace.unwrap_or(&self.config.namespace);
        namespace.warn_if_default(&self.environment);
        let no_defaults = Members::default();
        let frame = Frame {
            defaults: &no_defaults,
            namespace: namespace.json(),
            ..self.frame()
        };
        self.write_framed(document, &frame, output);
    }

    /// Warns that an invocation ended without a metric, if that is configured.
    pub(crate) fn warn_on_empty(&self) {
        if self.config.warn_on_empty && !self.config.disabled {
            self.environment.warnings().once(
                "empty metrics",
                format_args!("an invocation ended without a metric (`ColdStart` does not count)"),
            );
        }
    }

    pub(crate) fn warn(&self, warning: &Warning) {
        warning.print(self.environment.warnings());
    }

    /// Writes a document that grew too large.
    #[cold]
    fn overflow(&self, document: &mut Document) {
        self.write(document, &mut |line| self.environment.output().write_line(line));
        // Dimensions, metadata and timestamp stay, because they also apply to later values.
        document.clear_values();
    }

    fn write(&self, document: &mut Document, output: &mut dyn FnMut(&[u8])) {
        document.was_written = true;
        if document.values() > 0 {
            self.config.namespace.warn_if_default(&self.environment);
        }
        self.write_framed(document, &self.frame(), output);
    }

    fn write_framed(&self, document: &mut Document, frame: &Frame<'_>, output: &mut dyn FnMut(&[u8])) {
        if let Some(time) = document.timestamp {
            self.check_timestamp(time, frame.now);
        }
        emf::write(document, frame, &mut |warning| self.warn(&warning), output);
    }

    /// Returns the parts that are in every document, with the current time.
    fn frame(&self) -> Frame<'_> {
        Frame {
            namespace: self.config.namespace.json(),
            defaults: &self.config.defaults,
            service: self.service(),
            level: self.config.level,
            now: self.environment.clock().timestamp(),
        }
    }

    fn service(&self) -> Option<&Member> {
        self.config.service.all().first()
    }

    fn check_timestamp(&self, time: Timestamp, now: Timestamp) {
        let (time, now) = (time.as_millis(), now.as_millis());
        if now.saturating_sub(time) > MAX_PAST_MILLIS || time.saturating_sub(now) > MAX_FUTURE_MILLIS {
            self.warn(&Warning::Timestamp);
        }
    }
}
