//! `SampleRate`, which selects the invocations that write DEBUG records.

use std::hash::{BuildHasher, RandomState};

use powertools_lambda_core::{Environment, Invocation};

/// The share of invocations whose DEBUG records are written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SampleRate {
    rate: f64,
    by_trace_id: bool,
}

/// 2^53, the number of values that a decision is made from; every integer up to it is exact in an `f64`.
const VALUES: f64 = 9_007_199_254_740_992.0;

impl SampleRate {
    /// Returns the rate set in code, or `POWERTOOLS_LOGGER_SAMPLE_RATE`; one outside 0 to 1 is ignored, with a warning.
    pub(crate) fn resolve(environment: &Environment, built: Option<f64>, by_trace_id: bool) -> Option<Self> {
        let is_rate = |rate: &f64| (0.0..=1.0).contains(rate);
        let rate =
            match built {
                Some(rate) => {
                    if !is_rate(&rate) {
                        environment.warnings().once(
                            "sample rate",
                            format_args!("the sample rate {rate} is not between 0 and 1: nothing is sampled"),
                        );
                    }
                    Some(rate).filter(is_rate)
                }
                None => environment.variables().parse_with(
                    "POWERTOOLS_LOGGER_SAMPLE_RATE",
                    "a number from 0 to 1",
                    |text| text.parse().ok().filter(is_rate),
                ),
            }?;
        Some(Self { rate, by_trace_id })
    }

    pub(crate) fn rate(self) -> f64 {
        self.rate
    }

    /// Returns whether this invocation writes its DEBUG records.
    ///
    /// The choice is random; or, if that is configured and there is a trace, made by the random part of the trace id,
    /// so that every function of a request decides alike, and a retry decides the same.
    pub(crate) fn takes(self, invocation: &Invocation) -> bool {
        let trace = invocation.trace_header().filter(|_| self.by_trace_id);
        let value = match trace.and_then(|header| low_bits(header.root().as_str())) {
            Some(bits) => bits,
            // Request ids are unique, so that environments restored from one snapshot differ, too.
            None => RandomState::new().hash_one(&invocation.context().request_id),
        };
        #[allow(clippy::cast_precision_loss)] // 53 bits are exact
        let value = (value >> 11) as f64;
        value < self.rate * VALUES
    }
}

/// Returns the last 64 bits of a trace id, which are random.
fn low_bits(trace_id: &str) -> Option<u64> {
    let start = trace_id.len().checked_sub(16)?;
    u64::from_str_radix(trace_id.get(start..)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use powertools_lambda_core::test_util::{TestEnvironment, context};

    use super::*;

    fn invocation(environment: &TestEnvironment, request: u32, trace: &str) -> Invocation {
        let mut context = context();
        context.request_id = format!("request-{request}");
        context.xray_trace_id = Some(format!("Root=1-5759e988-{trace};Sampled=1"));
        Invocation::new(context, environment.environment())
    }

    #[test]
    fn the_share_of_sampled_invocations_is_the_rate() {
        let environment = TestEnvironment::new();
        let rate = SampleRate::resolve(environment.environment(), Some(0.25), false).unwrap();
        let taken = (0..4_000)
            .filter(|request| rate.takes(&invocation(&environment, *request, "bd862e3fe1be46a994272793")))
            .count();
        // Seven standard deviations around 1,000.
        assert!((808..1_192).contains(&taken), "{taken} of 4,000");
    }

    #[test]
    fn one_means_always_and_zero_never() {
        let environment = TestEnvironment::new();
        for (rate, expected) in [(0.0, false), (1.0, true)] {
            for by_trace_id in [false, true] {
                let rate = SampleRate::resolve(environment.environment(), Some(rate), by_trace_id).unwrap();
                assert!((0..200).all(|request| {
                    rate.takes(&invocation(&environment, request, "bd862e3fffffffffffffffff")) == expected
                }));
            }
        }
    }

    #[test]
    fn the_trace_id_decides_if_that_is_configured() {
        let environment = TestEnvironment::new();
        let rate = SampleRate::resolve(environment.environment(), Some(0.5), true).unwrap();
        for request in 0..50 {
            assert!(rate.takes(&invocation(&environment, request, "bd862e3f0000000000000001")));
            assert!(!rate.takes(&invocation(&environment, request, "bd862e3fe000000000000001")));
        }
    }

    #[test]
    fn the_code_takes_precedence_over_the_variable_and_an_invalid_rate_is_none() {
        let environment = TestEnvironment::new().var("POWERTOOLS_LOGGER_SAMPLE_RATE", "0.5");
        let resolve = |built| SampleRate::resolve(environment.environment(), built, false).map(SampleRate::rate);
        assert_eq!(resolve(None), Some(0.5));
        assert_eq!(resolve(Some(0.1)), Some(0.1));
        assert_eq!(resolve(Some(f64::NAN)), None);
        assert_eq!(environment.warnings().len(), 1, "{:?}", environment.warnings());
        for text in ["2", "-1", "NaN", "half"] {
            let environment = TestEnvironment::new().var("POWERTOOLS_LOGGER_SAMPLE_RATE", text);
            assert_eq!(
                SampleRate::resolve(environment.environment(), None, false),
                None,
                "{text}"
            );
            assert_eq!(environment.warnings().len(), 1, "{text}");
        }
    }
}
