//! What all handles of some metrics share.

use std::sync::{Arc, Mutex, PoisonError};

use powertools_lambda_core::{Host, Invocation, Timestamp};

use crate::document::{Document, Value};
use crate::emf::{self, Frame};
use crate::members::{Member, Members};
use crate::problem::Problem;
use crate::state::{Joined, MetricsState};
use crate::store::Merge;
use crate::{Resolution, Unit};

/// Configuration, and the documents that are no invocation's.
pub(crate) struct Shared {
    pub(crate) host: Host,
    pub(crate) config: Config,
    /// What is added outside an invocation.
    process: Mutex<Document>,
    /// The documents of invocations that are not over.
    open: Mutex<Vec<Arc<Joined>>>,
    /// Emptied documents for later invocations.
    pool: Pool,
    /// Emptied documents for later one-off metrics: the names differ, so they have a pool of their own.
    pub(crate) single_pool: Pool,
}

#[allow(clippy::struct_excessive_bools)] // each is a switch of its own
pub(crate) struct Config {
    /// As a JSON string.
    pub(crate) namespace: Vec<u8>,
    pub(crate) namespace_is_default: bool,
    pub(crate) defaults: Members,
    /// The service, if there is one.
    pub(crate) service: Members,
    pub(crate) level: Option<&'static str>,
    pub(crate) disabled: bool,
    pub(crate) cold_start: bool,
    pub(crate) function_name: Option<String>,
    pub(crate) warn_on_empty: bool,
}

/// The namespace where none is configured.
pub(crate) const DEFAULT_NAMESPACE: &str = "default_namespace";

/// How far from now CloudWatch takes a timestamp.
const MAX_PAST_MILLIS: u64 = 14 * 24 * 60 * 60 * 1_000;
const MAX_FUTURE_MILLIS: u64 = 2 * 60 * 60 * 1_000;

impl Shared {
    pub(crate) fn new(host: Host, config: Config) -> Self {
        Self {
            host,
            config,
            process: Mutex::default(),
            open: Mutex::default(),
            pool: Pool::default(),
            single_pool: Pool::default(),
        }
    }

    /// Calls `add` with the current invocation's document, or with the process's.
    pub(crate) fn with_document(self: &Arc<Self>, add: impl FnOnce(&mut Document, &mut dyn FnMut(Problem))) {
        if self.config.disabled {
            return;
        }
        let mut add = Some(add);
        Invocation::with_current(|invocation| {
            let state = invocation.get::<MetricsState>()?;
            state.with(invocation, self, |joined| add.take().map(|add| joined.add(add)))
        });
        if let Some(add) = add {
            self.add_to_process(add);
        }
    }

    /// Adds to `document`; what is wrong with it is one warning.
    pub(crate) fn add(&self, document: &mut Document, add: impl FnOnce(&mut Document, &mut dyn FnMut(Problem))) {
        if self.config.disabled {
            return;
        }
        add(document, &mut |problem| self.warn(&problem));
        if document.is_full() {
            self.overflow(document);
        }
    }

    /// Adds a value, as [`add`](Self::add) does: for the hot path.
    #[allow(clippy::inline_always)] // measured: 40 instructions a value
    #[inline(always)]
    pub(crate) fn add_value(&self, document: &mut Document, value: &Value<'_>) {
        if self.config.disabled {
            return;
        }
        document.add(value, &mut |problem| self.warn(&problem));
        if document.is_full() {
            self.overflow(document);
        }
    }

    /// Writes a document that grew too large.
    #[cold]
    fn overflow(&self, document: &mut Document) {
        self.write(document);
        // Dimensions, metadata and timestamp stay: they are for what is still to come, too.
        document.clear_values();
    }

    /// Adds to the process's document.
    pub(crate) fn add_to_process(&self, add: impl FnOnce(&mut Document, &mut dyn FnMut(Problem))) {
        self.add(&mut self.process.lock().unwrap_or_else(PoisonError::into_inner), add);
    }

    /// Writes a document and empties it, unless there is nothing to write; returns whether there was.
    pub(crate) fn flush(&self, document: &mut Document) -> bool {
        if document.is_empty() {
            return false;
        }
        self.write(document);
        document.clear();
        true
    }

    pub(crate) fn flush_process_document(&self) -> bool {
        self.flush(&mut self.process.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes what is in any document, invocations that are not over included.
    pub(crate) fn flush_everything(&self) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for joined in open {
            joined.flush();
        }
        self.flush_process_document();
    }

    /// Returns what stands in every document, at this moment.
    pub(crate) fn frame(&self) -> Frame<'_> {
        Frame {
            namespace: &self.config.namespace,
            defaults: &self.config.defaults,
            service: self.service(),
            level: self.config.level,
            now: self.host.clock().timestamp(),
        }
    }

    pub(crate) fn service(&self) -> Option<&Member> {
        self.config.service.all().first()
    }

    /// Writes the cold start as a document of its own, with the function's name as a dimension.
    pub(crate) fn write_cold_start(&self, function_name: &str) {
        let mut document = Document::default();
        let function_name = self.config.function_name.as_deref().unwrap_or(function_name);
        self.add(&mut document, |document, report| {
            document.dimensions.set("function_name", function_name, report);
            let value = Value {
                name: &crate::MetricName::new("ColdStart"),
                unit: Unit::Count,
                resolution: Resolution::Standard,
                number: 1.0,
                merge: Merge::Append,
                labels: None,
            };
            document.add(&value, report);
        });
        if self.config.namespace_is_default {
            self.warn_about_namespace();
        }
        let no_defaults = Members::default();
        let frame = Frame {
            defaults: &no_defaults,
            ..self.frame()
        };
        self.write_framed(&mut document, &frame);
    }

    /// Begins a document for an invocation.
    pub(crate) fn open(self: &Arc<Self>) -> Arc<Joined> {
        let joined = Arc::new(Joined::new(Arc::clone(self), self.pool.take()));
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.push(Arc::clone(&joined));
        joined
    }

    /// Ends an invocation's document.
    pub(crate) fn close(&self, joined: &Joined, mut document: Box<Document>) {
        {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(at) = open.iter().position(|open| std::ptr::eq(&raw const **open, joined)) {
                open.swap_remove(at);
            }
        }
        if !self.flush(&mut document) && self.config.warn_on_empty && !self.config.disabled {
            self.host.warnings().once(
                "empty metrics",
                format_args!("an invocation ended without a metric; the cold start does not count"),
            );
        }
        document.clear();
        self.pool.put(document);
    }

    pub(crate) fn warn(&self, problem: &Problem) {
        self.host.warnings().once(&problem.key(), format_args!("{problem}"));
    }

    fn write(&self, document: &mut Document) {
        if self.config.namespace_is_default && document.values() > 0 {
            self.warn_about_namespace();
        }
        self.write_framed(document, &self.frame());
    }

    fn write_framed(&self, document: &mut Document, frame: &Frame<'_>) {
        if let Some(time) = document.timestamp {
            self.check_timestamp(time, frame.now);
        }
        emf::write(document, frame, &mut |problem| self.warn(&problem), &mut |line| {
            self.host.output().write_line(line);
        });
    }

    pub(crate) fn check_timestamp(&self, time: Timestamp, now: Timestamp) {
        let (time, now) = (time.as_millis(), now.as_millis());
        if now.saturating_sub(time) > MAX_PAST_MILLIS || time.saturating_sub(now) > MAX_FUTURE_MILLIS {
            self.warn(&Problem::Timestamp);
        }
    }

    pub(crate) fn warn_about_namespace(&self) {
        self.host.warnings().once(
            "namespace",
            format_args!(
                "no metrics namespace is configured: metrics go to {DEFAULT_NAMESPACE}; set \
                 POWERTOOLS_METRICS_NAMESPACE"
            ),
        );
    }
}

impl Drop for Shared {
    /// Nothing is lost: the last handle writes what is left.
    fn drop(&mut self) {
        self.flush_process_document();
    }
}

/// Emptied documents that are used again.
#[derive(Default)]
#[allow(clippy::vec_box)] // large, and handed on as it is
pub(crate) struct Pool(Mutex<Vec<Box<Document>>>);

/// How many emptied documents are kept: as many as Lambda runs invocations at once.
const MAX_POOLED: usize = 64;

impl Pool {
    /// Returns an empty document.
    pub(crate) fn take(&self) -> Box<Document> {
        let pooled = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        pooled.unwrap_or_default()
    }

    /// Keeps an emptied document.
    pub(crate) fn put(&self, document: Box<Document>) {
        let mut pool = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.len() < MAX_POOLED {
            pool.push(document);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_is_bounded() {
        let pool = Pool::default();
        (0..2 * MAX_POOLED).for_each(|_| pool.put(Box::default()));
        assert_eq!(pool.0.lock().unwrap().len(), MAX_POOLED);
    }
}
