//! What the workers count of each batch.

use powertools_lambda::batch::BatchSummary;
use powertools_lambda::metrics::{self, MetricName, Unit};

const SUCCEEDED: MetricName = MetricName::new("RecordsSucceeded");
const FAILED: MetricName = MetricName::new("RecordsFailed");

/// Counts how many records of a batch were handled, and how many failed.
pub fn count_records(summary: &BatchSummary) {
    for (name, records) in [(SUCCEEDED, summary.succeeded), (FAILED, summary.failed)] {
        metrics::add(name, Unit::Count, records);
    }
}
