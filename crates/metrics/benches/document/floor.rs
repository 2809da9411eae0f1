//! The same bytes written by hand, without aggregation and checks, for names that need no escapes.

use std::hint::black_box;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{AMOUNT, DIMENSIONS, LATENCIES, METADATA, Memory, NAMES, ORDERS};
use powertools_lambda_core::json::{write_f64, write_str, write_u64};

pub(crate) struct Floor {
    line: Vec<u8>,
    memory: Memory,
}

impl Floor {
    pub(crate) fn new() -> Self {
        Self {
            line: Vec::with_capacity(8 * 1_024),
            memory: Memory::default(),
        }
    }

    pub(crate) fn m1(&mut self) {
        let line = &mut self.line;
        line.clear();
        line.extend_from_slice(b"{\"_aws\":{\"Timestamp\":");
        write_u64(line, now());
        line.extend_from_slice(
            b",\"CloudWatchMetrics\":[{\"Namespace\":\"Shop\",\"Dimensions\":[[\"tenant\",\"service\"]],\"Metrics\":[\
              {\"Name\":\"OrdersPlaced\",\"Unit\":\"Count\"},{\"Name\":\"Amount\",\"Unit\":\"None\"},\
              {\"Name\":\"Latency\",\"Unit\":\"Milliseconds\"}]}]},\"tenant\":",
        );
        write_str(line, black_box(DIMENSIONS[0].1));
        line.extend_from_slice(b",\"service\":");
        write_str(line, black_box(DIMENSIONS[1].1));
        line.extend_from_slice(b",\"request_id\":");
        write_str(line, black_box(METADATA.1));
        line.extend_from_slice(b",\"OrdersPlaced\":");
        write_u64(line, u64::from(black_box(ORDERS)));
        line.extend_from_slice(b",\"Amount\":");
        write_f64(line, black_box(AMOUNT));
        line.extend_from_slice(b",\"Latency\":[");
        for (at, latency) in LATENCIES.into_iter().enumerate() {
            if at > 0 {
                line.push(b',');
            }
            write_f64(line, black_box(latency));
        }
        line.extend_from_slice(b"]}\n");
        self.memory.keep(line);
    }

    pub(crate) fn m2(&mut self) {
        let line = &mut self.line;
        line.clear();
        line.extend_from_slice(b"{\"_aws\":{\"Timestamp\":");
        write_u64(line, now());
        line.extend_from_slice(b",\"CloudWatchMetrics\":[{\"Namespace\":\"Shop\",\"Dimensions\":[[]],\"Metrics\":[");
        for (at, name) in NAMES.iter().enumerate() {
            if at > 0 {
                line.push(b',');
            }
            line.extend_from_slice(b"{\"Name\":");
            write_str(line, black_box(name));
            line.extend_from_slice(b",\"Unit\":\"Count\"}");
        }
        line.extend_from_slice(b"]}]}");
        for (name, value) in NAMES.iter().zip(0_u64..) {
            line.push(b',');
            write_str(line, black_box(name));
            line.push(b':');
            write_u64(line, black_box(value));
        }
        line.extend_from_slice(b"}\n");
        self.memory.keep(line);
    }
}

#[allow(clippy::disallowed_methods)] // the floor reads the real clock
fn now() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or_default()
}
