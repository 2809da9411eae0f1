//! AWS Secrets Manager: the store, its options, and writing secrets.

#[cfg(feature = "secrets")]
mod get;
#[cfg(feature = "secrets")]
mod get_by_names;
mod options;
#[cfg(feature = "secrets")]
mod set;
#[cfg(feature = "secrets")]
mod store;

pub use self::options::SecretsOptions;
#[cfg(feature = "secrets")]
pub use self::set::SetSecret;
#[cfg(feature = "secrets")]
pub use self::store::{SecretsManager, SecretsParameters};
