//! The limits of CloudWatch, on every way to a document.

use lambda_runtime::LambdaInvocation;
use powertools_lambda_core::test_util::{TestEnvironment, context, request};
use powertools_lambda_metrics::{self as metrics, Metrics, MetricsBuilder, Unit};
use serde_json::{Value, json};
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;

use crate::common::{builder, documents, emf, environment, invoke, sets};

const TEXT: &str = "dimension \"city\" is left out: CloudWatch documents only ASCII characters for the key and the value of a \
                    dimension; use ASCII, add it as metadata, or have it written with \
                    `MetricsBuilder::non_ascii_dimensions`";

const WRITTEN: &str = "dimension \"city\" is written, as configured: CloudWatch documents only ASCII characters for the key \
                       and the value of a dimension; it may drop the dimensions of the document";

/// A way to give a document the dimension `city`.
struct Way {
    name: &'static str,
    configure: fn(MetricsBuilder) -> MetricsBuilder,
    act: fn(&Metrics),
}

const CITY: &str = "São Paulo";

fn ways() -> Vec<Way> {
    let as_it_is = |builder| builder;
    vec![
        Way {
            name: "dimension",
            configure: as_it_is,
            act: |metrics| metrics.current().add_dimension("city", CITY),
        },
        Way {
            name: "set",
            configure: as_it_is,
            act: |metrics| {
                metrics
                    .current()
                    .add_dimension_set(&[("region", "sa-east-1"), ("city", CITY)]);
            },
        },
        Way {
            name: "default",
            configure: |builder| builder.default_dimension("city", CITY),
            act: |_| (),
        },
        Way {
            name: "single metric",
            configure: as_it_is,
            act: |metrics| {
                let single = metrics.current().single_metric("OneOff", Unit::Count, 1);
                single.dimension("stage", "prod").dimension("city", CITY).emit();
            },
        },
        #[cfg(feature = "facade")]
        Way {
            name: "label",
            configure: as_it_is,
            act: |metrics| {
                metrics_rs::with_local_recorder(&metrics.recorder(), || {
                    metrics_rs::counter!("labelled", "stage" => "prod", "city" => CITY).increment(1);
                });
            },
        },
        #[cfg(feature = "metrique")]
        Way {
            name: "entry",
            configure: as_it_is,
            act: |metrics| {
                let sink = metrics.entry_sink().dimension("city").dimension("stage");
                entry::append(&sink);
            },
        },
        #[cfg(feature = "metrique")]
        Way {
            name: "entry's value",
            configure: as_it_is,
            act: |metrics| entry::append_with_dimensions(&metrics.entry_sink()),
        },
    ]
}

#[test]
fn a_dimension_that_is_not_ascii_is_left_out_with_one_warning_and_the_others_stay() {
    for Way { name, configure, act } in ways() {
        let environment = environment();
        let metrics = configure(builder(&environment).cold_start(false)).build();
        for _ in 0..2 {
            invoke(&metrics, || {
                metrics.current().add_dimension("tenant", "acme");
                metrics::add("Orders", Unit::Count, 1);
                act(&metrics);
            });
        }
        let documents = documents(&environment);
        assert!(
            documents.iter().all(|document| document.get("city").is_none()),
            "{name}: {documents:?}"
        );
        let orders = documents
            .iter()
            .find(|document| document.get("Orders").is_some())
            .unwrap();
        assert_eq!(orders["tenant"], "acme", "{name}");
        assert_eq!(orders["service"], "orders", "{name}");
        if documents.len() > 2 {
            assert!(
                documents.iter().any(|document| document["stage"] == "prod"),
                "{name}: {documents:?}"
            );
        }
        if name == "set" {
            assert_eq!(sets(orders), &json!([["tenant", "service"], ["region"]]));
        }
        assert_eq!(environment.warnings(), [TEXT], "{name}");
    }
}

#[test]
fn a_dimension_that_is_not_ascii_is_written_for_those_who_ask() {
    for Way { name, configure, act } in ways() {
        let environment = environment();
        let builder = builder(&environment).cold_start(false).non_ascii_dimensions(true);
        let metrics = configure(builder).build();
        for _ in 0..2 {
            invoke(&metrics, || {
                metrics::add("Orders", Unit::Count, 1);
                act(&metrics);
            });
        }
        let lines = environment.take_lines();
        let documents: Vec<Value> = lines.iter().map(|line| emf::check_format(line)).collect();
        let written = documents.iter().filter(|document| document["city"] == CITY);
        assert_eq!(written.count(), 2, "{name}: {documents:?}");
        assert_eq!(environment.warnings(), [WRITTEN], "{name}");
    }
}

#[test]
fn the_service_is_a_dimension_too() {
    let environment = environment();
    let metrics = builder(&environment).service("Käse").cold_start(false).build();
    invoke(&metrics, || metrics::add("Orders", Unit::Count, 1));
    assert_eq!(sets(&documents(&environment)[0]), &json!([[]]));
    let warnings = environment.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].starts_with("dimension \"service\" is left out"));
}

/// Returns the dimension `function_name` of the cold start, and the warnings.
fn cold_start_of(environment: &TestEnvironment, builder: MetricsBuilder) -> (Value, Vec<String>) {
    invoke(&builder.build(), || {});
    let document = emf::check_format(&environment.take_lines()[0]);
    (document["function_name"].clone(), environment.warnings())
}

#[test]
fn an_invalid_function_name_is_replaced_by_the_functions_own() {
    for name in ["Wörter", "", " ", "a\tb", &"n".repeat(1_025)] {
        let environment = environment();
        let (written, warnings) = cold_start_of(&environment, builder(&environment).function_name(name));
        assert_eq!(written, "order-fn", "{name:?}");
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        let expected = format!("invalid function name {name:?} is ignored");
        assert!(warnings[0].starts_with(&expected), "{warnings:?}");
    }
    let of_variable = environment().var("POWERTOOLS_METRICS_FUNCTION_NAME", "Wörter");
    let (written, warnings) = cold_start_of(&of_variable, builder(&of_variable));
    assert_eq!((written, warnings.len()), (json!("order-fn"), 1));
    let unicode = environment();
    let builder = builder(&unicode).non_ascii_dimensions(true).function_name("Wörter");
    assert_eq!(cold_start_of(&unicode, builder).0, "Wörter");
}

/// Returns the namespace that a metric is written to, and the warnings.
fn written_namespace(namespace: &str) -> (Value, Vec<String>) {
    let environment = TestEnvironment::new().var("POWERTOOLS_METRICS_NAMESPACE", namespace);
    let metrics = Metrics::builder().environment(&environment).cold_start(false).build();
    let service = service_fn(|_: LambdaInvocation| {
        metrics.current().add("Orders", Unit::Count, 1);
        std::future::ready(Ok::<_, lambda_runtime::Error>(()))
    });
    let invoked = metrics
        .invocation_layer()
        .layer(service)
        .oneshot(request(context(), ""));
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(invoked)
        .unwrap();
    let document = documents(&environment).remove(0);
    (
        document["_aws"]["CloudWatchMetrics"][0]["Namespace"].clone(),
        environment.warnings(),
    )
}

#[test]
fn a_namespace_is_checked_against_cloudwatchs_limits() {
    for good in [
        "Shop",
        "a.b-c_d/e#f:g h",
        "AWS",
        "MyAWS/Shop",
        "aws/shop",
        &"n".repeat(255),
    ] {
        assert_eq!(written_namespace(good), (json!(good), vec![]));
    }
    for unusual in ["Shop!", "Shop@1", "a+b"] {
        let (namespace, warnings) = written_namespace(unusual);
        assert_eq!(namespace, unusual);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(
            warnings[0].contains("does not list") && warnings[0].contains(unusual),
            "{warnings:?}"
        );
    }
    for bad in [
        "AWS/Lambda",
        "AWS/",
        ":Shop",
        "Käse",
        "a\tb",
        "a\u{7f}",
        &"n".repeat(256),
    ] {
        let (namespace, warnings) = written_namespace(bad);
        assert_eq!(namespace, "default_namespace", "{bad:?}");
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert!(warnings[0].contains("invalid metrics namespace"), "{warnings:?}");
    }
}

#[test]
fn each_invalid_namespace_is_a_warning() {
    let environment = environment();
    let metrics = builder(&environment).build();
    for namespace in ["AWS/Lambda", "AWS/EC2", "AWS/Lambda"] {
        metrics
            .current()
            .single_metric("OneOff", Unit::Count, 1)
            .namespace(namespace)
            .emit();
    }
    metrics.flush();
    assert_eq!(environment.warnings().len(), 2, "{:?}", environment.warnings());
    assert_eq!(environment.metrics().metric("OneOff").namespace(), "Shop");
}

#[test]
fn values_are_checked_against_cloudwatchs_range() {
    let largest = 2_f64.powi(360);
    let beyond = f64::from_bits(largest.to_bits() + 1);
    for (value, is_kept) in [
        (largest, true),
        (-largest, true),
        (f64::MIN_POSITIVE, true),
        (-0.0, true),
        (beyond, false),
        (-beyond, false),
        (f64::NAN, false),
        (f64::INFINITY, false),
        (f64::NEG_INFINITY, false),
    ] {
        let environment = environment();
        let metrics = builder(&environment).cold_start(false).build();
        invoke(&metrics, || metrics::add("Value", Unit::None, value));
        assert_eq!(documents(&environment).len(), usize::from(is_kept), "{value:e}");
        assert_eq!(environment.warnings().len(), usize::from(!is_kept), "{value:e}");
    }
}

#[cfg(feature = "metrique")]
mod entry {
    use metrique_writer_core::{AnyEntrySink, Entry, EntryWriter, Observation};
    use powertools_lambda_metrics::EntrySink;

    use super::CITY;

    struct Work;

    impl Entry for Work {
        fn write<'a>(&'a self, writer: &mut impl EntryWriter<'a>) {
            writer.value("city", CITY);
            writer.value("stage", "prod");
            writer.value("Done", &1_u64);
        }
    }

    pub(super) fn append(sink: &EntrySink) {
        sink.append_any(Work);
    }

    struct Labelled;

    impl metrique_writer_core::Value for Labelled {
        fn write(&self, writer: impl metrique_writer_core::ValueWriter) {
            writer.metric(
                [Observation::Unsigned(1)],
                metrique_writer_core::Unit::None,
                [("stage", "prod"), ("city", CITY)],
                metrique_writer_core::MetricFlags::empty(),
            );
        }
    }

    struct WithDimensions;

    impl Entry for WithDimensions {
        fn write<'a>(&'a self, writer: &mut impl EntryWriter<'a>) {
            writer.value("Done", &Labelled);
        }
    }

    pub(super) fn append_with_dimensions(sink: &EntrySink) {
        sink.append_any(WithDimensions);
    }
}
