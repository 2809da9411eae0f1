//! Dimensions in documents.

use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_metrics::{self as metrics, Unit};
use serde_json::{Value, json};

use crate::common::{self, builder, documents, environment, invoke, sets};

#[test]
fn further_sets_follow_the_first_and_do_not_have_the_service() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    invoke(&metrics, || {
        metrics::add_dimension("tenant", "acme");
        metrics::add_dimension_set(&[("region", "eu-west-1")]);
        metrics::add_dimension_set(&[("region", "eu-west-1"), ("plan", "gold")]);
        metrics::add_dimension_set(&[("plan", "gold"), ("region", "eu-west-1")]);
        metrics::add_dimension_set(&[("service", "orders"), ("tenant", "acme")]);
        metrics::add("Orders", Unit::Count, 1);
    });
    let document = &documents(&environment)[0];
    assert_eq!(
        sets(document),
        &json!([["tenant", "service"], ["region"], ["region", "plan"]]),
        "a set that is there already is not repeated"
    );
    assert_eq!(
        (&document["region"], &document["plan"]),
        (&json!("eu-west-1"), &json!("gold"))
    );
    assert!(environment.warnings().is_empty(), "{:?}", environment.warnings());
}

#[test]
fn without_a_dimension_the_first_set_is_empty() {
    let environment = TestEnvironment::new().var("POWERTOOLS_METRICS_NAMESPACE", "Shop");
    let metrics = common::metrics(&environment);
    invoke(&metrics, || {
        metrics::add_dimension_set(&[("region", "eu-west-1"), ("", "blank"), ("blank", " ")]);
        metrics::add("Orders", Unit::Count, 1);
    });
    assert_eq!(sets(&documents(&environment)[0]), &json!([[], ["region"]]));
    assert_eq!(environment.warnings().len(), 2);
}

#[test]
fn default_dimensions_are_part_of_every_set_of_every_invocation() {
    let environment = environment();
    let metrics = builder(&environment)
        .cold_start(false)
        .default_dimension("stage", "prod")
        .default_dimension("cell", "7")
        .default_dimension("_aws", "refused")
        .build();
    for tenant in ["a", "b"] {
        invoke(&metrics, || {
            metrics::add_dimension("tenant", tenant);
            metrics::add_dimension_set(&[("plan", "gold")]);
            metrics::add("Orders", Unit::Count, 1);
        });
    }
    let documents = documents(&environment);
    assert_eq!(documents.len(), 2);
    for (document, tenant) in documents.iter().zip(["a", "b"]) {
        assert_eq!(
            sets(document),
            &json!([["stage", "cell", "tenant", "service"], ["stage", "cell", "plan"]])
        );
        assert_eq!(
            (&document["stage"], &document["tenant"]),
            (&json!("prod"), &json!(tenant))
        );
    }
    assert_eq!(environment.warnings().len(), 1);
}

#[test]
fn a_default_takes_another_value_for_one_document() {
    let environment = environment();
    let metrics = builder(&environment)
        .cold_start(false)
        .default_dimension("stage", "prod")
        .build();
    invoke(&metrics, || {
        metrics::add_dimension("stage", "canary");
        metrics::add_dimension("service", "returns");
        metrics::add("Orders", Unit::Count, 1);
        metrics::Metrics::flush(&metrics);
        metrics::add("Orders", Unit::Count, 1);
    });
    let documents = documents(&environment);
    let seen: Vec<(&Value, &Value, &Value)> = documents
        .iter()
        .map(|document| (sets(document), &document["stage"], &document["service"]))
        .collect();
    assert_eq!(
        seen,
        [
            (&json!([["stage", "service"]]), &json!("canary"), &json!("returns")),
            (&json!([["stage", "service"]]), &json!("prod"), &json!("orders"))
        ]
    );
}

#[test]
fn a_key_has_one_value_whatever_the_set() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    invoke(&metrics, || {
        metrics::add_dimension_set(&[("env", "test")]);
        metrics::add_dimension("env", "prod");
        metrics::add("Orders", Unit::Count, 1);
    });
    let document = &documents(&environment)[0];
    assert_eq!(
        (sets(document), &document["env"]),
        (&json!([["env", "service"], ["env"]]), &json!("prod"))
    );
    assert_eq!(environment.warnings().len(), 1);
}

#[test]
fn dimensions_beyond_thirty_form_another_set_and_nothing_is_lost() {
    for (own, expected) in [(29, &[30][..]), (30, &[30, 1]), (61, &[30, 30, 2])] {
        let environment = environment();
        let metrics = common::metrics(&environment);
        invoke(&metrics, || {
            for number in 0..own {
                metrics::add_dimension(&format!("d{number}"), "v");
            }
            metrics::add("Orders", Unit::Count, 1);
        });
        let documents = documents(&environment);
        assert_eq!(documents.len(), 1, "the values are not repeated");
        let lengths: Vec<usize> = sets(&documents[0])
            .as_array()
            .unwrap()
            .iter()
            .map(|set| set.as_array().unwrap().len())
            .collect();
        assert_eq!(lengths, expected);
        assert_eq!(
            environment.warnings().len(),
            usize::from(own > 29),
            "{:?}",
            environment.warnings()
        );
    }
}

#[test]
fn every_part_of_a_split_document_has_its_dimensions_metadata_and_timestamp() {
    let environment = environment();
    let metrics = builder(&environment)
        .cold_start(false)
        .default_dimension("stage", "prod")
        .build();
    invoke(&metrics, || {
        metrics::add_dimension("tenant", "acme");
        metrics::add_dimension_set(&[("plan", "gold")]);
        metrics::add_metadata("id", 7);
        metrics::set_timestamp(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_768_400_000));
        // Enough values to be written before the end; later ones have the dimensions, too.
        (0..10_150).for_each(|_| metrics::add("many", Unit::Count, 1));
    });
    let documents = documents(&environment);
    assert_eq!(documents.len(), 102);
    for document in &documents {
        assert_eq!(
            sets(document),
            &json!([["stage", "tenant", "service"], ["stage", "plan"]])
        );
        assert_eq!((&document["tenant"], &document["id"]), (&json!("acme"), &json!(7)));
        assert_eq!(document["_aws"]["Timestamp"], 1_768_400_000_000_u64);
    }
    assert_eq!(common::emf::values(&documents)["many"].len(), 10_150);
}
