//! [`Gateway`]: sends requests through the local API Gateway, and adds the segments that the real one would send to
//! X-Ray.

mod segment;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::Result;
use powertools_telemetry::{Capture, DATAGRAM_HEADER};
use serde_json::Value;

pub(crate) use segment::Segment;

use crate::local_aws::{Answer, Client, Request};

/// The stage of a REST API.
///
/// The local API Gateway does not send segments. As with AWS's, each request gets a trace, which is passed to the function, and
/// a segment with its answer.
pub(crate) struct Gateway {
    /// The stage's name in segments.
    stage: &'static str,
    /// The path prefix of the API.
    pub(crate) path: String,
    requests: AtomicU64,
    segments: Mutex<Vec<Value>>,
}

impl Gateway {
    pub(crate) fn new(stage: &'static str, api_id: &str) -> Self {
        Self {
            stage,
            path: path_of(api_id),
            requests: AtomicU64::new(0),
            segments: Mutex::default(),
        }
    }

    /// Sends a request.
    pub(crate) fn send(
        &self,
        client: &Client,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        body: &str,
    ) -> Result<(Segment, Answer)> {
        let segment = Segment::begin(self.requests.fetch_add(1, Ordering::Relaxed));
        let headers: Vec<_> = headers
            .iter()
            .cloned()
            .chain([("x-amzn-trace-id", segment.header())])
            .collect();
        let answer = client.send(&Request {
            method,
            path: &format!("{}{path}", self.path),
            headers: &headers,
            body,
        })?;
        let document = segment.end(self.stage, method, path, answer.status);
        self.segments
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(document);
        Ok((segment, answer))
    }

    /// Adds the segments to what the functions sent.
    pub(crate) fn add_segments(&self, capture: &mut Capture) {
        let segments = self.segments.lock().unwrap_or_else(PoisonError::into_inner);
        capture
            .datagrams
            .extend(segments.iter().map(|segment| format!("{DATAGRAM_HEADER}{segment}")));
    }
}

/// Returns the path prefix of a REST API with this id.
pub(crate) fn path_of(api_id: &str) -> String {
    format!("restapis/{api_id}/Prod/_user_request_")
}
