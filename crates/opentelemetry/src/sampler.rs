//! [`Sampler`], the decision that `OTEL_TRACES_SAMPLER` sets.

use powertools_lambda_core::{Environment, TraceId};

/// Decides whether a trace is recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sampler {
    /// Whether the decision of a parent, if there is one, is kept.
    parent_based: bool,
    root: Root,
}

/// The decision without a parent.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Root {
    On,
    Off,
    Ratio(f64),
}

impl Sampler {
    const DEFAULT: Self = Self {
        parent_based: true,
        root: Root::On,
    };

    /// Reads `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`.
    pub(crate) fn from_env(environment: &Environment) -> Self {
        let variables = environment.variables();
        let expected = "always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off or \
                        parentbased_traceidratio";
        let sampler = variables.parse_with("OTEL_TRACES_SAMPLER", expected, |text| {
            let name = text.to_ascii_lowercase();
            let rest = name.strip_prefix("parentbased_");
            let root = match rest.unwrap_or(&name) {
                "always_on" => Root::On,
                "always_off" => Root::Off,
                "traceidratio" => Root::Ratio(1.0),
                _ => return None,
            };
            Some(Self {
                parent_based: rest.is_some(),
                root,
            })
        });
        let mut sampler = sampler.unwrap_or(Self::DEFAULT);
        if let Root::Ratio(ratio) = &mut sampler.root {
            let given = variables.parse_with("OTEL_TRACES_SAMPLER_ARG", "a ratio from 0 to 1", |text| {
                text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio))
            });
            *ratio = given.unwrap_or(1.0);
        }
        sampler
    }

    /// Returns whether a trace is recorded; `parent` is the decision of its parent, if there is one that has decided.
    pub(crate) fn records(self, parent: Option<bool>, trace_id: &TraceId) -> bool {
        match (parent, self.root) {
            (Some(sampled), _) if self.parent_based => sampled,
            (_, Root::On) => true,
            (_, Root::Off) => false,
            (_, Root::Ratio(ratio)) => is_within(ratio, trace_id),
        }
    }
}

/// Compares the last 56 bits of the id, which are random in W3C's trace ids, so that all services decide alike.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)] // 56 bits of a ratio
fn is_within(ratio: f64, trace_id: &TraceId) -> bool {
    const SPAN: u64 = 1 << 56;
    let bits = u64::from_str_radix(&trace_id.as_str()[21..], 16).unwrap_or_default();
    bits >= SPAN - (ratio * SPAN as f64) as u64
}

#[cfg(test)]
mod tests {
    use powertools_lambda_core::test_util::TestEnvironment;

    use super::*;

    fn sampler(name: &str, argument: Option<&str>) -> Sampler {
        let environment = TestEnvironment::new().var("OTEL_TRACES_SAMPLER", name);
        let environment = match argument {
            Some(argument) => environment.var("OTEL_TRACES_SAMPLER_ARG", argument),
            None => environment,
        };
        let sampler = Sampler::from_env(environment.environment());
        assert!(environment.warnings().is_empty(), "{:?}", environment.warnings());
        sampler
    }

    #[test]
    fn each_sampler_decides_by_parent_or_root() {
        let (low, high) = (
            "1-5759e988-bd862e3fe100000000000000".parse().unwrap(),
            "1-5759e988-bd862e3fe1ffffffffffffff".parse().unwrap(),
        );
        // The decision: without a parent, with a sampled one, with one that is not sampled.
        for (name, argument, id, expected) in [
            ("always_on", None, &low, [true, true, true]),
            ("always_off", None, &low, [false, false, false]),
            ("parentbased_always_on", None, &low, [true, true, false]),
            ("PARENTBASED_ALWAYS_OFF", None, &low, [false, true, false]),
            ("traceidratio", None, &low, [true, true, true]),
            ("traceidratio", Some("0"), &high, [false, false, false]),
            ("traceidratio", Some("0.5"), &low, [false, false, false]),
            ("traceidratio", Some("0.5"), &high, [true, true, true]),
            ("parentbased_traceidratio", Some("0.5"), &low, [false, true, false]),
        ] {
            let sampler = sampler(name, argument);
            let decided = [None, Some(true), Some(false)].map(|parent| sampler.records(parent, id));
            assert_eq!(decided, expected, "{name} {argument:?}");
        }
    }

    #[test]
    fn an_invalid_variable_gives_the_default_and_one_warning() {
        let environment = TestEnvironment::new().var("OTEL_TRACES_SAMPLER", "sometimes");
        assert_eq!(Sampler::from_env(environment.environment()), Sampler::DEFAULT);
        assert_eq!(environment.warnings().len(), 1);
        for ratio in ["2", "-1", "NaN", "half"] {
            let environment = TestEnvironment::new()
                .var("OTEL_TRACES_SAMPLER", "traceidratio")
                .var("OTEL_TRACES_SAMPLER_ARG", ratio);
            let sampler = Sampler::from_env(environment.environment());
            assert_eq!(
                (sampler.root, environment.warnings().len()),
                (Root::Ratio(1.0), 1),
                "{ratio}"
            );
        }
    }
}
