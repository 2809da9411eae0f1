//! [`Hooks`], a user's own utility, whose hooks panic if an event says so.

use lambda_runtime::LambdaInvocation;
use powertools_lambda::core::{Environment, Invocation, Outcome, Utility};
use soak::event::Hook;

/// Writes a line for each invocation that has ended.
pub(crate) struct Hooks(pub(crate) Environment);

/// The hook that panics.
pub(crate) struct State(std::sync::OnceLock<Hook>);

/// Where an event names the hook: it is the first field of the plan.
const PLACE: usize = 64;

impl Utility for Hooks {
    type State = State;

    fn state(&self, _: &Invocation) -> State {
        State(std::sync::OnceLock::new())
    }

    fn on_start(&self, _: &Invocation, state: &State, request: &LambdaInvocation) {
        let body = &request.body;
        let begin = String::from_utf8_lossy(&body[..body.len().min(PLACE)]);
        for (name, hook) in [
            ("start", Hook::Start),
            ("outcome", Hook::Outcome),
            ("finish", Hook::Finish),
        ] {
            if begin.contains(&format!(r#""hook":"{name}""#)) {
                let _ = state.0.set(hook);
            }
        }
        break_at(Hook::Start, state);
    }

    fn on_outcome(&self, _: &Invocation, state: &State, _: &Outcome) {
        break_at(Hook::Outcome, state);
    }

    fn on_finish(&self, invocation: &Invocation, state: &State) {
        let line = format!(
            "{{\"hook\":\"finish\",\"function_request_id\":\"{}\"}}\n",
            invocation.context().request_id
        );
        self.0.output().write_line(line.as_bytes());
        break_at(Hook::Finish, state);
    }
}

#[allow(clippy::panic)] // it is what is tested
fn break_at(hook: Hook, state: &State) {
    assert!(state.0.get() != Some(&hook), "a hook broke at {hook:?}");
}
