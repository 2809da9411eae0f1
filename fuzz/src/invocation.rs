//! Invocations in memory.

use std::future::Future;

use lambda_runtime::{Context, Error, LambdaInvocation};
use powertools_lambda_core::InvocationLayer;
use powertools_lambda_core::test_util::request;
use tower::{Layer, ServiceExt, service_fn};

/// Runs a future on this thread.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}

/// Runs `handler` as an invocation with this event, and then what follows the response.
pub fn invoke(layer: &InvocationLayer, context: Context, event: &[u8], handler: impl FnOnce()) {
    let mut handler = Some(handler);
    let service = service_fn(move |_: LambdaInvocation| {
        if let Some(handler) = handler.take() {
            handler();
        }
        std::future::ready(Ok::<_, Error>(()))
    });
    let answer = block_on(layer.layer(service).oneshot(request(context, event.to_vec())));
    answer.expect("the layers fail nothing");
}
