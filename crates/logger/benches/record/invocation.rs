//! The invocation that records are written in.

use std::sync::Arc;

use lambda_runtime::{Config, Context};

pub(crate) const SERVICE: &str = "orders";
pub(crate) const FUNCTION: &str = "order-fn";
pub(crate) const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:order-fn";
pub(crate) const REQUEST_ID: &str = "52fdfc07-2182-154f-163f-5f0f9a621d72";
pub(crate) const TRACE: &str = "1-5759e988-bd862e3fe1be46a994272793";

pub(crate) fn context() -> Context {
    let mut context = Context::default();
    context.request_id = REQUEST_ID.to_owned();
    context.invoked_function_arn = ARN.to_owned();
    context.xray_trace_id = Some(format!("Root={TRACE};Parent=53995c3f42cd8ad8;Sampled=1"));
    context.env_config = Arc::new(Config {
        function_name: FUNCTION.to_owned(),
        memory: 128,
        ..Config::default()
    });
    context
}
