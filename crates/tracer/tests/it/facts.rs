//! Facts that other utilities tell: annotations, and the HTTP request that the handler answers.

use powertools_lambda_core::test_util::{TestEnvironment, context};
use powertools_lambda_core::{Fact, HttpFacts, Invocation, Value};
use proptest::prelude::*;
use serde_json::json;

use crate::common::{self, Function, PARENT, ROOT, named, with_header};

fn tell(fact: &Fact<'_>) {
    Invocation::current().unwrap().tell(fact);
}

fn annotation<'a>(key: &'a str, value: impl Into<Value<'a>>) -> Fact<'a> {
    Fact::Annotation {
        key,
        value: value.into(),
    }
}

#[tokio::test]
async fn an_annotation_goes_to_the_current_span_or_the_handlers() {
    let function = Function::new();
    let documents = function
        .trace(async |_| {
            tell(&annotation("feature", "on"));
            tracing::info_span!("charge").in_scope(|| {
                tell(&annotation("items", 3));
                tell(&annotation("bad key!", true));
            });
            Ok(())
        })
        .await;
    assert_eq!(named(&documents, "## charge")["annotations"], json!({"items": 3}));
    assert_eq!(
        named(&documents, "## handler")["annotations"],
        json!({"ColdStart": true, "Service": "booking", "feature": "on"})
    );
    assert_eq!(
        function.environment.warnings(),
        [r#""bad key!" is left out of the trace: an annotation key must have 1 to 500 characters of A-Z a-z 0-9 _"#]
    );
}

#[tokio::test]
async fn the_request_is_shown_in_the_handlers_subsegment_and_nowhere_else() {
    let documents = Function::new()
        .trace(async |_| {
            let facts = HttpFacts::new("GET", "https://example.com/orders/7").route("/orders/{id}");
            tracing::info_span!("charge").in_scope(|| tell(&Fact::Http(facts)));
            Ok(())
        })
        .await;
    let handler = named(&documents, "## handler");
    assert_eq!(
        handler["http"],
        json!({"request": {"method": "GET", "url": "https://example.com/orders/7"}})
    );
    assert_eq!(handler["annotations"]["http_route"], "/orders/{id}");
    assert!(
        handler.get("namespace").is_none(),
        "it is not a call to another service"
    );
    let charge = named(&documents, "## charge");
    assert!(charge.get("http").is_none() && charge.get("annotations").is_none());
}

#[tokio::test]
async fn what_is_known_later_is_added() {
    let documents = Function::new()
        .trace(async |_| {
            let facts = HttpFacts::new("POST", "https://example.com/orders");
            tell(&Fact::Http(facts.clone().status(201).content_length(12)));
            tell(&Fact::Http(facts));
            Ok(())
        })
        .await;
    assert_eq!(
        documents[0]["http"],
        json!({
            "request": {"method": "POST", "url": "https://example.com/orders"},
            "response": {"status": 201, "content_length": 12},
        })
    );
    assert!(documents[0]["annotations"].get("http_route").is_none());
}

#[tokio::test]
async fn the_status_marks_the_handler_in_x_rays_terms() {
    let function = Function::new();
    for (status, flags) in [
        (200, [false, false, false]),
        (302, [false, false, false]),
        (404, [false, true, false]),
        (429, [false, true, true]),
        (500, [true, false, false]),
        (503, [true, false, false]),
    ] {
        let documents = function
            .trace(async |_| {
                tell(&Fact::Http(
                    HttpFacts::new("GET", "https://example.com/").status(status),
                ));
                Ok(())
            })
            .await;
        let found = ["fault", "error", "throttle"].map(|flag| documents[0].get(flag).is_some());
        assert_eq!(found, flags, "{status}");
        assert_eq!(documents[0]["http"]["response"]["status"], status);
        assert!(documents[0].get("cause").is_none());
    }
}

#[tokio::test]
async fn nothing_happens_without_a_trace_that_is_recorded_or_a_tracer() {
    let facts = || {
        tell(&annotation("bad key!", f64::NAN));
        tell(&Fact::Http(
            HttpFacts::new("GET", "https://example.com/").route("/").status(500),
        ));
    };
    let function = Function::new();
    let not_sampled = with_header(&format!("Root={ROOT};Parent={PARENT};Sampled=0"));
    for context in [not_sampled, context()] {
        function
            .invoke(context, async |_| {
                facts();
                Ok(())
            })
            .await;
    }
    assert!(function.daemon.documents().is_empty());
    assert!(function.environment.warnings().is_empty());

    let off = Function::with(TestEnvironment::new().var("POWERTOOLS_TRACE_DISABLED", "true"));
    let documents = off
        .trace(async |_| {
            facts();
            Ok(())
        })
        .await;
    assert!(documents.is_empty() && off.environment.warnings().is_empty());

    let environment = TestEnvironment::new();
    Invocation::new(common::sampled(), environment.environment()).in_scope(facts);
    assert!(environment.warnings().is_empty());
}

#[tokio::test]
async fn facts_that_no_other_utility_knows_are_ignored() {
    let documents = Function::new()
        .trace(async |_| {
            let value = Value::from("acme");
            tell(&Fact::Key { key: "tenant", value });
            tell(&Fact::Count {
                name: "Orders",
                value: 1.0,
            });
            Ok(())
        })
        .await;
    assert_eq!(
        documents[0]["annotations"],
        json!({"ColdStart": true, "Service": "booking"})
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn xray_accepts_the_document_of_any_request(
        method in ".{0,300}",
        url in ".{0,2000}",
        route in proptest::option::of(".{0,2000}"),
        status in proptest::option::of(any::<u16>()),
        content_length in proptest::option::of(any::<u64>()),
    ) {
        let mut facts = HttpFacts::new(&method, &url);
        facts.route = route.as_deref();
        facts.status = status;
        facts.content_length = content_length;
        let function = Function::new();
        let handler = async |_| {
            tell(&Fact::Http(facts.clone()));
            Ok(())
        };
        // The daemon checks the document against the schema.
        let documents = futures_util::FutureExt::now_or_never(function.trace(handler)).unwrap();
        prop_assert_eq!(documents.len(), 1);
        prop_assert!(function.environment.warnings().is_empty());
    }
}
