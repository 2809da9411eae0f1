//! AWS Systems Manager Parameter Store: the store, its options, and writing parameters.

#[cfg(feature = "ssm")]
mod get;
#[cfg(feature = "ssm")]
mod get_by_names;
mod options;
#[cfg(feature = "ssm")]
mod set;
#[cfg(feature = "ssm")]
mod store;

pub use self::options::SsmOptions;
#[cfg(feature = "ssm")]
pub use self::set::SetParameter;
#[cfg(feature = "ssm")]
pub use self::store::{Ssm, SsmParameters};
