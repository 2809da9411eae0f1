//! A metric with a line of its own.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use powertools_lambda_core::Timestamp;
use serde::Serialize;

use crate::builder::{check_namespace, json_of};
use crate::document::{Document, Value};
use crate::emf::{self, Frame};
use crate::members::Members;
use crate::metadata::with_json;
use crate::problem::Problem;
use crate::shared::Shared;
use crate::store::Merge;
use crate::{MetricName, Resolution, Unit};

/// A metric with a line of its own: with dimensions that the others do not have, or in another namespace.
///
/// Made by [`single`](crate::single()). It has the service as a dimension, and what is set here; not the default
/// dimensions, nor what was set for the invocation.
#[must_use = "a one-off metric is written when it is emitted"]
pub struct SingleMetric {
    shared: Arc<Shared>,
    document: Box<Document>,
    namespace: Option<Vec<u8>>,
    name: MetricName,
    unit: Unit,
    resolution: Resolution,
    value: f64,
}

impl SingleMetric {
    pub(crate) fn new(shared: Arc<Shared>, name: MetricName, unit: Unit, value: f64) -> Self {
        Self {
            document: shared.single_pool.take(),
            shared,
            namespace: None,
            name,
            unit,
            resolution: Resolution::Standard,
            value,
        }
    }

    /// Sets the resolution, otherwise [`Resolution::Standard`].
    pub fn resolution(mut self, resolution: Resolution) -> Self {
        self.resolution = resolution;
        self
    }

    /// Sets the namespace, otherwise that of the metrics; one that CloudWatch would refuse costs one warning.
    pub fn namespace(mut self, namespace: &str) -> Self {
        if check_namespace(namespace, &self.shared.host) {
            self.namespace = Some(json_of(namespace));
        }
        self
    }

    /// Sets a dimension.
    pub fn dimension(self, key: &str, value: &str) -> Self {
        self.with(|document, report| document.dimensions.set(key, value, report))
    }

    /// Adds a further set of dimensions.
    pub fn dimension_set(self, dimensions: &[(&str, &str)]) -> Self {
        self.with(|document, report| document.dimensions.add_set(dimensions, report))
    }

    /// Adds a member to the line that is no metric.
    pub fn metadata(mut self, key: &str, value: impl Serialize) -> Self {
        if !self.shared.config.disabled {
            let Self { shared, document, .. } = &mut self;
            with_json(&value, |json| {
                document.set_metadata(key, json, &mut |problem| shared.warn(&problem));
            });
        }
        self
    }

    /// Sets the time of the metric, otherwise the time at which it is emitted.
    pub fn timestamp(self, time: SystemTime) -> Self {
        self.with(|document, _| document.timestamp = Some(Timestamp::from(time)))
    }

    /// Puts the line behind those that wait for the end of the invocation, or outside one for the next flush.
    pub fn emit(self) {
        if self.shared.config.disabled {
            return;
        }
        let value = Value {
            name: &self.name,
            unit: self.unit,
            resolution: self.resolution,
            number: self.value,
            merge: Merge::Append,
            labels: None,
        };
        let (shared, mut document) = (self.shared, self.document);
        document.add(&value, &mut |problem| shared.warn(&problem));
        emit(&shared, document, self.namespace.as_deref());
    }

    fn with(mut self, set: impl FnOnce(&mut Document, &mut dyn FnMut(Problem))) -> Self {
        let Self { shared, document, .. } = &mut self;
        shared.add(document, set);
        self
    }
}

/// Puts the lines of a document behind those that wait for the next flush.
pub(crate) fn emit(shared: &Arc<Shared>, mut document: Box<Document>, namespace: Option<&[u8]>) {
    let no_defaults = Members::default();
    let frame = Frame {
        defaults: &no_defaults,
        namespace: namespace.unwrap_or(&shared.config.namespace),
        ..shared.frame()
    };
    if document.values() > 0 {
        if shared.config.namespace_is_default && namespace.is_none() {
            shared.warn_about_namespace();
        }
        if let Some(time) = document.timestamp {
            shared.check_timestamp(time, frame.now);
        }
        emf::write(
            &mut document,
            &frame,
            &mut |problem| shared.warn(&problem),
            &mut |line| {
                shared.with_document(|document, _| document.lines.extend_from_slice(line));
            },
        );
    }
    document.clear();
    shared.single_pool.put(document);
}

impl fmt::Debug for SingleMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SingleMetric")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
