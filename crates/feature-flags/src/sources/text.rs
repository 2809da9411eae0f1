//! `TextSource`, a document in memory.

use std::error::Error;
use std::sync::{Arc, PoisonError, RwLock};

use super::source::FlagSource;
use crate::{DocumentFormat, EvaluationContext};

/// A document in memory, for tests and for flags that are compiled in.
///
/// Clones share the text, so that a test can keep one and replace the document with [`set`](Self::set).
#[derive(Clone, Debug)]
pub struct TextSource {
    text: Arc<RwLock<Arc<str>>>,
    format: Option<DocumentFormat>,
}

impl TextSource {
    /// Creates a source with a document.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self {
            text: Arc::new(RwLock::new(text.into())),
            format: None,
        }
    }

    /// Sets the format of the document. Default: it is recognized, as [`FlagSource::format`] describes.
    #[must_use = "`format` returns the changed source"]
    pub fn format(mut self, format: DocumentFormat) -> Self {
        self.format = Some(format);
        self
    }

    /// Replaces the document.
    pub fn set(&self, text: impl Into<Arc<str>>) {
        *self.text.write().unwrap_or_else(PoisonError::into_inner) = text.into();
    }
}

impl FlagSource for TextSource {
    fn name(&self) -> &'static str {
        "the text"
    }

    fn format(&self) -> Option<DocumentFormat> {
        self.format
    }

    async fn read(&self, _context: &EvaluationContext) -> Result<Arc<str>, Box<dyn Error + Send + Sync>> {
        Ok(Arc::clone(&self.text.read().unwrap_or_else(PoisonError::into_inner)))
    }
}
