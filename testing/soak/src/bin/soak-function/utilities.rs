//! [`Utilities`], what a function makes once and shares.

use std::time::Duration;

use powertools_lambda::core::Environment;
use powertools_lambda::feature_flags::{FeatureFlags, ParameterSource};
use powertools_lambda::idempotency::Idempotency;
use powertools_lambda::parameters::Parameters;

use crate::clock::JumpingClock;
use crate::parameters::Fake;
use crate::records;
use crate::store::Client;

/// What a function makes once and shares.
pub(crate) struct Utilities {
    pub(crate) idempotency: Idempotency,
    pub(crate) environment: Environment,
    pub(crate) parameters: Parameters<Fake>,
    pub(crate) flags: FeatureFlags<ParameterSource<Fake>>,
    pub(crate) clock: JumpingClock,
    pub(crate) live_bytes: fn() -> usize,
}

impl Utilities {
    pub(crate) fn new(
        environment: &Environment,
        store: &Client,
        clock: JumpingClock,
        live_bytes: fn() -> usize,
    ) -> Self {
        let parameters = Parameters::builder(Fake(store.clone()))
            .environment(environment)
            .max_age(Duration::from_millis(50))
            .build();
        let idempotency = Idempotency::builder(records::Fake(store.clone()), "soak").environment(environment);
        let flags = FeatureFlags::from_parameter(&parameters, "flags");
        Self {
            idempotency: idempotency.build(),
            environment: environment.clone(),
            parameters,
            flags,
            clock,
            live_bytes,
        }
    }
}
