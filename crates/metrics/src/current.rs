//! Functions that find the current invocation's document.

use powertools_lambda_core::Invocation;
use serde::Serialize;

use crate::document::{Document, Metadata, Problem};
use crate::metrics::Metrics;
use crate::state::MetricsState;
use crate::{MetricName, Number, Resolution, Unit};

/// Adds a value to a metric of the current invocation.
///
/// Several values of a name stand in one document. The first unit of a name counts; another costs one warning. A name
/// that CloudWatch would refuse and a value that is no finite number cost one warning and are dropped: nothing here
/// fails or panics.
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
    let (name, value) = (name.into(), value.to_f64());
    with_document(|document| document.add(name, unit, resolution, value));
}

/// Sets a dimension of all metrics of the current invocation.
///
/// A metric has 30 dimensions at most, a key 250 characters, a value 1,024; neither is blank. What does not fit is dropped with
/// one warning. Each combination of values is a metric of its own to CloudWatch: a request id is [`metadata`].
pub fn dimension(key: &str, value: &str) {
    with_document(|document| document.dimension(key, value));
}

/// Adds a member to the document of the current invocation that is no metric: to be searched for, not to be graphed.
///
/// A document takes 64 KiB of metadata. A key that is also a metric or a dimension is dropped with one warning.
pub fn metadata(key: impl Into<String>, value: impl Serialize) {
    // Serialised outside: a user's `Serialize` may add metrics itself.
    let metadata = Metadata::new(key.into(), &value);
    with_document(|document| document.metadata(metadata));
}

fn with_document(add: impl FnOnce(&mut Document) -> Result<(), Problem>) {
    let mut add = Some(add);
    Invocation::with_current(|invocation| {
        let joined = invocation.get::<MetricsState>()?.first()?;
        joined.add(add.take()?);
        Some(())
    });
    if let Some(add) = add {
        Metrics::process().add_to_process(add);
    }
}
