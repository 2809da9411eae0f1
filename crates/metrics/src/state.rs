//! Whose document a metric goes to.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use powertools_lambda_core::Invocation;

use crate::document::{Document, Value};
use crate::problem::Problem;
use crate::shared::Shared;

/// What metrics keep in an invocation: a document for each [`Metrics`](crate::Metrics) that is in use.
///
/// It is there where at least one of them has its layer in use; the others join when something is first added to them.
#[derive(Default)]
pub(crate) struct MetricsState {
    /// Nearly always the only one; read without a lock.
    first: OnceLock<Arc<Joined>>,
    others: Mutex<Vec<Arc<Joined>>>,
    cold_start_written: AtomicBool,
}

/// A document with those it belongs to.
pub(crate) struct Joined {
    shared: Arc<Shared>,
    /// `None` once it is flushed for good: what comes later goes to the process's document.
    document: Mutex<Option<Box<Document>>>,
}

impl MetricsState {
    /// Gives metrics whose layer is in use a document in the invocation.
    pub(crate) fn join(invocation: &Invocation, shared: &Arc<Shared>) {
        let state = invocation.get_or_insert_with(Self::default);
        if !state.first.get_or_init(|| shared.open()).is_of(shared) {
            state.with(invocation, shared, |_| Some(()));
        }
    }

    /// Returns the document of the free functions.
    pub(crate) fn first(&self) -> Option<&Arc<Joined>> {
        self.first.get()
    }

    /// Calls `f` with the document of these metrics, which join where they have not.
    ///
    /// `None` where the invocation is over.
    pub(crate) fn with<R>(
        &self,
        invocation: &Invocation,
        shared: &Arc<Shared>,
        f: impl FnOnce(&Joined) -> Option<R>,
    ) -> Option<R> {
        let first = self.first.get()?;
        if first.is_of(shared) {
            return f(first);
        }
        let other = {
            let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
            match others.iter().find(|other| other.is_of(shared)) {
                Some(other) => Arc::clone(other),
                // Looked at under the lock: what joins before the end is flushed at the end.
                None if invocation.is_finished() => return None,
                None => {
                    let other = shared.open();
                    others.push(Arc::clone(&other));
                    other
                }
            }
        };
        f(&other)
    }

    /// Writes all documents for good.
    pub(crate) fn finish(&self) {
        let others = self.others.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for joined in self.first.get().into_iter().chain(&others) {
            joined.finish();
            joined.shared.flush_process_document();
        }
    }

    /// Returns whether the cold start is still to be written, once.
    pub(crate) fn take_cold_start(&self) -> bool {
        !self.cold_start_written.swap(true, Ordering::Relaxed)
    }
}

impl Joined {
    pub(crate) fn new(shared: Arc<Shared>, document: Box<Document>) -> Self {
        Self {
            shared,
            document: Mutex::new(Some(document)),
        }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Adds to the document, or to the process's once this one was written for good.
    pub(crate) fn add(&self, add: impl FnOnce(&mut Document, &mut dyn FnMut(Problem))) {
        let mut document = self.document.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *document {
            Some(document) => self.shared.add(document, add),
            None => self.shared.add_to_process(add),
        }
    }

    /// Adds a value, as [`add`](Self::add) does: for the hot path.
    #[allow(clippy::inline_always)] // measured: 40 instructions a value
    #[inline(always)]
    pub(crate) fn add_value(&self, value: &Value<'_>) {
        let mut document = self.document.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *document {
            Some(document) => self.shared.add_value(document, value),
            None => self
                .shared
                .add_to_process(|document, report| document.add(value, report)),
        }
    }

    /// Writes what is in the document; returns whether there was something.
    pub(crate) fn flush(&self) -> bool {
        let mut document = self.document.lock().unwrap_or_else(PoisonError::into_inner);
        document.as_mut().is_some_and(|document| self.shared.flush(document))
    }

    fn is_of(&self, shared: &Arc<Shared>) -> bool {
        Arc::ptr_eq(&self.shared, shared)
    }

    /// Writes the document for good: from now on metrics go to the process's.
    fn finish(&self) {
        let taken = self.document.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(document) = taken {
            self.shared.close(self, document);
        }
    }
}
