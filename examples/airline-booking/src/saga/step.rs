//! [`Step`]: what the state machine asks a function for.

use powertools_lambda::{logger, tracer};
use serde::Deserialize;

use crate::booking::BookingId;

/// One step of a saga.
///
/// It has only the booking's id: each step reads the booking, so that no step acts on what another one knew earlier.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step<A> {
    /// What to do.
    pub action: A,
    /// The booking.
    pub booking_id: BookingId,
    /// The tracing header of the request or job that started the saga.
    #[serde(default)]
    pub trace: Option<String>,
}

impl<A> Step<A> {
    /// Makes the telemetry of the invocation show the booking, and what started its saga.
    ///
    /// In AWS, a state machine with tracing passes the trace on, so the step belongs to it. Where it does not, the step's trace is
    /// linked.
    pub fn show(&self) {
        logger::append_key("booking_id", self.booking_id.as_str());
        tracer::annotate("booking_id", self.booking_id.as_str());
        if let Some(header) = &self.trace {
            tracer::link(header);
        }
    }
}
