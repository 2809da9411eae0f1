//! A request with its answer.

use anyhow::{Result, ensure};

/// What was sent to an application, what it shows, and what came back.
pub(crate) struct Exchange {
    pub(crate) title: &'static str,
    /// The method, the path and the body.
    pub(crate) request: String,
    pub(crate) expected: u16,
    pub(crate) status: u16,
    pub(crate) answer: String,
}

impl Exchange {
    /// Fails where another status came than was expected.
    pub(crate) fn check(&self) -> Result<()> {
        let Self {
            title,
            expected,
            status,
            answer,
            ..
        } = self;
        ensure!(
            status == expected,
            "{title}: {expected} was expected, {status} came: {answer}"
        );
        Ok(())
    }
}
