//! `FileSource`, a document in a file.

use std::error::Error;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::source::FlagSource;
use crate::{DocumentFormat, EvaluationContext};

/// A document in a file, for tests, local development, and flags that are deployed with the function.
///
/// The file is read again if its length or its time of modification has changed. Reading blocks the thread, so the file
/// should be on a local disk.
#[derive(Debug)]
pub struct FileSource {
    path: PathBuf,
    name: String,
    format: Option<DocumentFormat>,
    last: Mutex<Option<Read>>,
}

#[derive(Debug)]
struct Read {
    modified: Option<SystemTime>,
    length: u64,
    text: Arc<str>,
}

impl FileSource {
    /// Creates a source that reads the file at a path. Nothing is read yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self {
            name: format!("file {:?}", path.display().to_string()),
            path,
            format: None,
            last: Mutex::default(),
        }
    }

    /// Sets the format of the document. Default: it is recognized, as [`FlagSource::format`] describes.
    #[must_use = "`format` returns the changed source"]
    pub fn format(mut self, format: DocumentFormat) -> Self {
        self.format = Some(format);
        self
    }
}

impl FlagSource for FileSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn format(&self) -> Option<DocumentFormat> {
        self.format
    }

    async fn read(&self, _context: &EvaluationContext) -> Result<Arc<str>, Box<dyn Error + Send + Sync>> {
        let found = std::fs::metadata(&self.path)?;
        let (modified, length) = (found.modified().ok(), found.len());
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(read) = &*last
            && (read.modified, read.length) == (modified, length)
        {
            return Ok(Arc::clone(&read.text));
        }
        let text: Arc<str> = std::fs::read_to_string(&self.path)?.into();
        *last = Some(Read {
            modified,
            length,
            text: Arc::clone(&text),
        });
        Ok(text)
    }
}
