//! Tests that one, two or three outer layers behave the same in any order, and that every service suits concurrent runtimes.

use lambda_runtime::{Error, LambdaEvent, LambdaInvocation};
use powertools_lambda::Powertools;
use runtime_api::Stdout;
use tower::{Layer, Service, service_fn};

use crate::common::{Function, KINDS, check_answer, parent, request_id, root};

const INVOCATIONS: usize = 64;

#[test]
fn one_two_or_three_layers_in_any_order_behave_alike() {
    for layers in [
        "logger",
        "metrics",
        "tracer",
        "logger,metrics",
        "metrics,logger",
        "logger,tracer",
        "tracer,logger",
        "metrics,tracer",
        "tracer,metrics",
        "logger,metrics,tracer",
        "logger,tracer,metrics",
        "metrics,logger,tracer",
        "metrics,tracer,logger",
        "tracer,logger,metrics",
        "tracer,metrics,logger",
    ] {
        let mut function = Function::start(&[("LAYERS", layers), ("AWS_LAMBDA_MAX_CONCURRENCY", "4")], Stdout::Kept);
        for number in 0..INVOCATIONS {
            function.send(number, KINDS[number % KINDS.len()]);
        }
        for answer in function.answers(INVOCATIONS) {
            let number: usize = answer.request_id.strip_prefix("request-").unwrap().parse().unwrap();
            check_answer(number, KINDS[number % KINDS.len()], &answer);
        }
        // In three quarters of the kinds, the handler's code runs.
        let (counts, traces) = (layers.contains("metrics"), layers.contains("tracer"));
        let documents = if counts { INVOCATIONS * 3 / 4 } else { 0 };
        let expected = |yes: bool, count: usize| if yes { count } else { 0 };
        let output = function.settled(|output| {
            output.metrics.len() >= documents
                && output.subsegments.owners() >= expected(traces, INVOCATIONS)
                && output.own.iter().filter(|line| line["hook"] == "finish").count() >= INVOCATIONS
        });
        assert_eq!(output.metrics.len(), documents, "{layers}");
        assert_eq!(output.cold_starts, expected(counts, 1), "{layers}");
        assert_eq!(output.subsegments.owners(), expected(traces, INVOCATIONS), "{layers}");
        assert_eq!(output.records.owners(), INVOCATIONS, "{layers}");
        for record in output.records.iter() {
            let request = record["function_request_id"].as_str().unwrap();
            let number: usize = request.strip_prefix("request-").unwrap().parse().unwrap();
            assert_eq!(record["xray_trace_id"], root(number), "{layers}: {record}");
            assert!(
                record.get("claimed").is_none_or(|claimed| claimed == number),
                "{layers}: {record}"
            );
        }
        let mut subsegments = 0;
        for number in 0..INVOCATIONS {
            let of_trace = output.subsegments_of(number);
            subsegments += of_trace.len();
            for handler in of_trace.iter().filter(|document| document["name"] == "## handler") {
                assert_eq!(handler["parent_id"], parent(number), "{layers}: {handler}");
            }
        }
        assert_eq!(subsegments, output.subsegments.len(), "{layers}");
        for number in 0..INVOCATIONS {
            let request = request_id(number);
            let lines = output.own.of(&request);
            let finishes = lines.iter().filter(|line| line["hook"] == "finish").count();
            assert_eq!(finishes, 1, "{layers}: {request}");
        }
    }
}

/// The bounds of `Runtime::run_concurrent` on a service.
fn assert_concurrent<R, S>(_: &S)
where
    S: Service<R> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
}

#[test]
fn every_service_is_clone_and_send_with_a_send_future() {
    let powertools = Powertools::from_env();
    let runtime = service_fn(|_: LambdaInvocation| std::future::ready(Ok::<_, Error>(())));
    let handler = service_fn(|_: LambdaEvent<()>| std::future::ready(Ok::<_, Error>(())));
    assert_concurrent::<LambdaInvocation, _>(&powertools.invocation_layer().layer(runtime));
    assert_concurrent::<LambdaInvocation, _>(&powertools.logger().invocation_layer().layer(runtime));
    assert_concurrent::<LambdaInvocation, _>(&powertools.metrics().invocation_layer().layer(runtime));
    assert_concurrent::<LambdaInvocation, _>(&powertools.tracer().invocation_layer().layer(runtime));
    assert_concurrent::<LambdaEvent<()>, _>(&powertools.handler_layer().layer(handler));
}
