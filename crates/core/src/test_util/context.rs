//! A Lambda context, and an invocation that is not decoded yet.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use lambda_runtime::{Config, Context, LambdaInvocation};

use super::clock::ManualClock;

/// Returns the context of an invocation of `order-fn`, 128 MB, in `eu-west-1`, without a deadline or a trace.
///
/// The tracer records nothing for it; see [`traced_context`].
pub fn context() -> Context {
    let mut context = Context::default();
    context.request_id = "52fdfc07-2182-154f-163f-5f0f9a621d72".to_owned();
    context.invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:order-fn".to_owned();
    context.env_config = Arc::clone(&CONFIG);
    context
}

/// Shared by all contexts, as the runtime shares its configuration between invocations.
static CONFIG: LazyLock<Arc<Config>> = LazyLock::new(|| {
    Arc::new(Config {
        function_name: "order-fn".to_owned(),
        memory: 128,
        version: "$LATEST".to_owned(),
        log_stream: "2026/01/15/[$LATEST]0123456789abcdef".to_owned(),
        log_group: "/aws/lambda/order-fn".to_owned(),
    })
});

/// Returns the context of [`context`] with a sampled trace, and with a deadline 30 s after the start of a [`ManualClock`].
///
/// The trace's header is `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`.
pub fn traced_context() -> Context {
    let mut context = context();
    context.xray_trace_id =
        Some("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1".to_owned());
    context.deadline = ManualClock::default().millis_after(Duration::from_secs(30));
    context
}

/// Returns an invocation as the runtime passes it to its layers.
pub fn request(context: Context, body: impl Into<Bytes>) -> LambdaInvocation {
    let (parts, ()) = http::Response::new(()).into_parts();
    LambdaInvocation {
        parts,
        body: body.into(),
        context,
    }
}
