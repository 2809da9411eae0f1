//! `Pool`, empty documents that are reused.

use std::sync::{Mutex, PoisonError};

use crate::document::Document;

/// Empty documents that are reused.
#[derive(Default)]
#[allow(clippy::vec_box)] // a document is large, and passed on in its box
pub(crate) struct Pool(Mutex<Vec<Box<Document>>>);

/// The maximum number of documents kept: that of concurrent invocations in one environment.
const MAX_POOLED: usize = 64;

impl Pool {
    /// Returns an empty document.
    pub(crate) fn take(&self) -> Box<Document> {
        let pooled = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        pooled.unwrap_or_default()
    }

    /// Keeps an empty document.
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
