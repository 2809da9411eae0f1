//! `Value`, a value to be added to a document.

use std::sync::Arc;

use crate::document::members::Members;
use crate::metric::{MetricName, Resolution, Unit};

/// A value to be added to a document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'a> {
    pub(crate) name: &'a MetricName,
    pub(crate) unit: Unit,
    pub(crate) resolution: Resolution,
    pub(crate) number: f64,
    pub(crate) merge: Merge,
    pub(crate) labels: Option<&'a Arc<Members>>,
}

/// How a value is combined with the existing values of its metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "facade"), allow(dead_code))]
pub(crate) enum Merge {
    /// It is added as another value.
    Append,
    /// It is summed with the value that was added in this way.
    Sum,
    /// It replaces the value that was added in this way.
    Last,
}

impl<'a> Value<'a> {
    /// Creates the usual value: appended, without labels, with the standard resolution.
    #[inline]
    pub(crate) fn new(name: &'a MetricName, unit: Unit, number: f64) -> Self {
        Self {
            name,
            unit,
            resolution: Resolution::Standard,
            number,
            merge: Merge::Append,
            labels: None,
        }
    }
}
