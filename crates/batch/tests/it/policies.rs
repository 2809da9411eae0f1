//! Full failure, failure actions, hooks and the back-off.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use lambda_runtime::Error;
use powertools_lambda_batch::sqs::{BackOff, SqsMessage};
use powertools_lambda_batch::{
    Batch, BatchSummary, FailureAction, FullFailurePolicy, Json, Record, RecordError, record_fn,
};
use powertools_lambda_core::test_util::TestEnvironment;

use crate::common::{fails_on_fail, fifo, kinesis, reported, sqs};

#[tokio::test]
async fn when_every_record_fails_the_error_carries_the_response() {
    let error = Batch::sqs(record_fn(fails_on_fail))
        .process(sqs(&["fail", "fail"]))
        .await
        .unwrap_err();
    let failure = error.full_batch_error().unwrap();
    assert_eq!(failure.records(), 2);
    assert_eq!(reported(failure.response()), ["m0", "m1"]);
    let errors: Vec<_> = failure.errors().map(|(id, error)| (id, error.to_string())).collect();
    assert_eq!(
        errors,
        [("m0", "told to fail".to_owned()), ("m1", "told to fail".to_owned())]
    );
    assert_eq!(reported(&error.into_response().unwrap()), ["m0", "m1"]);
}

#[tokio::test]
async fn records_that_were_never_started_count_as_failed() {
    let first_fails = [("a", "fail"), ("b", "ok"), ("b", "ok")];
    let error = Batch::sqs(record_fn(fails_on_fail))
        .process(fifo(&first_fails))
        .await
        .unwrap_err();
    assert_eq!(error.full_batch_error().unwrap().errors().count(), 1);
    assert_eq!(reported(&error.into_response().unwrap()), ["m0", "m1", "m2"]);
    let error = Batch::kinesis(record_fn(fails_on_fail))
        .process(kinesis(&first_fails))
        .await
        .unwrap_err();
    assert_eq!(reported(&error.into_response().unwrap()), ["100", "101", "102"]);
}

#[tokio::test]
async fn a_full_failure_may_be_a_report() {
    let batch = Batch::sqs(record_fn(fails_on_fail)).full_failure_policy(FullFailurePolicy::Report);
    assert_eq!(
        reported(&batch.process(sqs(&["fail", "fail"])).await.unwrap()),
        ["m0", "m1"]
    );
    assert_eq!(
        reported(&batch.process(fifo(&[("a", "fail"), ("b", "ok")])).await.unwrap()),
        ["m0", "m1"]
    );
}

#[derive(Debug, thiserror::Error)]
#[error("card declined")]
struct Declined;

async fn charge(Json(number): Json<u32>) -> Result<(), Error> {
    match number {
        1 => Ok(()),
        2 => Err(Declined.into()),
        _ => Err("no such number".into()),
    }
}

#[tokio::test]
async fn each_error_gets_the_action_for_its_type() {
    let dead = Arc::new(Mutex::new(Vec::new()));
    let letters = Arc::clone(&dead);
    let batch = Batch::sqs(record_fn(charge)).on_error(move |record, error| {
        if error.decode_error().is_some() {
            return FailureAction::Drop;
        }
        if error.downcast_ref::<Declined>().is_some() {
            let (letters, record) = (Arc::clone(&letters), record.clone());
            return FailureAction::forward(async move {
                tokio::task::yield_now().await;
                letters.lock().unwrap().push(record.id().into_owned());
                Ok::<_, Error>(())
            });
        }
        FailureAction::Retry
    });
    let response = batch.process(sqs(&["1", "poison", "2", "3"])).await.unwrap();
    assert_eq!(reported(&response), ["m3"]);
    assert_eq!(*dead.lock().unwrap(), ["m2"]);
    // Dropped records are done: a batch of nothing else succeeds.
    assert_eq!(
        reported(&batch.process(sqs(&["poison", "poison"])).await.unwrap()),
        [""; 0]
    );
    // The group of a dropped message continues.
    assert_eq!(
        reported(&batch.process(fifo(&[("a", "poison"), ("a", "1")])).await.unwrap()),
        [""; 0]
    );
}

#[tokio::test]
async fn a_record_is_retried_if_its_action_fails() {
    fn refuses(_: &Record<SqsMessage>, _: &RecordError) -> FailureAction {
        FailureAction::forward(async { Err("the dead-letter queue is full") })
    }
    fn panics_later(_: &Record<SqsMessage>, _: &RecordError) -> FailureAction {
        FailureAction::forward(async { panic!("while handing over") as Result<(), Error> })
    }
    fn panics(_: &Record<SqsMessage>, _: &RecordError) -> FailureAction {
        panic!("while deciding")
    }
    for decide in [refuses, panics_later, panics] {
        let environment = TestEnvironment::new();
        let batch = Batch::sqs(record_fn(fails_on_fail))
            .on_error(decide)
            .environment(&environment);
        assert_eq!(reported(&batch.process(sqs(&["ok", "fail"])).await.unwrap()), ["m1"]);
    }
}

#[tokio::test]
async fn hooks_run_for_every_record_and_for_the_batch() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = |told: &Arc<Mutex<Vec<String>>>| {
        let told = Arc::clone(told);
        move |text: String| told.lock().unwrap().push(text)
    };
    let (success, failure, finish) = (tell(&told), tell(&told), tell(&told));
    let batch = Batch::sqs(record_fn(fails_on_fail))
        .on_success(move |record| success(format!("{} succeeded", record.id())))
        .on_failure(move |record, error| failure(format!("{} failed: {error}", record.id())))
        .on_finish(move |summary| finish(format!("{summary:?}")));
    batch
        .process(fifo(&[("a", "ok"), ("a", "fail"), ("b", "ok")]))
        .await
        .unwrap();
    let mut summary = BatchSummary::default();
    (summary.records, summary.succeeded, summary.failed, summary.not_started) = (3, 1, 1, 1);
    assert_eq!(
        *told.lock().unwrap(),
        [
            "m0 succeeded".to_owned(),
            "m1 failed: told to fail".to_owned(),
            format!("{summary:?}")
        ]
    );
}

#[tokio::test]
async fn a_hook_that_panics_changes_nothing_and_is_one_warning() {
    let environment = TestEnvironment::new();
    let batch = Batch::sqs(record_fn(fails_on_fail))
        .environment(&environment)
        .on_success(|_| panic!("in a hook"))
        .on_failure(|_, _| panic!("in a hook"))
        .on_finish(|_| panic!("in a hook"));
    assert_eq!(
        reported(&batch.process(sqs(&["ok", "fail", "ok"])).await.unwrap()),
        ["m1"]
    );
    assert_eq!(
        environment.warnings(),
        ["on_success", "on_failure", "on_finish"].map(|hook| format!("{hook} of a batch panicked: in a hook"))
    );
}

type Then = fn() -> Result<(), Error>;

/// Records the messages it receives, then succeeds, fails or panics as configured.
struct Recorder {
    given: Arc<Mutex<Vec<String>>>,
    then: Then,
}

impl BackOff for Recorder {
    async fn back_off(&self, failed: Vec<Record<SqsMessage>>) -> Result<(), Error> {
        tokio::task::yield_now().await;
        self.given
            .lock()
            .unwrap()
            .extend(failed.iter().map(|message| message.id().into_owned()));
        (self.then)()
    }
}

#[tokio::test]
async fn a_back_off_receives_the_failed_records_and_never_changes_the_response() {
    let outcomes: [(Then, &[&str]); 3] = [
        (|| Ok(()), &[]),
        (
            || Err("throttled".into()),
            &["failed records will be delivered again without a back-off: throttled"],
        ),
        (
            || panic!("no queue"),
            &["failed records will be delivered again without a back-off: the back-off panicked: no queue"],
        ),
    ];
    for (then, warnings) in outcomes {
        let (environment, given) = (TestEnvironment::new(), Arc::default());
        let recorder = Recorder {
            given: Arc::clone(&given),
            then,
        };
        let batch = Batch::sqs(record_fn(fails_on_fail))
            .back_off(recorder)
            .environment(&environment);
        assert_eq!(reported(&batch.process(sqs(&["ok"])).await.unwrap()), [""; 0]);
        assert_eq!(*given.lock().unwrap(), [""; 0], "called without a failure");
        let response = batch
            .process(fifo(&[("a", "ok"), ("a", "fail"), ("a", "ok")]))
            .await
            .unwrap();
        assert_eq!(reported(&response), ["m1", "m2"]);
        assert_eq!(*given.lock().unwrap(), ["m1"], "what was not started did not fail");
        assert_eq!(environment.warnings(), warnings);
    }
}

#[tokio::test(start_paused = true)]
async fn a_back_off_does_not_outlast_the_deadline() {
    struct Hangs;
    impl BackOff for Hangs {
        async fn back_off(&self, _: Vec<Record<SqsMessage>>) -> Result<(), Error> {
            std::future::pending().await
        }
    }
    let environment = TestEnvironment::new();
    let mut event = sqs(&["ok", "fail"]);
    event.context.deadline = environment.clock().timestamp().as_millis() + 3_000;
    let batch = Batch::sqs(record_fn(fails_on_fail))
        .back_off(Hangs)
        .environment(&environment);
    let clock = environment.clock().clone();
    let time = async move {
        loop {
            tokio::time::sleep(Duration::from_millis(10)).await;
            clock.advance(Duration::from_millis(10));
        }
    };
    let response = tokio::select! {
        response = batch.process(event) => response.unwrap(),
        () = time => unreachable!(),
    };
    assert_eq!(reported(&response), ["m1"]);
    assert_eq!(
        environment.warnings(),
        ["failed records will be delivered again without a back-off: the deadline is near"]
    );
}
