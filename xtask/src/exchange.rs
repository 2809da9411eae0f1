//! [`Exchange`]: a request with its answer.

use anyhow::{Result, ensure};

/// A request to an application, its purpose, and the answer.
pub(crate) struct Exchange {
    pub(crate) title: &'static str,
    /// The method, the path and the body.
    pub(crate) request: String,
    pub(crate) expected: u16,
    pub(crate) status: u16,
    pub(crate) answer: String,
}

impl Exchange {
    /// Fails if the status is not the expected one.
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
            "{title}: expected status {expected}, found {status}: {answer}"
        );
        Ok(())
    }
}
