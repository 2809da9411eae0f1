//! [`Sagas`]: starts a saga, once.

use std::fmt;

use aws_sdk_sfn::Client;
use aws_sdk_sfn::operation::start_execution::StartExecutionError;
use lambda_runtime::Error;
use powertools_lambda::tracer;
use serde_json::json;
use tracing::{info, instrument};

use crate::booking::BookingId;

/// How a saga begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saga {
    /// With the reservation.
    Book,
    /// With the undoing of what an earlier saga of the booking left behind. The number tells attempts apart.
    Undo(u64),
}

/// Starts sagas.
pub trait Sagas: Send + Sync + 'static {
    /// Starts a saga, unless the same one was started before.
    fn start(&self, booking: &BookingId, saga: Saga) -> impl Future<Output = Result<(), Error>> + Send;
}

/// A state machine of Step Functions.
#[derive(Clone)]
pub struct StepFunctions {
    client: Client,
    state_machine: String,
}

impl StepFunctions {
    pub(crate) fn new(client: Client, state_machine: String) -> Self {
        Self { client, state_machine }
    }
}

impl Sagas for StepFunctions {
    /// Its name makes a saga unique: while an execution runs, starting it again with the same input does nothing; after its
    /// end, there is an error.
    #[instrument(name = "start_saga", skip_all)]
    async fn start(&self, booking: &BookingId, saga: Saga) -> Result<(), Error> {
        let header = tracer::trace_header().map(|header| header.to_string());
        let (name, undo) = match saga {
            Saga::Book => (booking.to_string(), false),
            Saga::Undo(attempt) => (format!("{booking}-undo-{attempt}"), true),
        };
        // `trace` is for steps whose invocations do not continue the trace in `traceHeader`.
        let input = json!({ "bookingId": booking, "trace": header.clone().unwrap_or_default(), "undo": undo });
        let request = self.client.start_execution().state_machine_arn(&self.state_machine);
        let request = request.name(name).input(input.to_string()).set_trace_header(header);
        let Err(error) = request.send().await else {
            return Ok(());
        };
        if let Some(StartExecutionError::ExecutionAlreadyExists(_)) = error.as_service_error() {
            info!("the saga was started before");
            return Ok(());
        }
        Err(error.into())
    }
}

impl fmt::Debug for StepFunctions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StepFunctions")
            .field("state_machine", &self.state_machine)
            .finish_non_exhaustive()
    }
}
