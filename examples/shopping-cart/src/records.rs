//! Counts the records of the workers' batches.

use powertools_lambda::batch::BatchSummary;
use powertools_lambda::metrics::{self, MetricName, Unit};

const SUCCEEDED: MetricName = MetricName::new("RecordsSucceeded");
const FAILED: MetricName = MetricName::new("RecordsFailed");

/// Records the number of successful and of failed records of a batch as metrics.
pub fn count_records(summary: &BatchSummary) {
    for (name, records) in [(SUCCEEDED, summary.succeeded), (FAILED, summary.failed)] {
        metrics::add(name, Unit::Count, records);
    }
}
