//! `EntrySink`, a sink for metrique's entries.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::SystemTime;

use metrique_writer_core::sink::FlushWait;
use metrique_writer_core::{
    AnyEntrySink, Entry, EntryConfig, EntryWriter, MetricFlags, Observation, ValidationError, ValueWriter,
};
use powertools_lambda_core::{Timestamp, json};

use crate::document::Document;
use crate::document::dimensions::set_dimension;
use crate::document::members::Members;
use crate::document::value::Value;
use crate::metric::{MetricName, Unit};
use crate::metrics::Metrics;
use crate::warning::Warning;

/// A sink for metrique's entries, which writes them at the end of the invocation.
///
/// Each entry becomes a separate line, checked against CloudWatch's rules. Its numbers are metrics, its texts are
/// metadata or [dimensions](Self::dimension), and it has the service. A value that is repeated more than 1,000 times is
/// written once, as the sum, and a custom unit that CloudWatch does not have is left out, each with one warning.
///
/// Settings for metrique's own formats are ignored: flags such as a high storage resolution, `emf::dimension_sets`,
/// sample groups and other configuration of an entry.
#[derive(Clone, Debug)]
#[must_use = "pass it to `append_on_drop`"]
pub struct EntrySink {
    metrics: Metrics,
    dimensions: Arc<[String]>,
}

/// The maximum number of repetitions of a value; a value that is repeated more often is written as the sum.
const MAX_REPEATED: u64 = 1_000;

/// The maximum size of the dimensions of a single value in bytes.
const MAX_DIMENSIONS: usize = 8 * 1_024;

impl Metrics {
    /// Returns a sink for metrique's entries: `Work { .. }.append_on_drop(metrics.entry_sink())`.
    pub fn entry_sink(&self) -> EntrySink {
        EntrySink {
            metrics: self.clone(),
            dimensions: Arc::default(),
        }
    }
}

impl EntrySink {
    /// Writes the entries' texts with this name as dimensions.
    pub fn dimension(mut self, name: impl Into<String>) -> Self {
        self.dimensions = self.dimensions.iter().cloned().chain([name.into()]).collect();
        self
    }
}

impl AnyEntrySink for EntrySink {
    /// Turns the entry into a line that the next flush writes; anything invalid in it causes one warning.
    fn append_any(&self, entry: impl Entry + Send + 'static) {
        if self.metrics.is_disabled() {
            return;
        }
        let utility = self.metrics.utility();
        // No lock is held, because an entry may add metrics while it is written.
        let written = catch_unwind(AssertUnwindSafe(|| {
            let mut writer = Writer {
                sink: self,
                document: utility.single_pool.take(),
            };
            entry.write(&mut writer);
            writer.document
        }));
        match written {
            Ok(document) => utility.add_single(document, None),
            Err(_) => utility.writer.environment.warnings().once(
                "metrique entry",
                format_args!("a metrique entry panicked while it was written and is dropped"),
            ),
        }
    }

    /// Writes everything immediately.
    fn flush_async(&self) -> FlushWait {
        self.metrics.flush();
        FlushWait::ready()
    }
}

/// Writes an entry into a document.
struct Writer<'a> {
    sink: &'a EntrySink,
    document: Box<Document>,
}

impl<'a> EntryWriter<'a> for Writer<'_> {
    fn timestamp(&mut self, time: SystemTime) {
        self.document.timestamp = Some(Timestamp::from(time));
    }

    fn value(&mut self, name: impl Into<Cow<'a, str>>, value: &(impl metrique_writer_core::Value + ?Sized)) {
        let name = name.into();
        value.write(Member {
            writer: self,
            name: &name,
        });
    }

    fn config(&mut self, _: &'a dyn EntryConfig) {}
}

/// Writes one member of an entry.
struct Member<'a, 'b> {
    writer: &'a mut Writer<'b>,
    name: &'a str,
}

impl ValueWriter for Member<'_, '_> {
    fn string(self, value: &str) {
        let Writer { sink, document } = self.writer;
        let report = &mut |warning| sink.metrics.utility().writer.warn(&warning);
        if sink.dimensions.iter().any(|dimension| dimension == self.name) {
            document.dimensions.set(self.name, value, report);
        } else {
            let mut text = Vec::with_capacity(value.len() + 2);
            json::write_str(&mut text, value);
            document.set_metadata(self.name, &text, report);
        }
    }

    fn metric<'a>(
        self,
        distribution: impl IntoIterator<Item = Observation>,
        unit: metrique_writer_core::Unit,
        dimensions: impl IntoIterator<Item = (&'a str, &'a str)>,
        _: MetricFlags<'_>,
    ) {
        let Writer { sink, document } = self.writer;
        let metrics_writer = &sink.metrics.utility().writer;
        let report = &mut |warning| metrics_writer.warn(&warning);
        let charset = metrics_writer.config.dimension_charset;
        let mut labels = Members::default();
        for (key, value) in dimensions {
            set_dimension(&mut labels, MAX_DIMENSIONS, charset, key, value, report);
        }
        let labels = (!labels.all().is_empty()).then(|| Arc::new(labels));
        let name = MetricName::from(self.name.to_owned());
        let unit = known_unit(unit).unwrap_or_else(|| {
            report(Warning::UnknownUnit {
                name: self.name.to_owned(),
                unit: unit.name(),
            });
            Unit::None
        });
        for observation in distribution {
            let Some((number, times)) = observed(observation) else {
                continue;
            };
            if let Observation::Repeated { occurrences, .. } = observation
                && occurrences > MAX_REPEATED
            {
                report(Warning::Repeated {
                    name: self.name.to_owned(),
                    becomes: "once, as the sum",
                });
            }
            let value = Value {
                labels: labels.as_ref(),
                ..Value::new(&name, unit, number)
            };
            (0..times).for_each(|_| document.add(value, report));
        }
    }

    fn error(self, error: ValidationError) {
        let warnings = self.writer.sink.metrics.utility().writer.environment.warnings();
        warnings.once(
            &format!("metrique value {}", self.name),
            format_args!("the value {:?} of a metrique entry is dropped: {error}", self.name),
        );
    }
}

/// Returns the unit with this name, if CloudWatch has it.
fn known_unit(unit: metrique_writer_core::Unit) -> Option<Unit> {
    Unit::ALL.iter().copied().find(|known| known.as_str() == unit.name())
}

/// Returns a value, and how many times it was observed.
#[allow(clippy::cast_precision_loss)] // CloudWatch stores values as doubles
fn observed(observation: Observation) -> Option<(f64, u64)> {
    match observation {
        Observation::Unsigned(number) => Some((number as f64, 1)),
        Observation::Floating(number) => Some((number, 1)),
        Observation::Repeated { occurrences: 0, .. } => None,
        Observation::Repeated { total, occurrences } if occurrences <= MAX_REPEATED => {
            Some((total / occurrences as f64, occurrences))
        }
        Observation::Repeated { total, .. } => Some((total, 1)),
        _ => None,
    }
}
