//! [`Status`], how far the work of a record is.

use std::fmt;

/// How far the work of a record is, with the words of Powertools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// `INPROGRESS`: an execution holds the lock, or held it until it was cut short.
    InProgress,
    /// `COMPLETED`: the answer is recorded.
    Completed,
}

impl Status {
    /// Returns the word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "INPROGRESS",
            Self::Completed => "COMPLETED",
        }
    }

    /// Returns the status for a word, or `None` for an unknown one.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::InProgress, Self::Completed]
            .into_iter()
            .find(|status| status.as_str() == word)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
