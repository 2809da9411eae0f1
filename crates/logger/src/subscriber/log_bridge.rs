//! `LogBridge`, which forwards the records of the `log` crate to `tracing`, with their key-values.

use std::cell::RefCell;

use log::kv::{Error, Key, Value, VisitSource, VisitValue};
use log::{Log, Metadata, Record};
use powertools_lambda_core::json;
use tracing_log::LogTracer;

use crate::record::{Fields, write_display};

/// Forwards records with `tracing_log`, whose events have no room for key-values.
struct LogBridge(LogTracer);

thread_local! {
    /// The key-values of the record that is being forwarded, because the names of an event's fields are fixed at compile
    /// time.
    static PENDING: RefCell<Option<Fields>> = const { RefCell::new(None) };
}

/// Forwards the records of the `log` crate from now on, unless the process already has a `log` logger.
pub(crate) fn install() {
    if log::set_boxed_logger(Box::new(LogBridge(LogTracer::new()))).is_ok() {
        log::set_max_level(log::LevelFilter::Trace);
    }
}

/// Adds the key-values of the record that is being forwarded to `fields`.
pub(crate) fn add_pending(fields: &mut Fields) {
    PENDING.with_borrow(|pending| {
        if let Some(pending) = pending {
            fields.extend(pending.items_from(0));
        }
    });
}

impl Log for LogBridge {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.0.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        let pairs = record.key_values();
        let fields = (pairs.count() > 0 && self.enabled(record.metadata())).then(|| {
            let mut fields = Fields::default();
            // The visitor returns no error.
            let _ = pairs.visit(&mut Pairs(&mut fields));
            fields
        });
        // Also without key-values: a value that logs while it is formatted must not get those of the outer record.
        let outer = PENDING.replace(fields);
        self.0.log(record);
        PENDING.replace(outer);
    }

    fn flush(&self) {}
}

/// Writes each pair as a key.
struct Pairs<'a>(&'a mut Fields);

impl<'kvs> VisitSource<'kvs> for Pairs<'_> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), Error> {
        // The message is the record's own.
        let key = match key.as_str() {
            "message" => "user_message".to_owned(),
            key => key.to_owned(),
        };
        let mut written = Vec::new();
        value.visit(Json(&mut written))?;
        self.0.set(key, |buffer| buffer.extend_from_slice(&written));
        Ok(())
    }
}

/// Writes a value as JSON; a value that is not a scalar becomes text.
struct Json<'a>(&'a mut Vec<u8>);

impl VisitValue<'_> for Json<'_> {
    fn visit_any(&mut self, value: Value<'_>) -> Result<(), Error> {
        write_display(self.0, value);
        Ok(())
    }

    fn visit_null(&mut self) -> Result<(), Error> {
        self.0.extend_from_slice(b"null");
        Ok(())
    }

    fn visit_bool(&mut self, value: bool) -> Result<(), Error> {
        self.0.extend_from_slice(if value { b"true" } else { b"false" });
        Ok(())
    }

    fn visit_i64(&mut self, value: i64) -> Result<(), Error> {
        json::write_i64(self.0, value);
        Ok(())
    }

    fn visit_u64(&mut self, value: u64) -> Result<(), Error> {
        json::write_u64(self.0, value);
        Ok(())
    }

    fn visit_i128(&mut self, value: i128) -> Result<(), Error> {
        self.0.extend_from_slice(value.to_string().as_bytes());
        Ok(())
    }

    fn visit_u128(&mut self, value: u128) -> Result<(), Error> {
        self.0.extend_from_slice(value.to_string().as_bytes());
        Ok(())
    }

    fn visit_f64(&mut self, value: f64) -> Result<(), Error> {
        json::write_f64(self.0, value);
        Ok(())
    }

    fn visit_str(&mut self, value: &str) -> Result<(), Error> {
        json::write_str(self.0, value);
        Ok(())
    }

    fn visit_char(&mut self, value: char) -> Result<(), Error> {
        json::write_str(self.0, value.encode_utf8(&mut [0; 4]));
        Ok(())
    }
}
