//! A value on its way to a document.

use std::sync::Arc;

use crate::document::members::Members;
use crate::metric::{MetricName, Resolution, Unit};

/// A value on its way to a document.
#[derive(Debug)]
pub(crate) struct Value<'a> {
    pub(crate) name: &'a MetricName,
    pub(crate) unit: Unit,
    pub(crate) resolution: Resolution,
    pub(crate) number: f64,
    pub(crate) merge: Merge,
    pub(crate) labels: Option<&'a Arc<Members>>,
}

/// What a value does to those of its metric that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "facade"), allow(dead_code))]
pub(crate) enum Merge {
    /// It is kept along with them.
    Append,
    /// It is added to the one that was added in this way.
    Sum,
    /// It replaces the one that was set in this way.
    Last,
}

impl<'a> Value<'a> {
    /// Returns a value as it nearly always is: appended, without labels, in the standard resolution.
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
