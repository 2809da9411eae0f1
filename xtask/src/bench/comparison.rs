//! [`Both`], the results of two trees.

use std::collections::BTreeMap;

/// The results of both trees, by the name of the bench and the path in it.
pub(crate) type Both = BTreeMap<String, Pair>;

/// The results of one path, if it exists: nanoseconds or instructions.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pair {
    pub(crate) there: Option<f64>,
    pub(crate) here: Option<f64>,
}

impl Pair {
    /// Returns here divided by there.
    pub(crate) fn ratio(self) -> Option<f64> {
        Some(self.here? / self.there?)
    }
}
