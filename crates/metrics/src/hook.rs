//! What metrics do at the start and at the end of an invocation.

use std::sync::Arc;

use lambda_runtime::LambdaInvocation;
use powertools_lambda_core::{Invocation, InvocationHook};

use crate::metrics::Inner;
use crate::state::{Joined, MetricsState};

/// Gives each invocation a document, and writes it after the response was posted.
pub(crate) struct MetricsHook(pub(crate) Arc<Inner>);

impl InvocationHook for MetricsHook {
    fn on_start(&self, invocation: &Invocation, _: &LambdaInvocation) {
        MetricsState::join(invocation, &self.0);
    }

    fn on_finish(&self, invocation: &Invocation) {
        let metrics = &self.0;
        if invocation.is_cold_start() {
            metrics.write_cold_start(&invocation.context().env_config.function_name);
        }
        if let Some(state) = invocation.get::<MetricsState>() {
            state.of(metrics, Joined::finish);
        }
        metrics.write_process_document();
    }
}
