//! [`ColdStart`], the flag that the first invocation of an environment takes.

use std::sync::Arc;

use crate::Variables;
use crate::sync::atomic::{AtomicBool, Ordering};

/// A flag that marks the first invocation of an on-demand environment, and no other.
///
/// The whole process shares one flag: a flag per service would mean one per worker under concurrent invocations. It is
/// never set if Lambda initialised the environment ahead of the request, as `AWS_LAMBDA_INITIALIZATION_TYPE` reports
/// for provisioned concurrency, SnapStart and managed instances. Nothing sets it again.
#[derive(Clone, Debug)]
pub struct ColdStart(Arc<AtomicBool>);

impl ColdStart {
    /// The variable in which Lambda reports how the environment was initialised.
    pub const INITIALIZATION_TYPE: &str = "AWS_LAMBDA_INITIALIZATION_TYPE";

    /// Creates a flag from `AWS_LAMBDA_INITIALIZATION_TYPE`; an unset variable means `on-demand`.
    pub fn from_env(env: &Variables) -> Self {
        let on_demand = env
            .text(Self::INITIALIZATION_TYPE)
            .is_none_or(|kind| kind == "on-demand");
        Self(Arc::new(AtomicBool::new(on_demand)))
    }

    /// Clears the flag and returns whether it was set: true once, for the first call.
    pub fn take(&self) -> bool {
        // A plain load first, so that the cache line stays shared between workers after the first invocation.
        self.0.load(Ordering::Relaxed) && self.0.swap(false, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Warnings;

    fn cold_start(kind: Option<&'static str>) -> ColdStart {
        ColdStart::from_env(&Variables::from_lookup(
            move |name| {
                kind.filter(|_| name == ColdStart::INITIALIZATION_TYPE)
                    .map(String::from)
            },
            Warnings::process(),
        ))
    }

    #[test]
    fn only_the_first_invocation_is_cold_whatever_the_concurrency() {
        let flag = cold_start(Some("on-demand"));
        let cold: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| (0..100).filter(|_| flag.take()).count()))
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(cold, 1);
    }

    #[test]
    fn an_environment_initialised_ahead_of_the_request_is_never_cold() {
        assert!(cold_start(None).take());
        for kind in ["provisioned-concurrency", "snap-start", "lambda-managed-instances"] {
            assert!(!cold_start(Some(kind)).take(), "{kind}");
        }
    }
}
