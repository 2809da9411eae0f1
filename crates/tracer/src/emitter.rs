//! [`Emitter`], where finished spans go.

use std::sync::Arc;

use powertools_lambda_core::AfterResponse;

use crate::Spans;

/// Receives the finished spans of invocations.
///
/// [`XRayDaemon`](crate::XRayDaemon) is the built-in implementation.
///
/// # When it is called
///
/// The spans of an invocation are emitted in one call, after the response was posted. A span is emitted earlier or later than
/// that, alone or with other waiting spans, if the deadline is near, if too many spans wait, if the process ends, or if the span
/// closes after the response. So a span's parent may be emitted in an earlier call, in a later one, or never, because it was
/// still open when Lambda ended the environment. Each span is emitted once. The spans of one call belong to one trace.
/// [`Invocation::current`](powertools_lambda_core::Invocation::current) is the invocation, except for a span that is closed
/// outside of it.
///
/// ```text
/// emit (rarely) ─▶ (the response is posted) ─▶ emit ─▶ flush ─▶ after_response, awaited ─▶ (the next invocation)
/// ```
///
/// Calls may be concurrent: several invocations may run, and the deadline is watched on a separate thread.
///
/// # What an implementation must not do
///
/// * [`emit`](Self::emit) must not block, because it may run before the response. To send over a network, copy what is
///   needed from the spans, and send it in [`after_response`](Self::after_response). If the handler hangs until its
///   deadline, `after_response` is not called, so an emitter that must not lose these spans sends them in `emit`.
/// * It must not open spans.
/// * It does not report failures to its caller; [`lost`](Self::lost) counts them.
///
/// A panic is caught and gives one warning; only a panic in [`lost`](Self::lost) or
/// [`after_restore`](Self::after_restore) reaches the caller. The spans of a call that panics are lost for this emitter
/// alone: if [`TracerBuilder::emitter`](crate::TracerBuilder::emitter) was called several times, each emitter is called
/// with the same records, one after the other, even if one of them panics.
///
/// # Examples
///
/// The records are borrowed; to keep one, copy what is needed, or clone it:
///
/// ```
/// use std::sync::{Arc, Mutex};
///
/// use powertools_lambda_tracer::{Emitter, Spans, Tracer};
///
/// /// Keeps the names of all spans.
/// #[derive(Default)]
/// struct Names(Mutex<Vec<String>>);
///
/// impl Emitter for Names {
///     fn emit(&self, spans: Spans<'_>) {
///         if let Ok(mut names) = self.0.lock() {
///             names.extend(spans.iter().map(|span| span.name().to_owned()));
///         }
///     }
/// }
///
/// let names = Arc::new(Names::default());
/// let tracer = Tracer::builder().emitter(Arc::clone(&names)).build();
/// assert!(tracer.is_enabled());
/// ```
///
/// Without a propagator, only sampled invocations are recorded, so a test needs a context with a tracing header:
/// `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot receive spans",
    label = "does not implement `Emitter`",
    note = "implement `powertools_lambda_tracer::Emitter` for `{Self}`: `fn emit(&self, spans: Spans<'_>)`"
)]
pub trait Emitter: Send + Sync + 'static {
    /// Receives finished spans of one invocation; see [when it is called](Self#when-it-is-called). Must not block.
    fn emit(&self, spans: Spans<'_>);

    /// Called when all spans of an invocation were emitted, after its response was posted. Must not block.
    ///
    /// Not called for invocations that are not recorded. Default: does nothing.
    fn flush(&self) {}

    /// Returns work to await after the response was posted and before the next invocation, such as sending over a
    /// network.
    ///
    /// Called after [`flush`](Self::flush), and also after the response of an invocation that is not recorded, so that
    /// spans that closed after the last response need not wait for the next sampled invocation. The work is dropped
    /// 100 ms before the deadline of the invocation, or after 5 seconds if it has no deadline, with one warning. It is
    /// then up to the emitter to keep what it did not send for the next call, or to count it as [`lost`](Self::lost).
    /// The work of several emitters and of other utilities runs concurrently. Default: `None`.
    fn after_response(&self) -> Option<AfterResponse> {
        None
    }

    /// Called when the process ends, after the waiting spans of open invocations were emitted; by
    /// [`Tracer::shutdown`](crate::Tracer::shutdown).
    ///
    /// It may block for a moment, to send what is left: Lambda ends a process at most 500 ms after it has announced the end.
    /// Default: calls [`flush`](Self::flush).
    fn shutdown(&self) {
        self.flush();
    }

    /// Returns how many spans could not be delivered since the process started. Default: 0.
    fn lost(&self) -> u64 {
        0
    }

    /// Called after a SnapStart restore; reopen sockets here. Default: does nothing.
    fn after_restore(&self) {}
}

impl<E: Emitter> Emitter for Arc<E> {
    fn emit(&self, spans: Spans<'_>) {
        (**self).emit(spans);
    }

    fn flush(&self) {
        (**self).flush();
    }

    fn after_response(&self) -> Option<AfterResponse> {
        (**self).after_response()
    }

    fn shutdown(&self) {
        (**self).shutdown();
    }

    fn lost(&self) -> u64 {
        (**self).lost()
    }

    fn after_restore(&self) {
        (**self).after_restore();
    }
}
