//! [`Routes`], the routes that metrics name.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use powertools_lambda_core::Warnings;

/// The routes that metrics name: CloudWatch charges for each.
pub(crate) struct Routes {
    named: Mutex<BTreeSet<String>>,
    warnings: Warnings,
}

/// How many routes metrics name.
const MAX: usize = 64;

/// The name of all further routes.
const OTHER: &str = "other";

impl Routes {
    pub(crate) fn new(warnings: &Warnings) -> Self {
        Self {
            named: Mutex::default(),
            warnings: warnings.clone(),
        }
    }

    /// Returns the name of a route: its own for the first 64.
    pub(super) fn bounded<'a>(&self, route: &'a str) -> &'a str {
        {
            let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
            if named.contains(route) {
                return route;
            }
            if named.len() < MAX {
                named.insert(route.to_owned());
                return route;
            }
        }
        self.warnings.once(
            "routes",
            format_args!("more than {MAX} routes have metrics: the dimension of all further ones is \"{OTHER}\""),
        );
        OTHER
    }
}
