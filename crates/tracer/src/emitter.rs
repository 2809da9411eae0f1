//! [`Emitter`], where finished spans go.

use std::sync::Arc;

use crate::SpanRecord;

/// Receives finished spans, one at a time.
///
/// [`XRayDaemon`](crate::XRayDaemon) is the built-in implementation. An implementation
///
/// * must not block: usually it is called after the response, but a span that closes later, or when the queue is full,
///   is emitted by the code that closes it;
/// * must not open spans;
/// * does not report failures to its caller; [`lost`](Self::lost) counts them.
///
/// A panic is caught and gives one warning. A record is valid only during the call, so a test double copies what it
/// needs:
///
/// ```
/// use std::sync::{Arc, Mutex};
///
/// use powertools_lambda_tracer::{Emitter, SpanRecord, Tracer};
///
/// /// Keeps the names of all spans.
/// #[derive(Default)]
/// struct Names(Mutex<Vec<String>>);
///
/// impl Emitter for Names {
///     fn emit(&self, span: &SpanRecord) {
///         if let Ok(mut names) = self.0.lock() {
///             names.push(span.name().to_owned());
///         }
///     }
/// }
///
/// let names = Arc::new(Names::default());
/// let tracer = Tracer::builder().emitter(Arc::clone(&names)).build();
/// assert!(tracer.is_enabled());
/// ```
///
/// Only sampled invocations are recorded, so a test needs a context with a tracing header:
/// `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot receive spans",
    label = "does not implement `Emitter`",
    note = "implement `powertools_lambda_tracer::Emitter` for `{Self}`: `fn emit(&self, span: &SpanRecord)`"
)]
pub trait Emitter: Send + Sync + 'static {
    /// Receives one finished span.
    fn emit(&self, span: &SpanRecord);

    /// Called when all spans of an invocation were emitted, after its response was posted, and at shutdown.
    ///
    /// Default: does nothing.
    fn flush(&self) {}

    /// Returns how many spans could not be delivered since the process started. Default: 0.
    fn lost(&self) -> u64 {
        0
    }

    /// Called after a SnapStart restore; reopen sockets here. Default: does nothing.
    fn after_restore(&self) {}
}

impl<E: Emitter> Emitter for Arc<E> {
    fn emit(&self, span: &SpanRecord) {
        (**self).emit(span);
    }

    fn flush(&self) {
        (**self).flush();
    }

    fn lost(&self) -> u64 {
        (**self).lost()
    }

    fn after_restore(&self) {
        (**self).after_restore();
    }
}
