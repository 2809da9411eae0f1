//! `Pool`, empty documents that are reused.

use std::sync::{Mutex, PoisonError};

use crate::document::Document;
use crate::limits::Charset;

/// Empty documents that are reused.
#[allow(clippy::vec_box)] // a document is large, and passed on in its box
pub(crate) struct Pool {
    documents: Mutex<Vec<Box<Document>>>,
    charset: Charset,
}

/// The maximum number of documents kept: that of concurrent invocations in one environment.
const MAX_POOLED: usize = 64;

impl Pool {
    /// Creates a pool of documents whose dimensions may have these characters.
    pub(crate) fn new(charset: Charset) -> Self {
        Self {
            documents: Mutex::default(),
            charset,
        }
    }

    /// Returns an empty document.
    pub(crate) fn take(&self) -> Box<Document> {
        let pooled = self.documents.lock().unwrap_or_else(PoisonError::into_inner).pop();
        pooled.unwrap_or_else(|| Box::new(Document::new(self.charset)))
    }

    /// Keeps an empty document.
    pub(crate) fn put(&self, document: Box<Document>) {
        let mut pool = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
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
        let pool = Pool::new(Charset::Ascii);
        (0..2 * MAX_POOLED).for_each(|_| pool.put(Box::default()));
        assert_eq!(pool.documents.lock().unwrap().len(), MAX_POOLED);
    }
}
