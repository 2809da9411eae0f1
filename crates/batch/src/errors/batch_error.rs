//! The error of a batch that failed as a whole.

use std::error::Error;
use std::fmt;

use lambda_runtime::Diagnostic;

use crate::{BatchEvent, RecordError};

/// The result of a batch of the event `E`: its response, or why the whole batch failed.
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

/// The error of a batch that failed as a whole. `R` is the response of its event.
///
/// If a handler returns it, the invocation fails and Lambda delivers the whole batch again. [`full_batch_error`] and
/// [`invalid_event`] tell the two causes apart.
///
/// [`full_batch_error`]: Self::full_batch_error
/// [`invalid_event`]: Self::invalid_event
pub struct BatchError<R>(Box<Kind<R>>);

enum Kind<R> {
    FullBatchError(FullBatchError<R>),
    InvalidEvent(InvalidEvent),
}

/// The error of a batch in which no record was processed: each failed or was not started.
///
/// Returned by default, so that such a batch counts in Lambda's `Errors` metric;
/// [`FullFailurePolicy::Report`](crate::FullFailurePolicy::Report) returns the response instead.
pub struct FullBatchError<R> {
    pub(crate) response: R,
    pub(crate) records: usize,
    pub(crate) errors: Vec<(String, RecordError)>,
}

/// The error of an event whose failed records cannot be reported.
///
/// Either the event comes from another source, and no record was processed; or a record that failed, or was not started,
/// has no id. Lambda delivers the whole batch again.
#[derive(Debug)]
pub struct InvalidEvent(pub(crate) String);

impl<R> BatchError<R> {
    pub(crate) fn full(failure: FullBatchError<R>) -> Self {
        Self(Box::new(Kind::FullBatchError(failure)))
    }

    pub(crate) fn invalid(event: InvalidEvent) -> Self {
        Self(Box::new(Kind::InvalidEvent(event)))
    }

    /// Returns the errors of the records and the response, if no record was processed.
    pub fn full_batch_error(&self) -> Option<&FullBatchError<R>> {
        match &*self.0 {
            Kind::FullBatchError(failure) => Some(failure),
            Kind::InvalidEvent(_) => None,
        }
    }

    /// Returns what is wrong with the event, if it cannot be processed as a batch.
    pub fn invalid_event(&self) -> Option<&InvalidEvent> {
        match &*self.0 {
            Kind::FullBatchError(_) => None,
            Kind::InvalidEvent(event) => Some(event),
        }
    }

    /// Returns the response that reports every record.
    ///
    /// # Errors
    ///
    /// Returns the error itself if the event is invalid, because there is no response then.
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

    /// Returns the number of records in the batch.
    pub fn records(&self) -> usize {
        self.records
    }

    /// Returns the ids of the records that failed and their errors, in the order in which they failed.
    ///
    /// Records that were not started are not included.
    pub fn errors(&self) -> impl Iterator<Item = (&str, &RecordError)> {
        self.errors.iter().map(|(id, error)| (id.as_str(), error))
    }
}

impl<R> fmt::Display for FullBatchError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (records, failed) = (self.records, self.errors.len());
        write!(
            f,
            "no record was processed: {failed} of {records} failed, {} were not started",
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
        f.write_str(&self.0)
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
