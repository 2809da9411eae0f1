//! `SsmOptions`, and the methods of requests that set them.

use crate::Provider;
use crate::request::{Get, GetByNames, GetMultiple};

/// The options of a request to Parameter Store.
///
/// The methods of the requests set them, such as [`Get::decrypt`]. For
/// [`names_with`](GetByNames::names_with), change the fields; in a custom provider, start from `SsmOptions::default()`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SsmOptions {
    /// Whether a `SecureString` is decrypted. Default: `false`.
    pub decrypt: bool,
    /// Whether the paths below a path are read, too. Default: `false`.
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
