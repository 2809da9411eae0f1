//! `Cell`, the last valid version of a document.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};
use std::time::Duration;

use powertools_lambda_core::Clock;

use crate::document::Document;
use crate::{DocumentError, FlagsError};

/// The last valid version of a document, and the text that was read last.
#[derive(Debug, Default)]
pub(crate) struct Cell {
    state: RwLock<State>,
    /// Held while a new version is compiled.
    compiling: Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    text: Option<Arc<str>>,
    document: Option<Arc<Document>>,
    /// Why the text is not the text of the document.
    refused: Option<DocumentError>,
    /// The last failure of the source, and when it happened on the monotonic clock.
    failed: Option<(Duration, FlagsError)>,
}

/// The result of an update.
#[derive(Debug)]
pub(crate) enum Update {
    /// The document of the text, which was compiled by this update if it is new.
    Current { document: Arc<Document>, is_new: bool },
    /// The text is not valid, so the last valid document stays.
    Refused {
        last: Option<Arc<Document>>,
        error: DocumentError,
        is_new: bool,
    },
}

/// How long the source is not read after a failure.
const FAILURE_AGE: Duration = Duration::from_secs(1);

impl Cell {
    /// Returns the last valid document.
    pub(crate) fn document(&self) -> Option<Arc<Document>> {
        self.read(|state| state.document.clone())
    }

    /// Returns a failure so recent that the source is not read again yet.
    pub(crate) fn recent_failure(&self, clock: &Clock) -> Option<FlagsError> {
        self.read(|state| {
            let (at, error) = state.failed.as_ref()?;
            (clock.monotonic().saturating_sub(*at) < FAILURE_AGE).then(|| error.clone())
        })
    }

    /// Keeps a failure of the source.
    pub(crate) fn fail(&self, clock: &Clock, error: FlagsError) {
        let now = clock.monotonic();
        self.write(|state| state.failed = Some((now, error)));
    }

    /// Compares a text with the last one, and compiles it if it is new.
    ///
    /// While another thread compiles a new version, the last valid one is returned.
    pub(crate) fn update(
        &self,
        text: &Arc<str>,
        compile: impl FnOnce(&str) -> Result<Document, DocumentError>,
    ) -> Update {
        if let Some(update) = self.known(text) {
            return update;
        }
        let _compiling = match self.lock() {
            Ok(guard) => guard,
            Err(document) => {
                return Update::Current {
                    document,
                    is_new: false,
                };
            }
        };
        if let Some(update) = self.known(text) {
            return update;
        }
        let compiled = compile(text);
        self.write(|state| {
            state.text = Some(Arc::clone(text));
            state.failed = None;
            match compiled {
                Ok(document) => {
                    let document = Arc::new(document);
                    state.document = Some(Arc::clone(&document));
                    state.refused = None;
                    Update::Current { document, is_new: true }
                }
                Err(error) => {
                    state.refused = Some(error.clone());
                    let last = state.document.clone();
                    Update::Refused {
                        last,
                        error,
                        is_new: true,
                    }
                }
            }
        })
    }

    /// Returns the result for the last text, if `text` is the same.
    fn known(&self, text: &Arc<str>) -> Option<Update> {
        let (update, is_same_allocation) = self.read(|state| {
            let last = state.text.as_ref()?;
            let is_same_allocation = Arc::ptr_eq(last, text) && state.failed.is_none();
            if !is_same_allocation && last != text {
                return None;
            }
            let update = match (&state.refused, &state.document) {
                (Some(error), last) => Update::Refused {
                    last: last.clone(),
                    error: error.clone(),
                    is_new: false,
                },
                (None, Some(document)) => Update::Current {
                    document: Arc::clone(document),
                    is_new: false,
                },
                (None, None) => return None,
            };
            Some((update, is_same_allocation))
        })?;
        if !is_same_allocation {
            // Stored, so that the next comparison is one of pointers.
            self.write(|state| {
                state.text = Some(Arc::clone(text));
                state.failed = None;
            });
        }
        Some(update)
    }

    /// Waits for the right to compile, or returns the last valid document if another thread has it.
    fn lock(&self) -> Result<MutexGuard<'_, ()>, Arc<Document>> {
        match self.compiling.try_lock() {
            Ok(guard) => return Ok(guard),
            Err(TryLockError::Poisoned(poisoned)) => return Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => {}
        }
        match self.document() {
            Some(document) => Err(document),
            None => Ok(self.compiling.lock().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, write: impl FnOnce(&mut State) -> T) -> T {
        write(&mut self.state.write().unwrap_or_else(PoisonError::into_inner))
    }
}
