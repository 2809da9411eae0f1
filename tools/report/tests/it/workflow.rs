//! Tests that a workflow's steps are shown as what its start led to.

#![allow(clippy::needless_pass_by_value)] // helpers of tests, like tests

use powertools_telemetry::Telemetry;
use report::Model;
use serde_json::{Value, json};

/// The workflow invokes functions one after the other, each with a link to the step that started it.
#[test]
fn the_steps_of_a_workflow_are_below_its_start_and_are_not_deliveries_that_repeat() {
    let handler = |service: &str| json!({"annotations": {"ColdStart": false, "Service": service}});
    let step = |service: &str| {
        let mut step = handler(service);
        step["links"] = json!([{"trace_id": "t1", "id": "b"}]);
        step
    };
    let start = json!({"namespace": "aws", "aws": {"operation": "StartExecution",
        "state_machine_arn": "arn:aws:states:us-east-1:1:stateMachine:saga"}});
    let mut telemetry = Telemetry::default();
    for text in [
        document("t1", "a", Some("z"), "## handler", handler("api")),
        document("t1", "b", Some("a"), "## start", json!({})),
        document("t1", "c", Some("b"), "SFN", start),
        document("t2", "d", Some("y"), "## handler", step("reservation")),
        document("t3", "e", Some("x"), "## handler", step("payment")),
        document("t4", "f", Some("w"), "## handler", step("reservation")),
    ] {
        telemetry.add_documents(&text);
    }
    let model = Model::of(telemetry);
    let flow = &model.flows[0];
    assert_eq!((flow.sends, flow.failed, flow.unseen, flow.again), (1, 0, 0, 0));
    let invoked = model
        .edges
        .iter()
        .filter(|edge| edge.handed_over && model.nodes[edge.from].name.starts_with("SFN"));
    assert_eq!(invoked.count(), 2, "both functions are called by the workflow");
}

/// Returns a document of trace `trace` that took a second.
fn document(trace: &str, id: &str, parent: Option<&str>, name: &str, more: Value) -> String {
    let mut document = json!({"name": name, "id": id, "trace_id": trace, "start_time": 1.0, "end_time": 2.0});
    if let Some(parent) = parent {
        document["parent_id"] = parent.into();
        document["type"] = "subsegment".into();
    }
    document
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    document.to_string()
}
