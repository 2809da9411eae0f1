//! The free functions, which add to the current invocation's document.

use std::sync::Arc;
use std::time::SystemTime;

use powertools_lambda_core::{Invocation, Timestamp};
use serde::Serialize;

use crate::document::Document;
use crate::document::metadata::with_json;
use crate::metric::{MetricName, Number, Resolution, Unit};
use crate::metrics::Metrics;
use crate::single::SingleMetric;
use crate::state::State;
use crate::utility::MetricsUtility;
use crate::warning::Warning;

/// Adds a value to a metric of the current invocation.
///
/// All values of a metric are kept, and CloudWatch computes statistics over them. The first unit of a metric is used;
/// another one causes one warning. An invalid name, or a value that is not a number from -2^360 to 2^360, is dropped
/// with one warning. This function never fails or panics.
///
/// The name is a `&'static str`, a `String` or a [`MetricName`], so a borrowed name made at run time has to be owned
/// (`name.to_owned()`). Prefer a dimension or metadata to names made at run time, because CloudWatch charges for each
/// metric. The value can be any integer or float, by value.
///
/// Outside an invocation, or after it ended, the value goes to the process's document, which is written with the next
/// flush. If there are several [`Metrics`], it goes to the one whose layer runs first.
///
/// ```
/// use powertools_lambda_metrics::{self as metrics, Unit};
/// metrics::add("OrdersPlaced", Unit::Count, 1);
/// metrics::add("CheckoutTime", Unit::Milliseconds, 12.5);
/// ```
pub fn add(name: impl Into<MetricName>, unit: Unit, value: impl Number) {
    add_with_resolution(name, unit, value, Resolution::Standard);
}

/// Adds a value to a metric that CloudWatch stores with this resolution; see [`add`].
pub fn add_with_resolution(name: impl Into<MetricName>, unit: Unit, value: impl Number, resolution: Resolution) {
    let (name, number) = (name.into(), value.to_f64());
    if first(|utility, state| utility.add_value(state, &name, unit, number, resolution)).is_none() {
        Metrics::of_process()
            .utility()
            .add_value_to_process(&name, unit, number, resolution);
    }
}

/// Sets a dimension of all metrics of the current invocation.
///
/// CloudWatch graphs and charges each combination of values as a separate metric, so use values with few variants. For a
/// request id, use [`add_metadata`].
///
/// A key can have up to 250 characters, a value up to 1,024; neither may be blank or have control characters. Both may have only
/// ASCII characters, unless [`non_ascii_dimensions`](crate::MetricsBuilder::non_ascii_dimensions) is set. An invalid dimension is
/// dropped with one warning. CloudWatch accepts 30 dimensions in a set; the rest become a separate set, with one warning. If a
/// key is set to another value, the last one is used for all metrics of the document, with one warning.
///
/// ```
/// use powertools_lambda_metrics::{self as metrics, Unit};
/// metrics::add_dimension("tenant", "acme");
/// metrics::add("OrdersPlaced", Unit::Count, 1);
/// ```
///
/// With the namespace `Shop` and the service `orders`, this writes:
///
/// ```json
/// {"_aws":{"Timestamp":1768473000125,"CloudWatchMetrics":[{"Namespace":"Shop","Dimensions":[["tenant","service"]],
/// "Metrics":[{"Name":"OrdersPlaced","Unit":"Count"}]}]},"tenant":"acme","service":"orders","OrdersPlaced":1}
/// ```
pub fn add_dimension(key: &str, value: &str) {
    with_document(|document, report| document.dimensions.set(key, value, report));
}

/// Adds another set of dimensions, by which CloudWatch also aggregates the metrics of the current invocation.
///
/// The first set always consists of the service and the dimensions of [`add_dimension`]. Default dimensions are part of
/// every set; the service is not. A key has one value in all sets of a document.
///
/// ```
/// use powertools_lambda_metrics as metrics;
/// metrics::add_dimension_set(&[("region", "eu-west-1")]);
/// metrics::add_dimension_set(&[("region", "eu-west-1"), ("plan", "gold")]);
/// ```
pub fn add_dimension_set(dimensions: &[(&str, &str)]) {
    with_document(|document, report| document.dimensions.add_set(dimensions, report));
}

/// Adds a field that is not a metric to the current invocation's document.
///
/// CloudWatch Logs can search it, but CloudWatch does not graph it. The value can be any [`Serialize`] value, or a
/// reference to one; both key and value can be borrowed. A document can have 64 KiB of metadata. A key that is also a
/// metric or a dimension is dropped, with one warning.
///
/// ```
/// use powertools_lambda_metrics as metrics;
/// # let order_id = String::from("A-1");
/// metrics::add_metadata("order_id", &order_id);
/// ```
pub fn add_metadata(key: &str, value: impl Serialize) {
    if !is_disabled() {
        with_json(&value, |json| {
            with_document(|document, report| document.set_metadata(key, json, report));
        });
    }
}

/// Sets the timestamp of the current invocation's metrics, until the next flush. Default: the time of the flush.
///
/// CloudWatch accepts metrics from the last 14 days and the next 2 hours; a time outside this range is written too,
/// with one warning.
pub fn set_timestamp(time: SystemTime) {
    with_document(|document, _| document.timestamp = Some(Timestamp::from(time)));
}

/// Begins a metric on a separate line, with different dimensions or in another namespace than the invocation's metrics.
///
/// It is written only if [`emit`](SingleMetric::emit) is called.
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

fn with_document(add: impl FnOnce(&mut Document, &mut dyn FnMut(Warning)) + Copy) {
    if first(|utility, state| utility.add(state, add)).is_none() {
        Metrics::of_process().utility().add_to_process(add);
    }
}

/// Calls `f` with the metrics that the free functions use: the first that take part in the current invocation.
#[inline]
fn first<R>(f: impl FnOnce(&Arc<MetricsUtility>, &State) -> R) -> Option<R> {
    Invocation::with(f)
}
