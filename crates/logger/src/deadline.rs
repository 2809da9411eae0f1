//! The flush before an invocation's deadline.

use std::sync::Arc;
use std::time::Duration;

use powertools_lambda_core::Invocation;
use tokio::runtime::Handle;

use crate::context::LogState;
use crate::inner::Inner;

/// Writes what waits in `invocation` when `left` is left before its deadline; from then on no record waits.
///
/// Nothing happens without a deadline, or outside a Tokio runtime.
pub(crate) fn flush_before(logger: &Arc<Inner>, invocation: &Invocation, left: Duration) {
    let (Some(remaining), Ok(runtime)) = (invocation.remaining_time(), Handle::try_current()) else {
        return;
    };
    let (logger, invocation) = (Arc::clone(logger), invocation.clone());
    let task = runtime.spawn({
        let invocation = invocation.clone();
        async move {
            tokio::time::sleep(remaining.saturating_sub(left)).await;
            LogState::of(&invocation).close_buffer();
            logger.flush(&invocation);
        }
    });
    LogState::of(&invocation).keep_timer(task.abort_handle());
}
