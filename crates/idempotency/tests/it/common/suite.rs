//! The tests that every store passes; `tests/local_dynamodb.rs` runs them against DynamoDB.

use std::sync::Arc;
use std::time::Duration;

use powertools_lambda_core::Environment;
use powertools_lambda_core::test_util::{ManualClock, TestEnvironment};
use powertools_lambda_idempotency::{
    Begin, Claim, Complete, Completion, Idempotency, IdempotencyError, Record, Release, Status, Store, StoreFuture,
    Token,
};

/// A store that is shared by the handles of a test.
#[derive(Clone)]
pub(crate) struct Shared(pub(crate) Arc<dyn Store>);

impl Store for Shared {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn begin<'a>(&'a self, claim: &'a Claim<'a>) -> StoreFuture<'a, Begin> {
        self.0.begin(claim)
    }

    fn complete<'a>(&'a self, completion: &'a Completion<'a>) -> StoreFuture<'a, Complete> {
        self.0.complete(completion)
    }

    fn release<'a>(&'a self, key: &'a str, token: &'a Token) -> StoreFuture<'a, Release> {
        self.0.release(key, token)
    }

    fn withdraw<'a>(&'a self, key: &'a str, token: &'a Token) -> StoreFuture<'a, Release> {
        self.0.withdraw(key, token)
    }
}

/// Keeps the record that a call found, and the token of the claim.
#[derive(Clone)]
struct Seen(Shared, Arc<std::sync::Mutex<Vec<Step>>>);

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Begin(Begin),
    Complete(Complete),
    Release(Release),
}

impl Store for Seen {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn begin<'a>(&'a self, claim: &'a Claim<'a>) -> StoreFuture<'a, Begin> {
        Box::pin(async move {
            let begin = self.0.begin(claim).await?;
            self.1.lock().unwrap().push(Step::Begin(begin.clone()));
            Ok(begin)
        })
    }

    fn complete<'a>(&'a self, completion: &'a Completion<'a>) -> StoreFuture<'a, Complete> {
        Box::pin(async move {
            let complete = self.0.complete(completion).await?;
            self.1.lock().unwrap().push(Step::Complete(complete.clone()));
            Ok(complete)
        })
    }

    fn release<'a>(&'a self, key: &'a str, token: &'a Token) -> StoreFuture<'a, Release> {
        Box::pin(async move {
            let release = self.0.release(key, token).await?;
            self.1.lock().unwrap().push(Step::Release(release));
            Ok(release)
        })
    }

    fn withdraw<'a>(&'a self, key: &'a str, token: &'a Token) -> StoreFuture<'a, Release> {
        self.0.withdraw(key, token)
    }
}

/// A use of its own in a store, so that the tests of a store do not share keys, with the steps that it made.
struct Use {
    idempotency: Idempotency,
    steps: Arc<std::sync::Mutex<Vec<Step>>>,
}

fn used(store: &Shared, name: &str, clock: &ManualClock) -> Use {
    let test = TestEnvironment::new();
    let environment = Environment::new(
        test.environment().variables().clone(),
        clock.clock(),
        test.environment().output().clone(),
        test.environment().warnings().clone(),
    );
    let steps = Arc::default();
    let seen = Seen(store.clone(), Arc::clone(&steps));
    let idempotency = Idempotency::builder(seen, name)
        .lock_time(Duration::from_secs(10))
        .expires_after(Duration::from_mins(1))
        .environment(environment)
        .build();
    Use { idempotency, steps }
}

impl Use {
    fn steps(&self) -> Vec<Step> {
        std::mem::take(&mut *self.steps.lock().unwrap())
    }
}

/// Runs every test on a store.
pub(crate) async fn run(store: &Shared) {
    answers_of_every_shape_are_replayed(store).await;
    a_completed_record_expires(store).await;
    a_lock_is_taken_over_when_it_ends_and_its_owner_is_told(store).await;
    work_that_fails_releases_its_key_and_no_other(store).await;
    a_call_that_is_repeated_has_no_other_effect(store).await;
    only_the_first_record_of_a_key_is_withdrawn(store).await;
    the_payload_is_compared(store).await;
}

async fn answers_of_every_shape_are_replayed(store: &Shared) {
    let (clock, large) = (ManualClock::default(), "x".repeat(100_000));
    let used = used(store, "shapes", &clock);
    for (index, answer) in [
        serde_json::json!(null),
        serde_json::json!(false),
        serde_json::json!(0),
        serde_json::json!(""),
        serde_json::json!([]),
        serde_json::json!({}),
        serde_json::json!({"b": [1.5, "é\u{1f600}\n"], "a": null}),
        serde_json::json!(large),
    ]
    .into_iter()
    .enumerate()
    {
        for _ in 0..2 {
            let work = || async { Ok::<_, IdempotencyError>(answer.clone()) };
            assert_eq!(used.idempotency.run(index as u64, work).await.unwrap(), answer);
        }
        let [
            Step::Begin(Begin::Acquired { .. }),
            Step::Complete(Complete::Done),
            Step::Begin(Begin::Exists(record)),
        ] = &used.steps()[..]
        else {
            panic!("one call to begin, one to complete, one for the duplicate")
        };
        assert_eq!((record.status, record.previous), (Status::Completed, None));
        assert_eq!(record.answer.as_deref(), Some(&*answer.to_string()));
        assert_eq!(record.expires_at, clock.timestamp().as_millis() / 1_000 + 60);
    }
}

async fn a_completed_record_expires(store: &Shared) {
    let clock = ManualClock::default();
    let used = used(store, "expiry", &clock);
    let run = async |answer: u32| {
        used.idempotency
            .run("a", || async { Ok::<_, IdempotencyError>(answer) })
            .await
            .unwrap()
    };
    assert_eq!(run(1).await, 1);
    // The expiry is compared in whole seconds, as other implementations do.
    clock.advance(Duration::from_mins(1));
    assert_eq!(run(2).await, 1);
    clock.advance(Duration::from_secs(1));
    assert_eq!(run(3).await, 3);
    assert_eq!(run(4).await, 3);
    let taken_over = used
        .steps()
        .into_iter()
        .any(|step| matches!(step, Step::Begin(Begin::Acquired { taken_over: true, .. })));
    assert!(!taken_over, "a completed record has no lock to take over");
}

async fn a_lock_is_taken_over_when_it_ends_and_its_owner_is_told(store: &Shared) {
    let clock = ManualClock::default();
    let used = used(store, "takeover", &clock);
    let second = || async {
        let error = used
            .idempotency
            .run("a", || async { Ok::<_, IdempotencyError>(9) })
            .await
            .unwrap_err();
        assert!(error.is_in_progress(), "{error}");
        clock.advance(Duration::from_secs(10));
        let error = used
            .idempotency
            .run("a", || async { Ok::<_, IdempotencyError>(9) })
            .await
            .unwrap_err();
        assert!(
            error.is_in_progress(),
            "the lock ends after its last millisecond: {error}"
        );
        clock.advance(Duration::from_millis(1));
        used.idempotency
            .run("a", || async { Ok::<_, IdempotencyError>(2) })
            .await
    };
    let work = || async {
        assert_eq!(second().await.unwrap(), 2);
        Ok::<_, IdempotencyError>(1)
    };
    let error = used.idempotency.run("a", work).await.unwrap_err();
    assert!(error.is_lock_lost(), "{error}");
    let steps = used.steps();
    assert!(
        matches!(
            &steps[..],
            [
                Step::Begin(Begin::Acquired { taken_over: false, .. }),
                Step::Begin(Begin::Exists(_)),
                Step::Begin(Begin::Exists(_)),
                Step::Begin(Begin::Acquired { taken_over: true, .. }),
                Step::Complete(Complete::Done),
                Step::Complete(Complete::Lost(Some(Record {
                    status: Status::Completed,
                    previous: Some(Status::InProgress),
                    ..
                }))),
            ]
        ),
        "{steps:?}"
    );
    let replayed = used
        .idempotency
        .run("a", || async { Ok::<_, IdempotencyError>(9) })
        .await;
    assert_eq!(
        replayed.unwrap(),
        2,
        "the answer of the execution that holds the lock counts"
    );
}

async fn work_that_fails_releases_its_key_and_no_other(store: &Shared) {
    let clock = ManualClock::default();
    let used = used(store, "failure", &clock);
    let fail = || async { Err::<u8, lambda_runtime::Error>("declined".into()) };
    let error = used.idempotency.run("a", fail).await.unwrap_err();
    assert_eq!(error.to_string(), "declined");
    assert!(matches!(used.steps()[..], [_, Step::Release(Release::Done)]));

    // An execution that lost its lock fails while another one holds it.
    let work = || async {
        clock.advance(Duration::from_secs(11));
        let inner = || async { Ok::<_, IdempotencyError>(2_u8) };
        used.idempotency.run("a", inner).await.unwrap();
        fail().await
    };
    used.idempotency.run("a", work).await.unwrap_err();
    assert!(matches!(used.steps()[..], [_, _, _, Step::Release(Release::Lost)]));
    let replayed = used
        .idempotency
        .run("a", || async { Ok::<_, IdempotencyError>(9_u8) })
        .await;
    assert_eq!(replayed.unwrap(), 2);
}

async fn a_call_that_is_repeated_has_no_other_effect(store: &Shared) {
    let (key, token, other) = ("repeated#1", Token::from_text("ours"), Token::from_text("other"));
    let claim = |token| claim_of(key, token, 1_000_000);
    let begun = store.begin(&claim(&token)).await.unwrap();
    assert_eq!(begun, Begin::acquired(false));
    let Begin::Exists(record) = store.begin(&claim(&token)).await.unwrap() else {
        panic!("it is in progress")
    };
    assert_eq!(
        (record.token.as_ref(), record.status),
        (Some(&token), Status::InProgress)
    );
    let completion = |token| completion_of(key, token);
    let lost = store.complete(&completion(&other)).await.unwrap();
    assert!(matches!(lost, Complete::Lost(Some(record)) if record.token.as_ref() == Some(&token)));
    assert_eq!(store.release(key, &other).await.unwrap(), Release::Lost);
    assert_eq!(store.complete(&completion(&token)).await.unwrap(), Complete::Done);
    let Complete::Lost(Some(record)) = store.complete(&completion(&token)).await.unwrap() else {
        panic!("it is completed")
    };
    assert_eq!(
        (record.token.as_ref(), record.status),
        (Some(&token), Status::Completed)
    );
    assert_eq!(
        store.release(key, &token).await.unwrap(),
        Release::Lost,
        "a completed record stays"
    );
    assert!(matches!(
        store.complete(&completion_of("repeated#2", &token)).await.unwrap(),
        Complete::Lost(None)
    ));
}

async fn only_the_first_record_of_a_key_is_withdrawn(store: &Shared) {
    let (key, first, second) = ("withdrawn#1", Token::from_text("first"), Token::from_text("second"));
    store.begin(&claim_of(key, &first, 1_000_000)).await.unwrap();
    assert_eq!(store.withdraw(key, &second).await.unwrap(), Release::Lost);
    assert_eq!(store.withdraw(key, &first).await.unwrap(), Release::Done);
    // After the withdrawal, the key is as if nothing had begun.
    let begun = store.begin(&claim_of(key, &first, 1_000_000)).await.unwrap();
    assert_eq!(begun, Begin::acquired(false));
    let begun = store.begin(&claim_of(key, &second, 1_020_000)).await.unwrap();
    assert_eq!(begun, Begin::acquired(true));
    assert_eq!(
        store.withdraw(key, &second).await.unwrap(),
        Release::Lost,
        "the next execution has to learn that it takes over"
    );
    let third = Token::from_text("third");
    let begun = store.begin(&claim_of(key, &third, 1_040_000)).await.unwrap();
    assert_eq!(begun, Begin::acquired(true));
}

async fn the_payload_is_compared(store: &Shared) {
    let clock = ManualClock::default();
    let used = used(store, "payload", &clock);
    let run = async |amount: u32| {
        let key = powertools_lambda_idempotency::Key::new("a").payload(&amount);
        used.idempotency
            .run(key, || async { Ok::<_, IdempotencyError>(amount) })
            .await
    };
    assert_eq!(run(1).await.unwrap(), 1);
    assert!(run(2).await.unwrap_err().is_payload_mismatch());
    assert_eq!(run(1).await.unwrap(), 1);
    clock.advance(Duration::from_secs(61));
    assert_eq!(run(2).await.unwrap(), 2, "an expired record has no payload");
    // A key without a payload, where there was one.
    clock.advance(Duration::from_secs(61));
    let plain = used
        .idempotency
        .run("a", || async { Ok::<_, IdempotencyError>(3_u32) })
        .await;
    assert_eq!(plain.unwrap(), 3);
    assert_eq!(run(9).await.unwrap(), 3, "the record has no payload to compare with");
}

fn claim_of<'a>(key: &'a str, token: &'a Token, now: u64) -> Claim<'a> {
    let mut claim = Claim::new(key, token, now);
    claim.locked_until = now + 10_000;
    claim.expires_at = now / 1_000 + 60;
    claim
}

fn completion_of<'a>(key: &'a str, token: &'a Token) -> Completion<'a> {
    let mut completion = Completion::new(key, token, 2_000_000);
    completion.answer = Some("1");
    completion
}
