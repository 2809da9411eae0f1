//! Where finished spans go.

use std::sync::Arc;

use crate::SpanRecord;

/// Takes finished spans.
///
/// [`XRayDaemon`](crate::XRayDaemon) is the built-in one. An implementation must not block, because a span that closes
/// past the bounds of the queue or after the response was posted is handed over by the code that closed it; must not
/// open spans of its own; and reports its failures elsewhere than to its caller. A panic is caught. A test double keeps
/// what it needs of each record.
pub trait Emitter: Send + Sync + 'static {
    /// Takes one span.
    fn emit(&self, span: &SpanRecord);

    /// Acts when an invocation's spans were emitted, after its response was posted.
    fn flush(&self) {}

    /// Returns how many spans it could not hand on since the process began.
    fn lost(&self) -> u64 {
        0
    }

    /// Acts when the environment was restored from a snapshot: open sockets anew.
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
