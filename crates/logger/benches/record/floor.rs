//! The same bytes, written by hand.

use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::time::SystemTime;

use powertools_lambda_core::{Timestamp, json};

use super::function::{ARN, FUNCTION, REQUEST_ID, SERVICE, TRACE};
use super::sink::{Sink, null_device};

/// Writes the record of `info_record`, whose text is known in advance.
pub(crate) struct Floor {
    line: Vec<u8>,
    context: String,
    file: Option<File>,
}

impl Floor {
    pub(crate) fn new(sink: Sink) -> Self {
        let context = format!(
            r#","service":"{SERVICE}","function_name":"{FUNCTION}","function_arn":"{ARN}","function_request_id":"{REQUEST_ID}","xray_trace_id":"{TRACE}","function_memory_size":128,"cold_start":true"#
        );
        Self {
            line: Vec::with_capacity(1_024),
            context,
            file: matches!(sink, Sink::Null).then(null_device),
        }
    }

    #[allow(clippy::disallowed_methods)] // the clock, by hand
    pub(crate) fn info_record(&mut self) {
        let line = &mut self.line;
        line.clear();
        line.extend_from_slice(br#"{"level":"INFO","timestamp":""#);
        line.extend_from_slice(&Timestamp::from(SystemTime::now()).to_rfc3339());
        line.extend_from_slice(br#"","message":"#);
        json::write_str(line, black_box("collecting payment"));
        line.extend_from_slice(br#","location":"record::operations:"#);
        json::write_u64(line, 114);
        line.push(b'"');
        line.extend_from_slice(self.context.as_bytes());
        line.extend_from_slice(br#","order_id":"#);
        json::write_str(line, black_box("A-1234"));
        line.extend_from_slice(br#","currency":"#);
        json::write_str(line, black_box("EUR"));
        line.extend_from_slice(br#","quantity":"#);
        json::write_u64(line, black_box(3));
        line.extend_from_slice(b"}\n");
        match &mut self.file {
            Some(file) => drop(file.write_all(line)),
            None => drop(black_box(&*line)),
        }
    }
}
