//! With any calls in any order, CloudWatch accepts every line, and no value is lost or repeated.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, UNIX_EPOCH};

use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_metrics::{Metrics, Resolution, Unit};
use proptest::prelude::*;

use crate::common::{self, builder, documents, emf, invoke};

/// A call on metrics.
#[derive(Clone, Debug)]
enum Call {
    Add(String, Unit, f64, Resolution),
    Many(String, u16),
    Dimension(String, String),
    Set(Vec<(String, String)>),
    Metadata(String, String),
    Timestamp(u64),
    Single(String, Option<String>, Vec<(String, String)>, f64),
    Flush,
    Shutdown,
}

impl Call {
    fn make(&self, metrics: &Metrics) {
        let pairs = |pairs: &'_ [(String, String)]| -> Vec<(String, String)> { pairs.to_vec() };
        match self {
            Self::Add(name, unit, value, resolution) => {
                metrics
                    .current()
                    .add_with_resolution(name.clone(), *unit, *value, *resolution);
            }
            Self::Many(name, count) => (0..*count).for_each(|number| {
                metrics.current().add(name.clone(), Unit::None, number);
            }),
            Self::Dimension(key, value) => metrics.current().add_dimension(key, value),
            Self::Set(set) => {
                let set: Vec<(&str, &str)> = set.iter().map(|(key, value)| (&**key, &**value)).collect();
                metrics.current().add_dimension_set(&set);
            }
            Self::Metadata(key, value) => metrics.current().add_metadata(key, value),
            Self::Timestamp(millis) => metrics
                .current()
                .set_timestamp(UNIX_EPOCH + Duration::from_millis(*millis)),
            Self::Single(name, namespace, dimensions, value) => {
                let mut single = metrics.current().single_metric(name.clone(), Unit::Count, *value);
                for (key, value) in pairs(dimensions) {
                    single = single.dimension(&key, &value);
                }
                if let Some(namespace) = namespace {
                    single = single.namespace(namespace);
                }
                single.emit();
            }
            Self::Flush => metrics.flush(),
            Self::Shutdown => metrics.shutdown(),
        }
    }
}

/// Texts for names, keys and values, which often repeat, so that they collide.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec!["a", "b", "c", "service", "stage"]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["", " ", "_aws", "level", "timestamp", ":a", "a\nb", "\"", "\\", "AWS/Lambda", "São Paulo"])
            .prop_map(str::to_owned),
        1 => any::<String>(),
        1 => "[a-zß]{1,300}",
    ]
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![4 => (0..1_000_i32).prop_map(f64::from), 1 => any::<f64>()]
}

fn pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec((text(), text()), 0..4)
}

fn call() -> impl Strategy<Value = Call> {
    let unit = prop::sample::select(Unit::ALL.to_vec());
    let resolution = prop_oneof![Just(Resolution::Standard), Just(Resolution::High)];
    prop_oneof![
        8 => (text(), unit, value(), resolution).prop_map(|(a, b, c, d)| Call::Add(a, b, c, d)),
        1 => (text(), 0..350_u16).prop_map(|(name, count)| Call::Many(name, count)),
        3 => (text(), text()).prop_map(|(key, value)| Call::Dimension(key, value)),
        2 => pairs().prop_map(Call::Set),
        2 => (text(), text()).prop_map(|(key, value)| Call::Metadata(key, value)),
        1 => any::<u64>().prop_map(|millis| Call::Timestamp(millis / 4)),
        2 => (text(), prop::option::of(text()), pairs(), value()).prop_map(|(a, b, c, d)| Call::Single(a, b, c, d)),
        1 => Just(Call::Flush),
        1 => Just(Call::Shutdown),
    ]
}

fn environment(filtered: bool) -> TestEnvironment {
    let environment = common::environment();
    if filtered {
        environment
            .var("AWS_LAMBDA_LOG_FORMAT", "JSON")
            .var("AWS_LAMBDA_LOG_LEVEL", "ERROR")
    } else {
        environment
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn cloudwatch_accepts_every_line(
        calls in prop::collection::vec(call(), 0..60),
        filtered in any::<bool>(),
        in_invocation in any::<bool>(),
    ) {
        let environment = environment(filtered);
        let metrics = builder(&environment).cold_start(false).default_dimension("stage", "prod").build();
        let make_all = || {
            for call in &calls {
                call.make(&metrics);
            }
        };
        if in_invocation {
            invoke(&metrics, make_all);
        } else {
            make_all();
        }
        metrics.shutdown();
        for document in documents(&environment) {
            prop_assert_eq!(document.get("level").is_some(), filtered);
            prop_assert_eq!(document.get("timestamp").is_some(), filtered);
            if let Some(level) = document.get("level") {
                prop_assert_eq!(level, "ERROR");
            }
        }
    }

    #[test]
    fn values_are_exactly_those_that_were_added(
        calls in prop::collection::vec(prop_oneof![
            6 => (0..160_u32, 0..1_000_i32, 1..40_usize),
            1 => (0..160_u32, 0..1_000_i32, 90..400_usize),
        ], 0..80),
        flushes in prop::collection::btree_set(0..80_usize, 0..4),
        dimensions in pairs(),
    ) {
        let environment = environment(false);
        let metrics = builder(&environment).cold_start(false).build();
        let mut expected: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        let mut needed = 0;
        invoke(&metrics, || {
            let mut open = Pending::default();
            for (number, (name, value, times)) in calls.iter().enumerate() {
                let name = format!("metric {name}");
                for (key, value) in &dimensions {
                    metrics.current().add_dimension(key, value);
                }
                for _ in 0..*times {
                    metrics.current().add(name.clone(), Unit::Count, *value);
                    open.add(&name, &mut needed);
                }
                expected.entry(name).or_default().extend(vec![f64::from(*value); *times]);
                if flushes.contains(&number) {
                    metrics.flush();
                    needed += open.take();
                }
            }
            needed += open.take();
        });
        let documents = documents(&environment);
        prop_assert_eq!(emf::values(&documents), expected);
        prop_assert_eq!(documents.len(), needed, "no more documents than are needed");
    }
}

/// The values that the next flush writes, by the limits of a document.
#[derive(Default)]
struct Pending(BTreeMap<String, usize>);

impl Pending {
    fn add(&mut self, name: &str, needed: &mut usize) {
        *self.0.entry(name.to_owned()).or_default() += 1;
        // This many are written immediately, so that memory stays bounded.
        if self.0.values().sum::<usize>() == 10_000 {
            *needed += self.take();
        }
    }

    /// Returns the minimum number of documents that they need.
    fn take(&mut self) -> usize {
        let slices: Vec<usize> = std::mem::take(&mut self.0)
            .into_values()
            .map(|values| values.div_ceil(100))
            .collect();
        let most = slices.iter().copied().max().unwrap_or(0);
        most.max(slices.iter().sum::<usize>().div_ceil(100))
    }
}

#[test]
fn the_texts_of_the_properties_do_collide() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let seen: BTreeSet<String> = (0..200)
        .map(|_| text().new_tree(&mut runner).unwrap().current())
        .collect();
    assert!(seen.contains("a") && seen.contains("_aws") && seen.len() > 20);
}
