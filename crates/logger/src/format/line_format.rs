//! `LineFormat`, which writes a logger's records as lines.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use powertools_lambda_core::Warnings;

use super::formatter::LogFormatter;
use super::log_record::LogRecord;
use super::pretty::write_pretty;
use super::time_format::TimeFormat;
use super::truncate::truncate;
use crate::keys::KeyNames;
use crate::record::Parts;

/// The default maximum length of a record; CloudWatch Logs used to split longer lines.
pub(crate) const DEFAULT_MAX_BYTES: usize = 256 * 1_024;

/// The minimum of the maximum length, which leaves room for the standard keys.
pub(crate) const MIN_MAX_BYTES: usize = 4 * 1_024;

/// The format of a logger's records.
pub(crate) struct LineFormat {
    pub(crate) names: KeyNames,
    pub(crate) formatter: Option<Arc<dyn LogFormatter>>,
    pub(crate) time: TimeFormat,
    /// Whether to write one key on each line, for people to read.
    pub(crate) pretty: bool,
    /// The maximum length of a line in bytes, including its newline.
    pub(crate) max_bytes: usize,
    pub(crate) warnings: Warnings,
}

impl LineFormat {
    /// Returns whether foreign code writes the records, during which no lock may be held.
    pub(crate) fn runs_foreign_code(&self) -> bool {
        self.formatter.is_some()
    }

    /// Appends the record with its newline.
    pub(crate) fn write(&self, parts: &Parts<'_>, line: &mut Vec<u8>) {
        if self.formatter.is_none() && self.names.is_default() {
            parts.write(line);
        } else {
            self.write_settled(&LogRecord::new(parts, &self.names), line);
        }
        if line.len() >= self.max_bytes {
            line.clear();
            let mut record = LogRecord::new(parts, &self.names);
            truncate(&mut record, self.max_bytes - 1);
            self.write_settled(&record, line);
        }
        if self.pretty {
            let mut pretty = Vec::with_capacity(line.len() * 2);
            write_pretty(&mut pretty, line);
            std::mem::swap(line, &mut pretty);
        }
        line.push(b'\n');
    }

    fn write_settled(&self, record: &LogRecord<'_>, line: &mut Vec<u8>) {
        let Some(formatter) = &self.formatter else {
            return record.write_json(line);
        };
        let written = catch_unwind(AssertUnwindSafe(|| {
            let mut own = Vec::with_capacity(512);
            formatter.format(record, &mut own);
            own
        }));
        if let Ok(own) = written {
            line.extend(own.into_iter().map(|byte| if byte == b'\n' { b' ' } else { byte }));
        } else {
            self.warnings.once(
                "log formatter",
                format_args!("a log formatter panicked: its records are written in the standard format"),
            );
            record.write_json(line);
        }
    }
}
