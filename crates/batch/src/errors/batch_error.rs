//! The error of a batch that failed as a whole.

use std::error::Error;
use std::fmt;

use lambda_runtime::Diagnostic;

use crate::{BatchEvent, RecordError};

/// What comes out of a batch: the response of the event `E`, or why the whole batch failed.
///
/// ```
/// # #[cfg(feature = "sqs")] mod example {
/// use lambda_runtime::LambdaEvent;
/// use powertools_lambda_batch::{Json, self as batch};
/// use powertools_lambda_batch::sqs::SqsEvent;
/// # async fn charge(order: Json<u32>) -> Result<(), lambda_runtime::Error> { Ok(()) }
///
/// async fn handler(event: LambdaEvent<SqsEvent>) -> batch::BatchResult<SqsEvent> {
///     batch::process(event, charge).await
/// }
/// # }
/// ```
pub type BatchResult<E> = Result<<E as BatchEvent>::Response, BatchError<<E as BatchEvent>::Response>>;

/// Why a batch as a whole failed. `R` is the response of its event.
///
/// Returned to Lambda it fails the invocation, so that the whole batch comes again.
pub struct BatchError<R>(Box<Kind<R>>);

enum Kind<R> {
    FullBatchError(FullBatchError<R>),
    InvalidEvent(InvalidEvent),
}

/// No record of a batch was processed: each has failed or was never started.
pub struct FullBatchError<R> {
    pub(crate) response: R,
    pub(crate) records: usize,
    pub(crate) errors: Vec<(String, RecordError)>,
}

/// An event that is no batch which can be answered. No record was processed.
#[derive(Debug)]
pub struct InvalidEvent(pub(crate) String);

impl<R> BatchError<R> {
    pub(crate) fn full(failure: FullBatchError<R>) -> Self {
        Self(Box::new(Kind::FullBatchError(failure)))
    }

    pub(crate) fn invalid(event: InvalidEvent) -> Self {
        Self(Box::new(Kind::InvalidEvent(event)))
    }

    /// Returns the failure of all records, if that is what happened.
    pub fn full_batch_error(&self) -> Option<&FullBatchError<R>> {
        match &*self.0 {
            Kind::FullBatchError(failure) => Some(failure),
            Kind::InvalidEvent(_) => None,
        }
    }

    /// Returns what is wrong with the event, if that is what happened.
    ///
    /// A record without an id, or an event of another source: nobody could say which of its records failed.
    pub fn invalid_event(&self) -> Option<&InvalidEvent> {
        match &*self.0 {
            Kind::FullBatchError(_) => None,
            Kind::InvalidEvent(event) => Some(event),
        }
    }

    /// Returns the response that reports every record, or the error itself where there is none.
    ///
    /// # Errors
    ///
    /// When the event is invalid.
    pub fn into_response(self) -> Result<R, Self> {
        match *self.0 {
            Kind::FullBatchError(failure) => Ok(failure.response),
            kind @ Kind::InvalidEvent(_) => Err(Self(Box::new(kind))),
        }
    }
}

impl<R> FullBatchError<R> {
    /// Returns the response that reports every record.
    pub fn response(&self) -> &R {
        &self.response
    }

    /// Returns how many records the batch has.
    pub fn records(&self) -> usize {
        self.records
    }

    /// Returns the records that failed, by id, with their errors, in order of failing.
    ///
    /// Records that were never started are not among them.
    pub fn errors(&self) -> impl Iterator<Item = (&str, &RecordError)> {
        self.errors.iter().map(|(id, error)| (id.as_str(), error))
    }
}

impl<R> fmt::Display for FullBatchError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (records, failed) = (self.records, self.errors.len());
        write!(
            f,
            "no record was processed: of {records}, {failed} failed and {} were not started",
            records - failed
        )
    }
}

impl<R> fmt::Debug for FullBatchError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FullBatchError")
            .field("records", &self.records)
            .field("errors", &self.errors)
            .finish_non_exhaustive()
    }
}

impl<R> Error for FullBatchError<R> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.errors.first().map(|(_, error)| error.as_error())
    }
}

impl fmt::Display for InvalidEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the batch was not processed: {}", self.0)
    }
}

impl Error for InvalidEvent {}

impl<R> fmt::Display for BatchError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::FullBatchError(failure) => fmt::Display::fmt(failure, f),
            Kind::InvalidEvent(event) => fmt::Display::fmt(event, f),
        }
    }
}

impl<R> fmt::Debug for BatchError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::FullBatchError(failure) => fmt::Debug::fmt(failure, f),
            Kind::InvalidEvent(event) => fmt::Debug::fmt(event, f),
        }
    }
}

impl<R> Error for BatchError<R> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &*self.0 {
            Kind::FullBatchError(failure) => failure.source(),
            Kind::InvalidEvent(event) => event.source(),
        }
    }
}

impl<R> From<BatchError<R>> for Diagnostic {
    fn from(error: BatchError<R>) -> Self {
        let name = match &*error.0 {
            Kind::FullBatchError(_) => "FullBatchError",
            Kind::InvalidEvent(_) => "InvalidEvent",
        };
        Self {
            error_type: name.to_owned(),
            error_message: error.to_string(),
        }
    }
}
