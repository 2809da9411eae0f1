//! What metrics do at the start and at the end of an invocation.

use std::sync::Arc;

use lambda_runtime::LambdaInvocation;
use powertools_lambda_core::{Invocation, InvocationHook};

use crate::shared::Shared;
use crate::state::MetricsState;

/// Gives each invocation a document, and writes it after the response was posted.
pub(crate) struct MetricsHook(pub(crate) Arc<Shared>);

impl InvocationHook for MetricsHook {
    fn on_start(&self, invocation: &Invocation, _: &LambdaInvocation) {
        MetricsState::join(invocation, &self.0);
    }

    fn on_finish(&self, invocation: &Invocation) {
        let Some(state) = invocation.get::<MetricsState>() else {
            return;
        };
        let config = &self.0.config;
        if invocation.is_cold_start() && config.cold_start && !config.disabled && state.take_cold_start() {
            self.0.write_cold_start(&invocation.context().env_config.function_name);
        }
        state.finish();
    }
}
