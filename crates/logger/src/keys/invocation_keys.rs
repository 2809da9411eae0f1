//! `InvocationKeys`, the keys that all records of an invocation have.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use powertools_lambda_core::{Invocation, json};

use super::bounds::add;
use crate::record::{Fields, pool};

/// The Lambda context, and the keys that were appended to the invocation.
///
/// They belong to the invocation, not to a logger: they can be appended before a logger takes part, and appear on the
/// records of every logger.
#[derive(Debug)]
pub(crate) struct InvocationKeys {
    /// The Lambda context.
    context: Fields,
    appended: Mutex<Fields>,
    /// Whether a key was ever appended; if not, records do not lock the mutex.
    has_appended: AtomicBool,
}

/// The key of the correlation id.
const CORRELATION_ID: &str = "correlation_id";

impl InvocationKeys {
    /// Returns the keys of `invocation`.
    #[inline]
    pub(crate) fn of(invocation: &Invocation) -> &Self {
        invocation.get_or_insert_with(|| Self {
            context: context_fields(invocation),
            appended: Mutex::default(),
            has_appended: AtomicBool::new(false),
        })
    }

    /// Returns the Lambda context's keys.
    pub(crate) fn context(&self) -> &Fields {
        &self.context
    }

    /// Appends the keys that fit within the limits.
    pub(crate) fn append(&self, keys: &Fields) {
        self.change(|appended| add(appended, keys));
    }

    /// Sets the correlation id to the JSON that `write` appends.
    pub(crate) fn set_correlation_id(&self, write: impl FnOnce(&mut Vec<u8>)) {
        self.change(|appended| appended.set(CORRELATION_ID, write));
    }

    /// Removes the correlation id.
    pub(crate) fn remove_correlation_id(&self) {
        self.change(|appended| appended.remove(CORRELATION_ID));
    }

    /// Returns the correlation id as JSON.
    pub(crate) fn correlation_id(&self) -> Option<Vec<u8>> {
        self.appended()?.value(CORRELATION_ID).map(<[u8]>::to_vec)
    }

    /// Calls `f` with the appended keys; `f` must not run foreign code.
    pub(crate) fn change<R>(&self, f: impl FnOnce(&mut Fields) -> R) -> R {
        self.has_appended.store(true, Ordering::Release);
        f(&mut self.appended.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the appended keys if there are any; while they are borrowed, no foreign code may run.
    pub(crate) fn appended(&self) -> Option<MutexGuard<'_, Fields>> {
        self.has_appended
            .load(Ordering::Acquire)
            .then(|| self.appended.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for InvocationKeys {
    fn drop(&mut self) {
        pool::put(std::mem::take(&mut self.context));
    }
}

fn context_fields(invocation: &Invocation) -> Fields {
    let mut fields = pool::take();
    let text =
        |fields: &mut Fields, key, value: &str| fields.add_standard(key, |buffer| json::write_str(buffer, value));
    let context = invocation.context();
    let config = &context.env_config;
    text(&mut fields, "function_name", &config.function_name);
    text(&mut fields, "function_arn", &context.invoked_function_arn);
    text(&mut fields, "function_request_id", &context.request_id);
    if let Some(tenant) = &context.tenant_id {
        text(&mut fields, "tenant_id", tenant);
    }
    if let Some(header) = invocation.trace_header() {
        fields.add_standard("xray_trace_id", |buffer| {
            buffer.push(b'"');
            buffer.extend_from_slice(header.root().as_bytes()); // digits, which need no escape
            buffer.push(b'"');
        });
    }
    fields.add_standard("function_memory_size", |buffer| {
        json::write_i64(buffer, i64::from(config.memory));
    });
    let cold: &[u8] = if invocation.is_cold_start() { b"true" } else { b"false" };
    fields.add_standard("cold_start", |buffer| buffer.extend_from_slice(cold));
    fields
}
