//! Functions that find the current invocation's document.

use std::sync::Arc;
use std::time::SystemTime;

use powertools_lambda_core::{Invocation, Timestamp};
use serde::Serialize;

use crate::document::Document;
use crate::document::metadata::with_json;
use crate::document::value::Value;
use crate::metric::{MetricName, Number, Resolution, Unit};
use crate::metrics::Metrics;
use crate::single::SingleMetric;
use crate::state::State;
use crate::utility::MetricsUtility;
use crate::warning::Warning;

/// Adds a value to a metric of the current invocation.
///
/// Several values of a name stand in one document. The first unit of a name counts; another costs one warning. A name
/// that CloudWatch would refuse and a value that is no number from -2^360 to 2^360 cost one warning and are dropped:
/// nothing here fails or panics.
///
/// Outside an invocation, or after it ended, the value goes to the process's document, which is written with the next
/// flush. With several [`Metrics`] it goes to the one whose layer runs first.
///
/// ```
/// use powertools_lambda_metrics::{self as metrics, Unit};
/// metrics::add("OrdersPlaced", Unit::Count, 1);
/// metrics::add("CheckoutTime", Unit::Milliseconds, 12.5);
/// ```
pub fn add(name: impl Into<MetricName>, unit: Unit, value: impl Number) {
    add_with_resolution(name, unit, value, Resolution::Standard);
}

/// Adds a value to a metric of the current invocation, kept by CloudWatch with this resolution; see [`add`].
pub fn add_with_resolution(name: impl Into<MetricName>, unit: Unit, value: impl Number, resolution: Resolution) {
    let name = name.into();
    let value = Value {
        resolution,
        ..Value::new(&name, unit, value.to_f64())
    };
    if first(|utility, state| utility.add_value(state, &value)).is_none() {
        Metrics::of_process()
            .utility()
            .add_to_process(|document, report| document.add(&value, report));
    }
}

/// Sets a dimension of all metrics of the current invocation.
///
/// A key has 250 characters at most, a value 1,024; neither is blank or has control characters. What does not fit is
/// dropped with one warning. CloudWatch takes 30 dimensions in a set; those beyond become a set of their own, with one
/// warning. Each combination of values is a metric of its own to CloudWatch: a request id is [`add_metadata`].
pub fn add_dimension(key: &str, value: &str) {
    with_document(|document, report| document.dimensions.set(key, value, report));
}

/// Adds a further set of dimensions: CloudWatch keeps the metrics of the current invocation by these, too.
///
/// The set of [`add_dimension`] and the service stays the first. Default dimensions are part of every set, the service is
/// not. A key has one value in a document, whatever the set.
///
/// ```
/// use powertools_lambda_metrics as metrics;
/// metrics::add_dimension_set(&[("region", "eu-west-1")]);
/// metrics::add_dimension_set(&[("region", "eu-west-1"), ("plan", "gold")]);
/// ```
pub fn add_dimension_set(dimensions: &[(&str, &str)]) {
    with_document(|document, report| document.dimensions.add_set(dimensions, report));
}

/// Adds a member to the document of the current invocation that is no metric: to be searched for, not to be graphed.
///
/// A document takes 64 KiB of metadata. A key that is also a metric or a dimension is dropped with one warning.
pub fn add_metadata(key: &str, value: impl Serialize) {
    if !is_disabled() {
        with_json(&value, |json| {
            with_document(|document, report| document.set_metadata(key, json, report));
        });
    }
}

/// Sets the time of the metrics of the current invocation, until the next flush.
///
/// CloudWatch takes metrics from the last 14 days and the next 2 hours; a time outside is kept and costs one warning.
pub fn set_timestamp(time: SystemTime) {
    with_document(|document, _| document.timestamp = Some(Timestamp::from(time)));
}

/// Begins a metric with a line of its own, for other dimensions or another namespace than the invocation's.
///
/// ```
/// use powertools_lambda_metrics::{self as metrics, Unit};
/// metrics::single_metric("Refund", Unit::Count, 1).dimension("reason", "damaged").emit();
/// ```
pub fn single_metric(name: impl Into<MetricName>, unit: Unit, value: impl Number) -> SingleMetric {
    let utility = first(|utility, _| Arc::clone(utility));
    let utility = utility.unwrap_or_else(|| Arc::clone(Metrics::of_process().utility()));
    SingleMetric::new(utility, name.into(), unit, value.to_f64())
}

fn is_disabled() -> bool {
    first(|utility, _| utility.is_disabled()).unwrap_or_else(|| Metrics::of_process().is_disabled())
}

fn with_document(add: impl FnOnce(&mut Document, &mut dyn FnMut(Warning))) {
    let mut add = Some(add);
    first(|utility, state| add.take().map(|add| utility.add(state, add)));
    if let Some(add) = add {
        Metrics::of_process().utility().add_to_process(add);
    }
}

/// Calls `f` with the metrics that the free functions go to: the first that take part in the current invocation.
#[inline]
fn first<R>(f: impl FnOnce(&Arc<MetricsUtility>, &State) -> R) -> Option<R> {
    Invocation::with(f)
}
