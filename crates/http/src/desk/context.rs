//! `invocation`, what the runtime would get for a request of the desk.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use lambda_runtime::{Config, Context, LambdaInvocation};

/// Returns an invocation with a new request id, without deadline and trace.
pub(super) fn invocation() -> LambdaInvocation {
    let mut context = Context::default();
    context.request_id = request_id();
    context.env_config = Arc::new(Config {
        function_name: "desk".to_owned(),
        ..Config::default()
    });
    LambdaInvocation {
        parts: http::Response::new(()).into_parts().0,
        body: Bytes::new(),
        context,
    }
}

/// Returns an id in the form of Lambda's.
fn request_id() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    // A `RandomState` has random keys.
    let (high, low) = (RandomState::new().hash_one(count), RandomState::new().hash_one(count));
    let digits = format!("{high:016x}{low:016x}");
    let parts = [
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..],
    ];
    parts.join("-")
}
