//! Tests that metrics and subsegments are sent after the response is posted, regardless of how the handler ends.

use std::time::Duration;

use runtime_api::Stdout;
use serde_json::Value;

use crate::common::{Function, check_answer};

#[test]
fn metrics_and_subsegments_wait_for_the_post_whatever_the_outcome() {
    let mut function = Function::start(&[], Stdout::Kept);
    for (number, kind) in ["ok", "error", "panic", "spawn", "panic_in_call", "undecodable"]
        .into_iter()
        .enumerate()
    {
        function.api.hold_acknowledgements();
        function.send(number, kind);
        let answers = function.answers(number + 1);
        check_answer(number, kind, answers.last().unwrap());
        // Posted, but not acknowledged: anything sent before the response has had time to arrive.
        std::thread::sleep(Duration::from_millis(150));
        let output = function.output();
        assert!(output.metrics_of(number).is_empty(), "{kind}: {:?}", output.metrics);
        assert_eq!(output.cold_starts, number.min(1), "{kind}");
        assert_eq!(output.subsegments_of(number), [Value::Null; 0], "{kind}");

        function.api.release_acknowledgements();
        let is_handled = kind != "panic_in_call" && kind != "undecodable";
        let output = function.settled(|output| {
            !output.subsegments_of(number).is_empty() && output.metrics_of(number).len() == usize::from(is_handled)
        });
        assert_eq!(output.metrics_of(number).len(), usize::from(is_handled), "{kind}");
        assert_eq!(output.cold_starts, 1, "{kind}");
        let subsegments = output.subsegments_of(number);
        let handler = subsegments.iter().find(|document| document["name"] == "## handler");
        assert!(handler.is_some(), "{kind}: {subsegments:?}");
        // The handler's subsegment ends when the handler ends, not when the response is posted.
        let handler = handler.unwrap();
        let took = handler["end_time"].as_f64().unwrap() - handler["start_time"].as_f64().unwrap();
        assert!(kind == "undecodable" || took < 0.15, "{kind}: {handler}");
    }
}
