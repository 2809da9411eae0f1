//! Which parent an invocation gets, and which links.

use lambda_runtime::Context;
use powertools_lambda_core::SegmentId;
use powertools_lambda_core::test_util::TestEnvironment;

use super::*;

const TRACEPARENT: &str = r#"{"headers":{"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}"#;
const W3C: (&str, &str) = ("1-0af76519-16cd43dd8448eb211c80319c", "b7ad6b7169203331");
const X_RAY: (&str, &str) = ("1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8");

fn extract(propagators: Option<&str>, sampled: &str, event: &str) -> Option<TraceStart> {
    let environment = TestEnvironment::new();
    let environment = match propagators {
        Some(propagators) => environment.var("OTEL_PROPAGATORS", propagators),
        None => environment,
    };
    let mut context = Context::default();
    context.request_id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned();
    context.xray_trace_id = Some(format!("Root={};Parent={}{sampled}", X_RAY.0, X_RAY.1));
    let invocation = Invocation::new(context, environment.environment());
    Propagation::from_env(environment.environment()).extract(&invocation, event.as_bytes())
}

fn parent_of(start: &TraceStart) -> (&str, Option<&str>) {
    (start.trace_id().as_str(), start.parent_id().map(SegmentId::as_str))
}

#[test]
fn the_order_of_the_propagators_decides_between_two_parents() {
    for (propagators, sampled, event, expected) in [
        (None, ";Sampled=1", "{}", X_RAY),
        (None, ";Sampled=1", TRACEPARENT, W3C),
        (None, ";Sampled=0", TRACEPARENT, W3C),
        (Some("tracecontext,xray"), ";Sampled=1", TRACEPARENT, W3C),
        (Some("xray,tracecontext"), ";Sampled=1", TRACEPARENT, X_RAY),
        (
            Some("xray-lambda, tracecontext, baggage"),
            ";Sampled=1",
            TRACEPARENT,
            X_RAY,
        ),
        (Some("xray"), ";Sampled=1", TRACEPARENT, X_RAY),
        (Some("baggage"), ";Sampled=1", TRACEPARENT, X_RAY),
        // If the variable is invalid, the default is used.
        (Some("b3"), ";Sampled=1", TRACEPARENT, W3C),
        (None, "", "{}", X_RAY),
        (None, ";Sampled=?", "{}", X_RAY),
    ] {
        let start = extract(propagators, sampled, event).unwrap();
        assert_eq!(
            parent_of(&start),
            (expected.0, Some(expected.1)),
            "{propagators:?} {sampled} {event}"
        );
        // The other one is a link.
        let others: Vec<_> = start
            .links()
            .iter()
            .map(|link| link.trace_id.as_str().to_owned())
            .collect();
        let other = if expected == W3C { X_RAY.0 } else { W3C.0 };
        let reads_both = event == TRACEPARENT && !matches!(propagators, Some("xray" | "baggage"));
        assert_eq!(
            others,
            if reads_both { vec![other.to_owned()] } else { Vec::new() },
            "{propagators:?}"
        );
    }
}

#[test]
fn with_tracing_off_the_header_is_a_link_unless_it_is_named() {
    let start = extract(None, ";Sampled=0", "{}").unwrap();
    let (trace_id, parent) = parent_of(&start);
    assert!(trace_id != X_RAY.0 && parent.is_none());
    assert_eq!(start.links()[0].id.as_str(), X_RAY.1);
    for propagators in ["xray", "tracecontext,xray"] {
        let start = extract(Some(propagators), ";Sampled=0", "{}").unwrap();
        assert!(!start.is_recorded() && parent_of(&start) == (X_RAY.0, Some(X_RAY.1)));
    }
}

#[test]
fn without_propagators_each_invocation_is_a_trace_without_links() {
    let start = extract(Some("none"), ";Sampled=1", TRACEPARENT).unwrap();
    assert_eq!((start.parent_id(), start.links().len()), (None, 0));
}

#[test]
fn a_caller_that_does_not_record_is_obeyed() {
    let event = TRACEPARENT.replace("-01\"", "-00\"");
    let start = extract(None, ";Sampled=1", &event).unwrap();
    assert!(!start.is_recorded() && parent_of(&start) == (W3C.0, Some(W3C.1)));
}

#[test]
fn new_ids_differ() {
    let ids: std::collections::HashSet<_> = (0..1_000)
        .map(|number| {
            let environment = TestEnvironment::new();
            let mut context = Context::default();
            context.request_id = number.to_string();
            let invocation = Invocation::new(context, environment.environment());
            let propagation = Propagation::from_env(environment.environment());
            propagation.new_id(&invocation).as_str().to_owned()
        })
        .collect();
    assert_eq!(ids.len(), 1_000);
}
