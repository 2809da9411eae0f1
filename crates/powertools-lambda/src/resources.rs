//! `Resources`, the SnapStart resources that a user registered.

use std::fmt;
use std::sync::Arc;

use lambda_runtime::SnapStartResource;

/// The registered resources, in the order of their registration.
#[derive(Clone, Default)]
pub(crate) struct Resources(pub(crate) Vec<Arc<dyn SnapStartResource>>);

impl fmt::Debug for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Resources({})", self.0.len())
    }
}
