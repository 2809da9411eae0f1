//! [`Receiver`], what the answers of an OTLP receiver mean.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use powertools_lambda_core::{Environment, Warnings};

use crate::exporting::Outcome;

/// What the answers of an OTLP receiver mean, regardless of the protocol.
pub(super) struct Receiver {
    warnings: Warnings,
    outcome: Arc<Outcome>,
}

/// Why a request failed.
pub(super) enum Failure {
    /// The receiver may accept the same request later, or did not get it.
    Transient(String),
    /// The receiver refused the request, and OTLP forbids repeating it.
    Final(String),
}

/// The user agent of requests.
pub(super) const USER: &str = concat!("powertools-lambda-opentelemetry-rust/", env!("CARGO_PKG_VERSION"));

/// How much of a refusal's text is shown, in characters.
const MAX_TEXT: usize = 300;

impl Receiver {
    pub(super) fn new(environment: &Environment, outcome: Arc<Outcome>) -> Self {
        Self {
            warnings: environment.warnings().clone(),
            outcome,
        }
    }

    /// Turns an answer into the result of an export; counts the spans that were refused although the request was accepted.
    pub(super) fn result(&self, answer: Result<ExportTraceServiceResponse, Failure>) -> OTelSdkResult {
        let failure = match answer {
            Ok(answer) => {
                self.look_into(answer);
                return Ok(());
            }
            Err(Failure::Transient(problem)) => problem,
            Err(Failure::Final(problem)) => {
                self.outcome.refused.store(true, Ordering::Relaxed);
                problem
            }
        };
        Err(OTelSdkError::InternalFailure(failure))
    }

    fn look_into(&self, answer: ExportTraceServiceResponse) {
        let Some(partial) = answer.partial_success else { return };
        let refused = u64::try_from(partial.rejected_spans).unwrap_or_default();
        self.outcome.lost.fetch_add(refused, Ordering::Relaxed);
        let text = shown(&partial.error_message);
        if refused > 0 {
            self.warnings.once(
                "open telemetry partial success",
                format_args!("the OpenTelemetry receiver rejected spans ({refused} are lost): {text}"),
            );
        } else if !text.is_empty() {
            self.warnings.once(
                "open telemetry advice",
                format_args!("the OpenTelemetry receiver accepted all spans, and advises: {text}"),
            );
        }
    }
}

/// Returns what a receiver answered, for a warning: without control characters, and not too long.
pub(super) fn answered(code: impl fmt::Display, text: &str) -> String {
    format!("it answered {code} {}", shown(text)).trim_end().to_owned()
}

/// Returns the reason of a request that failed because it was not answered in time.
pub(super) fn no_answer(timeout: Duration) -> String {
    format!("no answer within {} ms", timeout.as_millis())
}

fn shown(text: &str) -> String {
    text.chars().filter(|char| !char.is_control()).take(MAX_TEXT).collect()
}
