//! `Instrument`, a counter, a gauge or a histogram.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use metrics_rs::{CounterFn, GaugeFn, HistogramFn, Key};

use crate::document::dimensions::set_dimension;
use crate::document::members::Members;
use crate::document::value::{Merge, Value};
use crate::metric::{MetricName, Unit};
use crate::metrics::Metrics;
use crate::metrics_rs::unit::Scale;
use crate::warning::Warning;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// The instrument behind one of the facade's handles.
pub(crate) struct Instrument {
    metrics: Metrics,
    pub(crate) key: Key,
    pub(crate) kind: Kind,
    name: MetricName,
    labels: Option<Arc<Members>>,
    scale: RwLock<Scale>,
    /// The last absolute value of a counter, or the current value of a gauge (as bits), for the whole process as in the
    /// facade.
    current: AtomicU64,
}

/// The maximum size of a metric's labels in bytes.
const MAX_LABELS: usize = 8 * 1_024;

/// How often, at most, a value is written that was recorded many times at once: as many times as a document has values, so that a
/// handler is not delayed.
const MAX_REPEATED: usize = 10_000;

impl Kind {
    pub(crate) fn default_scale(self) -> Scale {
        Scale::of(match self {
            Self::Counter => Unit::Count,
            Self::Gauge | Self::Histogram => Unit::None,
        })
    }
}

impl Instrument {
    pub(crate) fn new(metrics: Metrics, kind: Kind, key: &Key, scale: Scale) -> Self {
        let writer = &metrics.utility().writer;
        let charset = writer.config.dimension_charset;
        let mut labels = Members::default();
        for label in key.labels() {
            set_dimension(
                &mut labels,
                MAX_LABELS,
                charset,
                label.key(),
                label.value(),
                &mut |warning| {
                    writer.warn(&warning);
                },
            );
        }
        Self {
            name: MetricName::from(key.name().to_owned()),
            labels: (!labels.all().is_empty()).then(|| Arc::new(labels)),
            key: key.to_retained(),
            kind,
            scale: RwLock::new(scale),
            current: AtomicU64::new(0),
            metrics,
        }
    }

    pub(crate) fn set_scale(&self, scale: Scale) {
        *self.scale.write().unwrap_or_else(PoisonError::into_inner) = scale;
    }

    fn add(&self, value: f64, merge: Merge, times: usize) {
        let Scale { unit, factor } = *self.scale.read().unwrap_or_else(PoisonError::into_inner);
        let value = Value {
            merge,
            labels: self.labels.as_ref(),
            ..Value::new(&self.name, unit, value * factor)
        };
        for _ in 0..times {
            self.metrics
                .utility()
                .with_document(|document, report| document.add(value, report));
        }
    }

    /// Changes a gauge.
    fn change(&self, change: impl Fn(f64) -> f64) {
        let change = |bits| Some(change(f64::from_bits(bits)).to_bits());
        let before = self.current.fetch_update(Ordering::Relaxed, Ordering::Relaxed, change);
        let after = before.ok().and_then(change).map_or(0.0, f64::from_bits);
        self.add(after, Merge::Last, 1);
    }
}

impl CounterFn for Instrument {
    fn increment(&self, value: u64) {
        self.current.fetch_add(value, Ordering::Relaxed);
        #[allow(clippy::cast_precision_loss)] // as documented on `Number`
        self.add(value as f64, Merge::Sum, 1);
    }

    fn absolute(&self, value: u64) {
        let before = self.current.fetch_max(value, Ordering::Relaxed);
        if value > before {
            #[allow(clippy::cast_precision_loss)] // as documented on `Number`
            self.add((value - before) as f64, Merge::Sum, 1);
        }
    }
}

impl GaugeFn for Instrument {
    fn increment(&self, value: f64) {
        self.change(|now| now + value);
    }

    fn decrement(&self, value: f64) {
        self.change(|now| now - value);
    }

    fn set(&self, value: f64) {
        self.change(|_| value);
    }
}

impl HistogramFn for Instrument {
    fn record(&self, value: f64) {
        self.add(value, Merge::Append, 1);
    }

    fn record_many(&self, value: f64, count: usize) {
        if count > MAX_REPEATED && !self.metrics.is_disabled() {
            self.metrics.utility().writer.warn(&Warning::Repeated {
                name: self.name.as_str().to_owned(),
                becomes: "10,000 times",
            });
        }
        self.add(value, Merge::Append, count.min(MAX_REPEATED));
    }
}
