//! What changes an answer of Parameter Store, and the words for it.

use crate::Provider;
use crate::request::{Get, GetByNames, GetMultiple};

/// What changes an answer of Parameter Store beside the name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SsmOptions {
    /// Whether encrypted parameters (`SecureString`) come decrypted.
    pub decrypt: bool,
    /// Whether a path's own paths are read too.
    pub recursive: bool,
}

impl<P: Provider<Options = SsmOptions>, D> Get<'_, P, D> {
    /// Sets whether a `SecureString` is decrypted; if it is not, its encrypted text is returned.
    ///
    /// Default: `POWERTOOLS_PARAMETERS_SSM_DECRYPT`, or `false`.
    pub fn decrypt(self, decrypt: bool) -> Self {
        self.options(|options| options.decrypt = decrypt)
    }
}

impl<P: Provider<Options = SsmOptions>, D> GetMultiple<'_, P, D> {
    /// Sets whether each `SecureString` is decrypted.
    ///
    /// Default: `POWERTOOLS_PARAMETERS_SSM_DECRYPT`, or `false`.
    pub fn decrypt(self, decrypt: bool) -> Self {
        self.options(|options| options.decrypt = decrypt)
    }

    /// Sets whether the paths below the path are read, too; their names contain a `/`. Default: `false`.
    pub fn recursive(self, recursive: bool) -> Self {
        self.options(|options| options.recursive = recursive)
    }
}

impl<P: Provider<Options = SsmOptions>, D> GetByNames<'_, P, D> {
    /// Sets whether each `SecureString` among the names added so far is decrypted.
    ///
    /// For some names only, add them with [`names_with`](GetByNames::names_with). Default:
    /// `POWERTOOLS_PARAMETERS_SSM_DECRYPT`, or `false`.
    pub fn decrypt(self, decrypt: bool) -> Self {
        self.options(|options| options.decrypt = decrypt)
    }
}
