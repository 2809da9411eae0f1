//! What an invocation gives its records.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use powertools_lambda_core::{Invocation, json};

use tokio::task::AbortHandle;

use crate::buffer::{Flushed, Waiting};
use crate::fields::Fields;
use crate::inner::Inner;

/// What the logger keeps in an invocation.
#[derive(Debug, Default)]
pub(crate) struct LogState {
    /// The Lambda context, written once.
    context: OnceLock<Fields>,
    appended: Mutex<Fields>,
    /// Whether there ever was an appended key, so that the mutex is left alone where there was none.
    has_appended: AtomicBool,
    /// Whether the handler's failure is in the logs already.
    failure_logged: AtomicBool,
    /// Whether DEBUG records are written.
    sampled: AtomicBool,
    /// Records that wait.
    waiting: Mutex<Waiting>,
    /// Whether records wait no more.
    buffer_closed: AtomicBool,
    /// The logger whose records wait, for whoever flushes them by hand.
    logger: OnceLock<Arc<Inner>>,
    /// The task that flushes before the deadline.
    timer: OnceLock<AbortHandle>,
}

impl LogState {
    /// Returns the state of `invocation`.
    pub(crate) fn of(invocation: &Invocation) -> &Self {
        invocation.get_or_insert_with(Self::default)
    }

    /// Returns the Lambda context's keys.
    pub(crate) fn context(&self, invocation: &Invocation) -> &Fields {
        self.context.get_or_init(|| context_fields(invocation))
    }

    /// Calls `f` with the appended keys; `f` must not run foreign code.
    pub(crate) fn with_appended<R>(&self, f: impl FnOnce(&mut Fields) -> R) -> R {
        self.has_appended.store(true, Ordering::Release);
        f(&mut self.appended.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Calls `f` with the appended keys where there are any; `f` must not run foreign code.
    pub(crate) fn read_appended<R>(&self, f: impl FnOnce(&Fields) -> R) -> Option<R> {
        self.has_appended
            .load(Ordering::Acquire)
            .then(|| f(&self.appended.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Notes that the handler's failure is in the logs; returns whether it was before.
    pub(crate) fn note_failure(&self) -> bool {
        self.failure_logged.swap(true, Ordering::AcqRel)
    }

    /// Returns whether the handler's failure is in the logs.
    pub(crate) fn is_failure_logged(&self) -> bool {
        self.failure_logged.load(Ordering::Acquire)
    }

    /// Lets DEBUG records be written.
    pub(crate) fn sample(&self) {
        self.sampled.store(true, Ordering::Release);
    }

    /// Returns whether DEBUG records are written.
    pub(crate) fn is_sampled(&self) -> bool {
        self.sampled.load(Ordering::Acquire)
    }

    /// Keeps a record back; returns whether it fits.
    pub(crate) fn wait(&self, line: &[u8], max_bytes: usize) -> bool {
        self.waiting().push(line, max_bytes)
    }

    /// Takes the records that wait.
    pub(crate) fn take_waiting(&self) -> Flushed {
        self.waiting().take()
    }

    /// Lets no further record wait.
    pub(crate) fn close_buffer(&self) {
        self.buffer_closed.store(true, Ordering::Release);
    }

    /// Returns whether records wait no more.
    pub(crate) fn is_buffer_closed(&self) -> bool {
        self.buffer_closed.load(Ordering::Acquire)
    }

    /// Keeps the logger whose records wait.
    pub(crate) fn keep_logger(&self, logger: &Arc<Inner>) {
        let _ = self.logger.set(Arc::clone(logger));
    }

    /// Returns the logger whose records wait.
    pub(crate) fn logger(&self) -> Option<&Arc<Inner>> {
        self.logger.get()
    }

    /// Keeps the task that flushes before the deadline, to end it with the invocation.
    pub(crate) fn keep_timer(&self, timer: AbortHandle) {
        if let Err(timer) = self.timer.set(timer) {
            timer.abort();
        }
    }

    /// Forgets the records that wait: they are not needed any more.
    pub(crate) fn finish(&self) {
        if let Some(timer) = self.timer.get() {
            timer.abort();
        }
        drop(self.take_waiting());
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn context_fields(invocation: &Invocation) -> Fields {
    // What the keys of nearly every function take.
    let mut fields = Fields::with_capacity(512, 8);
    let mut text = |key: &'static str, value: &str| fields.set(key, |buffer| json::write_str(buffer, value));
    let context = invocation.context();
    let config = &context.env_config;
    text("function_name", &config.function_name);
    text("function_arn", &context.invoked_function_arn);
    text("function_request_id", &context.request_id);
    if let Some(tenant) = &context.tenant_id {
        text("tenant_id", tenant);
    }
    if let Some(header) = invocation.trace_header() {
        text("xray_trace_id", header.root().as_str());
    }
    fields.set("function_memory_size", |buffer| {
        json::write_i64(buffer, i64::from(config.memory));
    });
    let cold: &[u8] = if invocation.is_cold_start() { b"true" } else { b"false" };
    fields.set("cold_start", |buffer| buffer.extend_from_slice(cold));
    fields
}
