//! What changes an answer of Parameter Store, and the words for it.

use crate::{Get, GetByNames, GetMultiple, Provider};

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
    /// Decrypts a `SecureString`; without it the text that is encrypted comes back.
    pub fn decrypt(self) -> Self {
        self.options(|options| options.decrypt = true)
    }

    /// Sets whether a `SecureString` is decrypted, against `POWERTOOLS_PARAMETERS_SSM_DECRYPT`.
    pub fn decrypted(self, decrypt: bool) -> Self {
        self.options(|options| options.decrypt = decrypt)
    }
}

impl<P: Provider<Options = SsmOptions>, D> GetMultiple<'_, P, D> {
    /// Decrypts every `SecureString`.
    pub fn decrypt(self) -> Self {
        self.options(|options| options.decrypt = true)
    }

    /// Reads the paths below the path too; their names come with a `/`.
    pub fn recursive(self) -> Self {
        self.options(|options| options.recursive = true)
    }
}

impl<'a, P: Provider<Options = SsmOptions>, D> GetByNames<'a, P, D> {
    /// Decrypts every `SecureString` among the names so far.
    pub fn decrypt(self) -> Self {
        self.options(|options| options.decrypt = true)
    }

    /// Adds names that are decrypted.
    pub fn and_decrypted(self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.names_with(|options| options.decrypt = true, names)
    }
}
