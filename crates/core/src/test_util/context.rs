//! A Lambda context and an undecoded invocation.

use std::sync::Arc;

use bytes::Bytes;
use lambda_runtime::{Config, Context, LambdaInvocation};

/// Returns the context of an invocation of `order-fn`, 128 MB, in `eu-west-1`, without a deadline or a trace.
pub fn context() -> Context {
    let mut context = Context::default();
    context.request_id = "52fdfc07-2182-154f-163f-5f0f9a621d72".to_owned();
    context.invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:order-fn".to_owned();
    context.env_config = Arc::new(Config {
        function_name: "order-fn".to_owned(),
        memory: 128,
        version: "$LATEST".to_owned(),
        log_stream: "2026/01/15/[$LATEST]0123456789abcdef".to_owned(),
        log_group: "/aws/lambda/order-fn".to_owned(),
    });
    context
}

/// Returns an invocation as the runtime hands it to its layers.
pub fn request(context: Context, body: impl Into<Bytes>) -> LambdaInvocation {
    let (parts, ()) = http::Response::new(()).into_parts();
    LambdaInvocation {
        parts,
        body: body.into(),
        context,
    }
}
