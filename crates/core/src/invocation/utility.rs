//! When a utility acts in an invocation.

use std::time::Duration;

use lambda_runtime::LambdaInvocation;

use super::{AfterResponse, Fact, Invocation, Outcome};

/// Something that takes part in each invocation: the logger, the metrics, the tracer, or a utility that you write.
///
/// A utility is shared by all invocations. What it keeps of one invocation is its [`State`](Self::State): data only, made
/// when the utility joins the invocation and handed to each method. Core has the list of open invocations, watches their
/// deadlines and calls the methods; the state needs no way back to the utility.
///
/// Each method runs in the invocation's scope ([`Invocation::current`] finds it) and under `catch_unwind`: a panic is one
/// warning and stops neither another utility nor the handler. Everything before [`on_finish`](Self::on_finish) delays the
/// response, so it must be short and must not block; `on_finish` and [`after_response`](Self::after_response) delay only
/// the next invocation.
///
/// Utilities act in the order in which they joined, which is up to the user: one must not rely on another having acted.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// use powertools_lambda_core::{Environment, Invocation, InvocationLayer, Utility};
///
/// /// Counts the retries of an invocation and writes them after the response.
/// struct Retries(Environment);
///
/// impl Utility for Retries {
///     type State = AtomicU32;
///
///     fn state(&self, _: &Invocation) -> AtomicU32 {
///         AtomicU32::new(0)
///     }
///
///     fn on_finish(&self, _: &Invocation, retries: &AtomicU32) {
///         let line = format!("{{\"retries\":{}}}\n", retries.load(Ordering::Relaxed));
///         self.0.output().write_line(line.as_bytes());
///     }
/// }
///
/// /// Counts one retry of the current invocation; does nothing outside an invocation.
/// fn retried() {
///     Invocation::with(|_: &Arc<Retries>, retries| retries.fetch_add(1, Ordering::Relaxed));
/// }
///
/// let environment = Environment::process();
/// let layer = InvocationLayer::new(environment.clone()).with(&Arc::new(Retries(environment)));
/// // lambda_runtime::Runtime::new(handler).layer(layer).run().await
/// ```
pub trait Utility: Send + Sync + 'static {
    /// What the utility keeps of one invocation. Several threads may use it at once.
    type State: Send + Sync + 'static;

    /// Makes the state, when the utility joins an invocation.
    ///
    /// If two threads let the utility join at once, one of the two states is dropped.
    fn state(&self, invocation: &Invocation) -> Self::State;

    /// Called before the handler; `request` has the undecoded event.
    fn on_start(&self, invocation: &Invocation, state: &Self::State, request: &LambdaInvocation) {
        let _ = (invocation, state, request);
    }

    /// Called when the handler has ended, before its response is posted.
    ///
    /// Not called if the handler was not: its payload could not be decoded, or no handler layer is in use.
    fn on_outcome(&self, invocation: &Invocation, state: &Self::State, outcome: &Outcome) {
        let _ = (invocation, state, outcome);
    }

    /// Called with what another utility has to say; see [`Fact`].
    fn on_fact(&self, invocation: &Invocation, state: &Self::State, fact: &Fact<'_>) {
        let _ = (invocation, state, fact);
    }

    /// Returns how long before the deadline [`near_deadline`](Self::near_deadline) is to be called; asked once, when the
    /// utility joins.
    ///
    /// Default: `None`, never. A process in which no utility wants to know has no thread for it.
    fn lead_time(&self, state: &Self::State) -> Option<Duration> {
        let _ = state;
        None
    }

    /// Returns whether [`near_deadline`](Self::near_deadline) may block, as writing to standard output may.
    ///
    /// Those that do not block are called first, and those that do on a thread of their own, so that an output that nobody
    /// reads does not keep another utility's data. Default: true.
    fn may_block(&self) -> bool {
        true
    }

    /// Called when the invocation may soon be cut short: once when [`lead_time`](Self::lead_time) is left before the
    /// deadline, and at [`shutdown`](crate::InvocationLayer::shutdown). Writes what must not be lost.
    ///
    /// Called on another thread than the handler's, perhaps while another method runs. In an environment that was frozen
    /// meanwhile it is called late.
    fn near_deadline(&self, invocation: &Invocation, state: &Self::State) {
        let _ = (invocation, state);
    }

    /// Called after the response was posted, and also if the handler failed, panicked or was dropped.
    fn on_finish(&self, invocation: &Invocation, state: &Self::State) {
        let _ = (invocation, state);
    }

    /// Returns work to await after the response was posted and before the next invocation, such as sending over the
    /// network.
    ///
    /// Called after [`on_finish`](Self::on_finish), but not if the invocation was dropped. The work of all utilities runs
    /// at once. It is cancelled 100 ms before the deadline, or after 5 seconds if there is none, with one warning; its
    /// panic is one warning, too. Default: `None`, which costs no allocation.
    fn after_response(&self, invocation: &Invocation, state: &Self::State) -> Option<AfterResponse> {
        let _ = (invocation, state);
        None
    }

    /// Called at [`shutdown`](crate::InvocationLayer::shutdown), after the open invocations: writes what belongs to none.
    fn on_shutdown(&self) {}
}
