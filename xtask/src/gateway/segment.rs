//! [`Segment`]: the segment that API Gateway sends to X-Ray for a request.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

/// The segment of one request, in a separate trace.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    trace_id: String,
    id: String,
    start: Duration,
}

impl Segment {
    /// Begins the segment of the request with this number.
    pub(crate) fn begin(number: u64) -> Self {
        let start = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            trace_id: format!("1-{:08x}-{:08x}{number:016x}", start.as_secs(), start.subsec_nanos()),
            // The number alone would be enough, but this looks like a real id.
            id: format!("{:016x}", number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15)),
            start,
        }
    }

    pub(crate) fn trace_id(&self) -> &str {
        &self.trace_id
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Returns the tracing header for the function.
    pub(crate) fn header(&self) -> String {
        format!("Root={};Parent={};Sampled=1", self.trace_id, self.id)
    }

    /// Returns the finished document of a stage, such as `shopping-cart/Prod`.
    pub(crate) fn end(&self, stage: &str, method: &str, path: &str, status: u16) -> Value {
        let end = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut document = json!({
            "name": stage, "origin": "AWS::ApiGateway::Stage",
            "trace_id": self.trace_id, "id": self.id, "start_time": seconds(self.start), "end_time": seconds(end),
            "http": { "request": { "method": method, "url": path }, "response": { "status": status } },
        });
        for (flag, is_so) in [
            ("error", (400..500).contains(&status)),
            ("throttle", status == 429),
            ("fault", status >= 500),
        ] {
            if is_so {
                document[flag] = true.into();
            }
        }
        document
    }
}

/// Returns seconds with microseconds as the fraction, as in X-Ray.
#[allow(clippy::cast_precision_loss)] // a double has no more digits at this size
fn seconds(time: Duration) -> f64 {
    time.as_micros() as f64 / 1e6
}
