//! Emptied documents that are used again.

use std::sync::{Mutex, PoisonError};

use crate::document::Document;

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
