//! `Recorder`, the recorder for the `metrics` facade.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use hashbrown::HashTable;
use metrics_rs::{Counter, Gauge, Histogram, Key, KeyName, Metadata, SharedString};
use powertools_lambda_core::InitError;

use crate::metrics::Metrics;
use crate::metrics_rs::instrument::{Instrument, Kind};
use crate::metrics_rs::unit::Scale;

/// A recorder for the `metrics` facade that writes to the documents of a [`Metrics`].
///
/// * A counter becomes one value in each document, the sum of its increments. Its unit is `Count` unless it is described
///   with another one. A counter set to an absolute value counts the difference, at first from zero.
/// * A gauge becomes one value in each document, its last one.
/// * A histogram becomes a metric with all its values. A value that is recorded more than 10,000 times with one
///   `record_many` is written 10,000 times, with one warning.
/// * The described unit is that of the metric; Nanoseconds and Kibibytes to Tebibytes are converted to units that CloudWatch
///   has. The facade turns a `Duration` into a number of **seconds** before the recorder sees it, so a metric that is recorded
///   with `Duration`s has to be described in `Unit::Seconds`. For milliseconds, record
///   `elapsed.as_secs_f64() * 1_000.0`.
/// * Labels become dimensions of these metrics only, so each combination of labels is a separate line, which also has
///   the invocation's dimensions, metadata and timestamp.
///
/// The texts of descriptions, and the target, level and module in the metadata, are ignored.
///
/// The recorder and its gauges belong to the process. A value goes to the invocation in which it is recorded. The
/// recorder remembers 1,000 instruments. If a function generates more names or labels, their values are still written,
/// but further gauges begin at zero each time.
///
/// Returned by [`Metrics::recorder`]; to use it for the whole process, call [`Metrics::install_recorder`].
#[must_use = "install it with `metrics::set_global_recorder`, or call `Metrics::install_recorder` instead"]
pub struct Recorder {
    metrics: Metrics,
    instruments: RwLock<HashTable<Arc<Instrument>>>,
    scales: RwLock<HashMap<(u8, String), Scale>>,
}

/// The maximum number of instruments and descriptions that are remembered.
const MAX_KEPT: usize = 1_000;

impl Metrics {
    /// Returns a recorder for the `metrics` facade, to combine with others.
    pub fn recorder(&self) -> Recorder {
        Recorder {
            metrics: self.clone(),
            instruments: RwLock::default(),
            scales: RwLock::default(),
        }
    }

    /// Installs a recorder for the process, which writes `metrics::counter!` and the like of all libraries to these
    /// documents.
    ///
    /// # Errors
    ///
    /// Returns an error if the process already has a recorder. To keep it, combine it with [`recorder`](Self::recorder).
    pub fn install_recorder(&self) -> Result<(), InitError> {
        metrics_rs::set_global_recorder(self.recorder()).map_err(|error| {
            InitError::new(
                "a recorder of the `metrics` facade is already installed: combine it with `Metrics::recorder()` instead",
            )
            .with_source(error.to_string())
        })
    }
}

impl Recorder {
    fn instrument(&self, kind: Kind, key: &Key) -> Arc<Instrument> {
        let is_it = |instrument: &Arc<Instrument>| instrument.kind == kind && instrument.key == *key;
        {
            let instruments = self.instruments.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(known) = instruments.find(key.get_hash(), is_it) {
                return Arc::clone(known);
            }
        }
        let scales = self.scales.read().unwrap_or_else(PoisonError::into_inner);
        let scale = scales.get(&(kind as u8, key.name().to_owned())).copied();
        drop(scales);
        let scale = scale.unwrap_or_else(|| kind.default_scale());
        let new = Arc::new(Instrument::new(self.metrics.clone(), kind, key, scale));
        let mut instruments = self.instruments.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = instruments.find(key.get_hash(), is_it) {
            return Arc::clone(known);
        }
        if instruments.len() < MAX_KEPT {
            instruments.insert_unique(key.get_hash(), Arc::clone(&new), |known| known.key.get_hash());
        }
        new
    }

    fn describe(&self, kind: Kind, name: &KeyName, unit: Option<metrics_rs::Unit>) {
        let Some(scale) = unit.map(Scale::from) else { return };
        let instruments = self.instruments.read().unwrap_or_else(PoisonError::into_inner);
        let described = |known: &&Arc<Instrument>| known.kind == kind && known.key.name() == name.as_str();
        instruments
            .iter()
            .filter(described)
            .for_each(|known| known.set_scale(scale));
        drop(instruments);
        let mut scales = self.scales.write().unwrap_or_else(PoisonError::into_inner);
        let key = (kind as u8, name.as_str().to_owned());
        if scales.len() < MAX_KEPT || scales.contains_key(&key) {
            scales.insert(key, scale);
        }
    }
}

impl metrics_rs::Recorder for Recorder {
    fn describe_counter(&self, name: KeyName, unit: Option<metrics_rs::Unit>, _: SharedString) {
        self.describe(Kind::Counter, &name, unit);
    }

    fn describe_gauge(&self, name: KeyName, unit: Option<metrics_rs::Unit>, _: SharedString) {
        self.describe(Kind::Gauge, &name, unit);
    }

    fn describe_histogram(&self, name: KeyName, unit: Option<metrics_rs::Unit>, _: SharedString) {
        self.describe(Kind::Histogram, &name, unit);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.instrument(Kind::Counter, key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.instrument(Kind::Gauge, key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.instrument(Kind::Histogram, key))
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder")
            .field("metrics", &self.metrics)
            .finish_non_exhaustive()
    }
}
