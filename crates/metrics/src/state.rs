//! Whose document a metric goes to.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use powertools_lambda_core::Invocation;

use crate::document::{Document, Problem};
use crate::metrics::Inner;

/// What metrics keep in an invocation: a document for each [`Metrics`](crate::Metrics) whose layer is in use.
#[derive(Default)]
pub(crate) struct MetricsState {
    /// Nearly always the only one; read without a lock.
    first: OnceLock<Joined>,
    others: Mutex<Vec<Arc<Joined>>>,
}

/// A document with those it belongs to.
pub(crate) struct Joined {
    pub(crate) metrics: Arc<Inner>,
    /// `None` once it is flushed: what comes later goes to the process's document.
    document: Mutex<Option<Document>>,
}

impl MetricsState {
    /// Gives `metrics` a document in the invocation.
    pub(crate) fn join(invocation: &Invocation, metrics: &Arc<Inner>) {
        let state = invocation.get_or_insert_with(Self::default);
        let joined = || Joined {
            metrics: Arc::clone(metrics),
            document: Mutex::new(Some(metrics.take_document())),
        };
        if state.first.get().is_none() && state.first.set(joined()).is_ok() {
            return;
        }
        if state.of(metrics, |_| ()).is_none() {
            let mut others = state.others.lock().unwrap_or_else(PoisonError::into_inner);
            others.push(Arc::new(joined()));
        }
    }

    /// Returns the document of the free functions.
    pub(crate) fn first(&self) -> Option<&Joined> {
        self.first.get()
    }

    /// Calls `f` with the document of `metrics`.
    pub(crate) fn of<R>(&self, metrics: &Arc<Inner>, f: impl FnOnce(&Joined) -> R) -> Option<R> {
        let first = self.first.get()?;
        if Arc::ptr_eq(&first.metrics, metrics) {
            return Some(f(first));
        }
        let other = {
            let others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
            others
                .iter()
                .find(|other| Arc::ptr_eq(&other.metrics, metrics))
                .cloned()
        };
        other.map(|other| f(&other))
    }
}

impl Joined {
    /// Adds to the document, or to the process's once this one was written for good.
    pub(crate) fn add(&self, add: impl FnOnce(&mut Document) -> Result<(), Problem>) {
        let mut document = self.document.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *document {
            Some(document) => self.metrics.add(document, add),
            None => self.metrics.add_to_process(add),
        }
    }

    /// Writes what is in the document.
    pub(crate) fn flush(&self) {
        if let Some(document) = &mut *self.document.lock().unwrap_or_else(PoisonError::into_inner) {
            self.metrics.write(document);
        }
    }

    /// Writes the document for good: from now on metrics go to the process's.
    pub(crate) fn finish(&self) {
        let taken = self.document.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut document) = taken {
            self.metrics.write(&mut document);
            self.metrics.put_document(document);
        }
    }
}
