//! `Terms`, the maximum age of a request.

use std::time::Duration;

use crate::Provider;
use crate::cache::Demand;
use crate::reader::Reader;

/// How old an answer to a request may be.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Terms {
    pub(super) max_age: Option<Duration>,
    pub(super) force: bool,
}

impl Terms {
    pub(super) fn of<P: Provider>(self, reader: &Reader<P>) -> Demand {
        Demand {
            ages: reader.ages(self.max_age),
            force: self.force,
        }
    }
}
