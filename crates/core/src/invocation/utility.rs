//! [`Utility`], what a utility keeps in an invocation and when it acts.

use std::time::Duration;

use lambda_runtime::LambdaInvocation;

use super::{AfterResponse, Fact, Invocation, Outcome};

/// Something that takes part in each invocation: the logger, the metrics, the tracer, or a utility that you write.
///
/// One value of the type serves all invocations. What it needs to remember for one invocation is its
/// [`State`](Self::State): data only, created when the utility joins the invocation and passed to each method. The
/// state needs no reference to the utility, because core keeps the list of open invocations, watches their deadlines
/// and calls the methods:
///
/// ```text
/// state ─▶ on_start ─▶ (the handler runs) ─▶ on_outcome ─▶ (the response is posted) ─▶ on_finish ─▶ after_response
///             any time in between: on_fact                       once, lead_time before the deadline: near_deadline
/// ```
///
/// Every method but [`on_shutdown`](Self::on_shutdown) runs in the invocation's scope, so [`Invocation::current`]
/// returns the invocation. Every method runs under `catch_unwind`: a panic gives one warning and affects neither other
/// utilities nor the handler. Methods that are called before the response is posted delay it, so they must be short and
/// must not block; [`on_finish`](Self::on_finish) and [`after_response`](Self::after_response) delay only the next
/// invocation.
///
/// Utilities act in the order in which they joined. The user chooses that order, so a utility must not rely on it.
///
/// The [guide](crate::_guide) builds a complete utility, with work after the response and a free function.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// use powertools_lambda_core::{Environment, Invocation, InvocationLayer, Utility};
///
/// /// Counts the retries of an invocation and writes the number after the response.
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
/// // lambda_runtime::Runtime::new(handler).layer(layer).run_concurrent().await
/// # let _ = (layer, retried);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a utility",
    label = "does not implement `Utility`",
    note = "to add one of the toolkit's utilities, combine layers instead: `layer.and(&metrics.invocation_layer())`",
    note = "to write a utility, implement `powertools_lambda_core::Utility` for `{Self}`"
)]
pub trait Utility: Send + Sync + 'static {
    /// What the utility keeps for one invocation; several threads may use it concurrently.
    type State: Send + Sync + 'static;

    /// Creates the state when the utility joins an invocation.
    ///
    /// If two threads make the utility join concurrently, one of the two states is dropped.
    fn state(&self, invocation: &Invocation) -> Self::State;

    /// Called before the handler; the body of `request` is the undecoded event.
    fn on_start(&self, invocation: &Invocation, state: &Self::State, request: &LambdaInvocation) {
        let _ = (invocation, state, request);
    }

    /// Called when the handler has ended, before its response is posted.
    ///
    /// Not called if the handler did not run because its payload could not be decoded, if the invocation was dropped,
    /// or if no [`HandlerLayer`](crate::HandlerLayer) is in use.
    fn on_outcome(&self, invocation: &Invocation, state: &Self::State, outcome: &Outcome) {
        let _ = (invocation, state, outcome);
    }

    /// Called for each fact that another utility or the handler [tells](Invocation::tell) the invocation.
    fn on_fact(&self, invocation: &Invocation, state: &Self::State, fact: &Fact<'_>) {
        let _ = (invocation, state, fact);
    }

    /// Returns how long before the deadline to call [`near_deadline`](Self::near_deadline).
    ///
    /// Called once, when the utility joins. Default: `None`, which means never. If no utility returns a lead time, no
    /// thread is started to watch deadlines.
    fn lead_time(&self, state: &Self::State) -> Option<Duration> {
        let _ = state;
        None
    }

    /// Returns whether [`near_deadline`](Self::near_deadline) may block, as writing to standard output may.
    ///
    /// Utilities that do not block are called first. Those that may block are called on a separate thread, so that a
    /// stalled output does not delay other utilities. Default: true.
    fn may_block(&self) -> bool {
        true
    }

    /// Called when the invocation may soon be cut short, to write what must not be lost.
    ///
    /// Called once, when [`lead_time`](Self::lead_time) is left before the deadline, and at
    /// [`shutdown`](crate::InvocationLayer::shutdown). It runs on another thread than the handler, possibly while
    /// another method runs. If the environment was frozen in the meantime, it is called late.
    fn near_deadline(&self, invocation: &Invocation, state: &Self::State) {
        let _ = (invocation, state);
    }

    /// Called after the response was posted, whether the handler succeeded, failed, panicked or was dropped.
    fn on_finish(&self, invocation: &Invocation, state: &Self::State) {
        let _ = (invocation, state);
    }

    /// Returns work to await after the response was posted and before the next invocation, such as sending data.
    ///
    /// Called after [`on_finish`](Self::on_finish), but not if the invocation was dropped. The work of all utilities
    /// runs concurrently. It is cancelled 100 ms before the deadline, or after 5 seconds if there is no deadline, with
    /// one warning. A panic gives one warning, too. Default: `None`, which costs no allocation.
    fn after_response(&self, invocation: &Invocation, state: &Self::State) -> Option<AfterResponse> {
        let _ = (invocation, state);
        None
    }

    /// Called at [`shutdown`](crate::InvocationLayer::shutdown), to write what belongs to no invocation.
    ///
    /// It comes after the [`near_deadline`](Self::near_deadline) calls of the open invocations.
    fn on_shutdown(&self) {}
}
