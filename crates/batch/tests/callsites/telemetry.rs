//! The span of each record: its id on every log record, and a subsegment in the trace.

use std::net::UdpSocket;

use lambda_runtime::{Error, LambdaEvent, LambdaInvocation};
use powertools_lambda_batch::{Batch, FailureAction, Json, record_fn};
use powertools_lambda_core::test_util::{TestEnvironment, context, request};
use powertools_lambda_logger::{HandlerLayer, Logger};
use powertools_lambda_tracer::Tracer;
use serde_json::Value;
use tower::{Layer, Service, ServiceExt};
use tracing::info;
use tracing_subscriber::layer::SubscriberExt;

use crate::common::{fifo, reported, sqs};

#[derive(Debug, thiserror::Error)]
#[error("card declined")]
struct Declined;

async fn charge(Json(number): Json<u32>) -> Result<(), Error> {
    info!(number, "charging");
    tokio::task::yield_now().await;
    if number == 2 { Err(Declined.into()) } else { Ok(()) }
}

/// Returns the log records of a run at this level.
async fn logged(level: &str, run: impl Future<Output = ()>) -> Vec<Value> {
    let environment = TestEnvironment::new().var("POWERTOOLS_LOG_LEVEL", level);
    let logger = Logger::builder().environment(&environment).build();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(logger.subscriber_layer()));
    run.await;
    environment
        .lines()
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn texts(records: &[Value]) -> Vec<(&str, &str)> {
    let text = |record: &'_ Value, key: &str| -> String { record[key].as_str().unwrap_or("-").to_owned() };
    records
        .iter()
        .map(|record| {
            let (id, message) = (text(record, "record_id"), text(record, "message"));
            (&*id.leak(), &*message.leak())
        })
        .collect()
}

#[tokio::test]
async fn every_record_logs_under_its_own_id_however_many_run_at_once() {
    let records = logged("INFO", async {
        let batch = Batch::sqs(record_fn(charge))
            .concurrency(3)
            .on_success(|_| info!("charged"));
        assert_eq!(
            reported(&batch.process(sqs(&["1", "2", "poison", "3"])).await.unwrap()),
            ["m1", "m2"]
        );
    })
    .await;
    let mut told = texts(&records);
    told.sort_unstable();
    let expected = [
        ("m0", "charged"),
        ("m0", "charging"),
        ("m1", "charging"),
        ("m1", "record failed"),
        ("m2", "record failed"),
        ("m3", "charged"),
        ("m3", "charging"),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_failure_is_logged_once_with_its_error_and_id_at_every_level() {
    let records = logged("ERROR", async {
        Batch::sqs(record_fn(charge)).process(sqs(&["1", "2"])).await.unwrap();
    })
    .await;
    assert_eq!(texts(&records), [("m1", "record failed")]);
    assert_eq!(records[0]["exception_name"], "Declined");
    assert_eq!(records[0]["exception"], "card declined");
}

#[tokio::test]
async fn dropped_and_unstarted_records_are_logged() {
    let records = logged("WARN", async {
        let batch = Batch::sqs(record_fn(charge)).on_error(|_, error| match error.decode_error() {
            Some(_) => FailureAction::Drop,
            None => FailureAction::Retry,
        });
        batch
            .process(fifo(&[("a", "x"), ("a", "2"), ("a", "3"), ("b", "4")]))
            .await
            .unwrap();
    })
    .await;
    let expected = [
        ("m0", "record failed and was dropped"),
        ("m1", "record failed"),
        ("-", "records were not started: another record failed"),
    ];
    assert_eq!(texts(&records), expected);
    assert_eq!(records[2]["not_started"], 2);
}

#[tokio::test]
async fn a_batch_that_failed_as_a_whole_is_recorded_with_its_message_and_first_error() {
    let environment = TestEnvironment::new();
    let logger = Logger::builder().environment(&environment).build();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(logger.subscriber_layer()));
    let handler = HandlerLayer::new().layer(Batch::sqs(record_fn(charge)));
    let runtime = tower::service_fn(|invocation: LambdaInvocation| {
        let answer = handler
            .clone()
            .oneshot(LambdaEvent::new(sqs(&["2"]).payload, invocation.context));
        async move {
            answer.await.unwrap_err();
            Ok::<(), Error>(())
        }
    });
    logger
        .invocation_layer()
        .layer(runtime)
        .oneshot(request(context(), "{}"))
        .await
        .unwrap();
    let lines = environment.lines();
    let failure: Value = serde_json::from_str(lines.last().unwrap()).unwrap();
    assert_eq!(failure["message"], "handler failed");
    assert_eq!(failure["exception_name"], "FullBatchError");
    assert_eq!(
        failure["exception"],
        "no record was processed: 1 of 1 failed, 0 were not started: card declined"
    );
}

#[tokio::test]
async fn every_record_is_a_subsegment_and_a_failed_one_a_fault() {
    let daemon = UdpSocket::bind("127.0.0.1:0").unwrap();
    daemon.set_nonblocking(true).unwrap();
    let environment = TestEnvironment::new()
        .var("LAMBDA_TASK_ROOT", "/var/task")
        .var("AWS_XRAY_DAEMON_ADDRESS", daemon.local_addr().unwrap().to_string());
    let tracer = Tracer::builder().environment(&environment).build();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(tracer.subscriber_layer()));
    let mut handler = HandlerLayer::new().layer(Batch::sqs(record_fn(charge)).concurrency(2));
    let runtime = tower::service_fn(move |invocation: LambdaInvocation| {
        let answer = handler.call(LambdaEvent::new(sqs(&["1", "2"]).payload, invocation.context));
        async move {
            answer.await.unwrap();
            Ok::<(), Error>(())
        }
    });
    let mut context = context();
    context.xray_trace_id =
        Some("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=557abcec3ee5a047;Sampled=1".to_owned());
    let service = tracer.invocation_layer().layer(runtime);
    service.oneshot(request(context, "{}")).await.unwrap();
    let mut buffer = vec![0; 65_536];
    let length = daemon.recv(&mut buffer).unwrap();
    let text = std::str::from_utf8(&buffer[..length]).unwrap();
    let handler: Value = serde_json::from_str(text.split_once('\n').unwrap().1).unwrap();
    assert_eq!(handler["name"], "## handler");
    let records = handler["subsegments"].as_array().unwrap();
    let of = |id: &str| {
        let mut records = records.iter();
        records.find(|record| record["annotations"]["record_id"] == id).unwrap()
    };
    for (id, fails) in [("m0", false), ("m1", true)] {
        assert_eq!(of(id)["name"], "## record");
        assert_eq!(of(id)["fault"] == true, fails, "{}", of(id));
    }
    assert_eq!(of("m1")["cause"]["exceptions"][0]["message"], "card declined");
}
