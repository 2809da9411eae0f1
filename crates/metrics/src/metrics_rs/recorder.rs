//! The recorder, and its instruments.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use hashbrown::HashTable;
use metrics_rs::{Counter, Gauge, Histogram, Key, KeyName, Metadata, SharedString};
use powertools_lambda_core::InitError;

use crate::metrics::Metrics;
use crate::metrics_rs::instrument::{Instrument, Kind};
use crate::metrics_rs::unit::Scale;

/// A recorder for the `metrics` facade whose values land in the documents of [`Metrics`].
///
/// * A counter is a metric with one value a document, the sum of its increments, in the unit `Count` unless it is
///   described with another; one that is set to an absolute value counts what it grew by.
/// * A gauge is a metric with one value a document, its last one.
/// * A histogram is a metric with all its values.
/// * Labels become dimensions of these metrics alone, so each combination of labels is a line of its own; it has the
///   invocation's dimensions, metadata and timestamp, too.
///
/// It belongs to the process, as gauges do; where a value goes is decided when it is recorded: to the invocation it was
/// recorded in. It remembers 1,000 instruments; a function that invents names or labels still has all its values
/// written, but gauges beyond begin at zero each time.
pub struct Recorder {
    metrics: Metrics,
    instruments: RwLock<HashTable<Arc<Instrument>>>,
    scales: RwLock<HashMap<(u8, String), Scale>>,
}

/// How many instruments and descriptions are remembered.
const MAX_KEPT: usize = 1_000;

impl Metrics {
    /// Returns a recorder for the `metrics` facade, to compose with others.
    pub fn recorder(&self) -> Recorder {
        Recorder {
            metrics: self.clone(),
            instruments: RwLock::default(),
            scales: RwLock::default(),
        }
    }

    /// Makes these metrics the recorder of the process: `metrics::counter!` of any library lands in their documents.
    ///
    /// # Errors
    ///
    /// Returns an error when somebody else installed a recorder: then compose [`recorder`](Self::recorder) with it.
    pub fn install_recorder(&self) -> Result<(), InitError> {
        metrics_rs::set_global_recorder(self.recorder()).map_err(|error| {
            InitError::new(
                "a recorder of the `metrics` facade is already installed: combine `Metrics::recorder()` with it instead",
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
