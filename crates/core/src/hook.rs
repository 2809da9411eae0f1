//! When a utility acts in an invocation.

use lambda_runtime::LambdaInvocation;

use crate::{Invocation, Outcome};

/// What a utility does at the start and at the end of an invocation.
///
/// Each method runs at most once per invocation, in the invocation's scope ([`Invocation::current`] finds it), and under
/// `catch_unwind`: a panic is a warning. Everything before [`on_finish`](Self::on_finish) delays the response, so it
/// must be short and must not block; `on_finish` delays only the next invocation.
///
/// Hooks of several utilities run in the order in which they joined, which is up to the user: a hook must not rely on
/// another's having run.
pub trait InvocationHook: Send + Sync + 'static {
    /// Acts before the handler is called; `request` has the undecoded event.
    fn on_start(&self, invocation: &Invocation, request: &LambdaInvocation) {
        let _ = (invocation, request);
    }

    /// Acts when the handler has ended, before its response is posted.
    ///
    /// Not called where the handler was not: its payload could not be decoded, or no handler layer is in use.
    fn on_outcome(&self, invocation: &Invocation, outcome: &Outcome) {
        let _ = (invocation, outcome);
    }

    /// Acts after the response was posted, and also when the handler failed, panicked or was dropped.
    fn on_finish(&self, invocation: &Invocation);
}
