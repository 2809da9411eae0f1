//! `Idempotency::run`: keys, prefixes, policies, errors of the work.

use std::time::Duration;

use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_idempotency::{
    Idempotency, IdempotencyError, Key, KeyHash, MemoryStore, MissingKeyPolicy, Record, Status, StoreFailurePolicy,
};
use serde::Serialize;

use crate::common::{Effects, Fault, Faulty, builder, context_with};

#[tokio::test]
async fn work_is_called_once_and_its_answer_replayed() {
    let (test, effects, store) = (TestEnvironment::new(), Effects::default(), Faulty::default());
    let idempotency = builder(store.clone(), &test).build();
    for _ in 0..3 {
        assert_eq!(idempotency.run("o-7", || effects.have()).await.unwrap(), 1);
    }
    assert_eq!(effects.count(), 1);
    assert_eq!(store.calls(), ["begin", "complete", "begin", "begin"]);
    assert_eq!(idempotency.run("o-8", || effects.have()).await.unwrap(), 2);
}

#[tokio::test]
async fn two_uses_never_share_a_key() {
    let test = TestEnvironment::new().var("AWS_LAMBDA_FUNCTION_NAME", "order-fn");
    let (effects, store) = (Effects::default(), MemoryStore::new());
    for name in ["charge", "ship"] {
        let idempotency = Idempotency::builder(store.clone(), name).environment(&test).build();
        idempotency.run("o-7", || effects.have()).await.unwrap();
    }
    let other = TestEnvironment::new().var("AWS_LAMBDA_FUNCTION_NAME", "other-fn");
    let idempotency = Idempotency::builder(store.clone(), "charge")
        .environment(&other)
        .build();
    idempotency.run("o-7", || effects.have()).await.unwrap();
    let shared = builder(store.clone(), &test).key_prefix("shared").build();
    shared.run("o-7", || effects.have()).await.unwrap();
    assert_eq!(effects.count(), 4);

    let keys: Vec<_> = store.records().into_iter().map(|(key, _)| key).collect();
    let hash = keys[0].split_once('#').unwrap().1;
    assert_eq!(hash.len(), 64);
    let prefixes = ["order-fn.charge", "order-fn.ship", "other-fn.charge", "shared"];
    assert_eq!(keys, prefixes.map(|prefix| format!("{prefix}#{hash}")));
}

#[tokio::test]
async fn a_key_is_any_value_and_maps_are_sorted() {
    #[derive(Serialize)]
    struct Order {
        id: &'static str,
        lines: Vec<u128>,
    }
    let test = TestEnvironment::new();
    let store = MemoryStore::new();
    let idempotency = builder(store.clone(), &test).build();
    let order = Order {
        id: "o-7",
        lines: vec![u128::MAX],
    };
    let map = std::collections::HashMap::from([("lines", serde_json::json!([1])), ("id", "o-7".into())]);
    let sorted = serde_json::json!({"id": "o-7", "lines": [1]});
    let effects = Effects::default();
    for key in [
        Key::new(&order),
        Key::new(&map),
        Key::new(&sorted),
        Key::from(7),
        Key::from("7"),
        Key::new(&(1, "a")),
    ] {
        idempotency.run(key, || effects.have()).await.unwrap();
    }
    assert_eq!(
        effects.count(),
        5,
        "the map and the sorted object are one key, 7 and \"7\" are two"
    );
}

#[tokio::test]
async fn a_missing_key_is_an_error_unless_said_otherwise() {
    let (test, effects, store) = (TestEnvironment::new(), Effects::default(), Faulty::default());
    let strict = builder(store.clone(), &test).build();
    let lenient = builder(store.clone(), &test).missing_key(MissingKeyPolicy::Run).build();
    for key in [
        Key::new(&None::<u8>),
        Key::new(""),
        Key::new(&[0_u8; 0]),
        Key::new(&(None::<u8>, None::<u8>)),
        Key::new(&serde_json::json!({"a": null})),
    ] {
        let error = strict.run(key.clone(), || effects.have()).await.unwrap_err();
        assert!(
            error.key_error().is_some() && error.to_string().contains("is missing"),
            "{error}"
        );
        lenient.run(key, || effects.have()).await.unwrap();
    }
    assert_eq!((effects.count(), store.calls().len()), (5, 0));
    assert_eq!(test.warnings().len(), 1, "{:?}", test.warnings());
    for present in [Key::new(&0), Key::new(&false)] {
        strict.run(present, || effects.have()).await.unwrap();
    }
    assert_eq!(effects.count(), 7);
}

#[tokio::test]
async fn a_key_that_is_not_json_is_an_error_before_the_work() {
    let (test, effects) = (TestEnvironment::new(), Effects::default());
    let idempotency = builder(MemoryStore::new(), &test).key_hash(KeyHash::PythonMd5).build();
    let not_json = std::collections::HashMap::from([((1, 2), 3)]);
    let error = idempotency
        .run(Key::new(&not_json), || effects.have())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("cannot be written as JSON"), "{error}");
    let error = idempotency
        .run(Key::new("a").payload(&not_json), || effects.have())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("cannot be written as JSON"), "{error}");
    assert_eq!(effects.count(), 0);
}

#[tokio::test]
async fn the_errors_of_the_work_pass_unchanged_and_release_the_key() {
    let (test, effects, store) = (TestEnvironment::new(), Effects::default(), Faulty::default());
    let idempotency = builder(store.clone(), &test).build();
    let fail = || async { Err::<usize, lambda_runtime::Error>("card declined".into()) };
    for _ in 0..2 {
        assert_eq!(
            idempotency.run("o-7", fail).await.unwrap_err().to_string(),
            "card declined"
        );
    }
    assert_eq!(store.calls(), ["begin", "release", "begin", "release"]);
    assert_eq!(idempotency.run("o-7", || effects.have()).await.unwrap(), 1);
}

#[tokio::test]
async fn a_panic_releases_the_key_wherever_it_is() {
    let (test, effects, store) = (TestEnvironment::new(), Effects::default(), Faulty::default());
    let idempotency = builder(store.clone(), &test).build();
    let in_the_future = || async { panic!("in the future") };
    let in_the_call = || -> std::future::Ready<Result<usize, IdempotencyError>> { panic!("in the call") };
    for index in 0..2 {
        let idempotency = idempotency.clone();
        let task = tokio::spawn(async move {
            match index {
                0 => {
                    idempotency
                        .run::<usize, IdempotencyError, _, _>("o-7", in_the_future)
                        .await
                }
                _ => idempotency.run("o-7", in_the_call).await,
            }
        });
        assert!(task.await.unwrap_err().is_panic());
    }
    assert_eq!(store.calls(), ["begin", "release", "begin", "release"]);
    assert_eq!(idempotency.run("o-7", || effects.have()).await.unwrap(), 1);
}

#[tokio::test]
async fn a_dropped_future_leaves_the_key_to_the_end_of_its_lock() {
    let (test, effects, store) = (TestEnvironment::new(), Effects::default(), Faulty::default());
    let idempotency = builder(store.clone(), &test)
        .build()
        .with_context(&context_with(&test, Duration::from_secs(3)));
    let pending = idempotency.run("o-7", std::future::pending::<Result<usize, IdempotencyError>>);
    assert!(tokio::time::timeout(Duration::from_millis(1), pending).await.is_err());

    for millis in [0, 3_000, 1_000] {
        test.clock().advance(Duration::from_millis(millis));
        let error = idempotency.run("o-7", || effects.have()).await.unwrap_err();
        assert!(error.is_in_progress(), "{error}");
        assert!(
            error
                .to_string()
                .contains("until 2026-01-15T10:30:04.125Z at the latest"),
            "{error}"
        );
    }
    test.clock().advance(Duration::from_millis(1));
    assert_eq!(idempotency.run("o-7", || effects.have()).await.unwrap(), 1);
    assert_eq!(
        store.calls(),
        ["begin"; 4]
            .into_iter()
            .chain(["begin", "complete"])
            .collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_lock_outlasts_the_expiry_of_its_record() {
    let (test, effects, store) = (TestEnvironment::new(), Effects::default(), MemoryStore::new());
    let short = builder(store.clone(), &test)
        .expires_after(Duration::from_secs(1))
        .lock_time(Duration::from_mins(1))
        .build();
    let pending = short.run("o-7", std::future::pending::<Result<usize, IdempotencyError>>);
    assert!(tokio::time::timeout(Duration::from_millis(1), pending).await.is_err());
    let record = store.records().remove(0).1;
    assert!(record.expires_at * 1_000 >= record.locked_until.unwrap(), "{record:?}");
    test.clock().advance(Duration::from_secs(30));
    assert!(short.run("o-7", || effects.have()).await.unwrap_err().is_in_progress());
}

#[tokio::test]
async fn the_deadline_of_the_current_invocation_counts() {
    use powertools_lambda_core::{Invocation, InvocationExt};

    let (test, store) = (TestEnvironment::new(), MemoryStore::new());
    let idempotency = builder(store.clone(), &test).build();
    let now = test.clock().timestamp().as_millis();
    let invocation = Invocation::new(context_with(&test, Duration::from_secs(20)), test.environment());
    let work = || async { Ok::<_, IdempotencyError>(1) };
    idempotency.run("in", work).with_invocation(invocation).await.unwrap();
    assert_eq!(store.records()[0].1.locked_until, Some(now + 21_000));
    idempotency.run("out", work).await.unwrap();
    let records = store.records();
    let outside = records
        .iter()
        .filter(|(_, record)| record.locked_until == Some(now + 900_000));
    assert_eq!(
        outside.count(),
        1,
        "without a deadline, the lock is as long as the longest timeout"
    );
}

#[tokio::test]
async fn managed_instances_have_a_lock_of_its_own_time() {
    let test = TestEnvironment::new().var("AWS_LAMBDA_INITIALIZATION_TYPE", "lambda-managed-instances");
    let store = MemoryStore::new();
    let idempotency = builder(store.clone(), &test).lock_time(Duration::from_mins(2)).build();
    let now = test.clock().timestamp().as_millis();
    let handle = idempotency.with_context(&context_with(&test, Duration::from_secs(20)));
    handle
        .run("o-7", || async { Ok::<_, IdempotencyError>(1) })
        .await
        .unwrap();
    assert_eq!(store.records()[0].1.locked_until, Some(now + 120_000));
}

#[tokio::test]
async fn a_failing_store_is_an_error_before_the_work_unless_said_otherwise() {
    let (test, effects) = (TestEnvironment::new(), Effects::default());
    for fault in [Fault::Before, Fault::After, Fault::Refused] {
        let strict = builder(Faulty::new([fault]), &test).build();
        let error = strict.run("o-7", || effects.have()).await.unwrap_err();
        assert!(error.store_error().is_some(), "{error}");
        assert!(
            error.to_string().contains("a faulty store, key \"test-func.charge#"),
            "{error}"
        );
    }
    assert_eq!(effects.count(), 0);
    // The call may have taken effect: the key is free again.
    let store = Faulty::new([Fault::After]);
    let strict = builder(store.clone(), &test).build();
    strict.run("o-7", || effects.have()).await.unwrap_err();
    assert_eq!(store.calls(), ["begin", "withdraw"]);
    assert!(store.0.records().is_empty());
    for fault in [Fault::Before, Fault::After, Fault::Refused] {
        let store = Faulty::new([fault]);
        let lenient = builder(store.clone(), &test)
            .store_failure(StoreFailurePolicy::Run)
            .build();
        lenient.run("o-7", || effects.have()).await.unwrap();
        assert_eq!(store.calls(), ["begin", "complete"], "the call may have taken effect");
        let completed = store
            .0
            .records()
            .iter()
            .filter(|(_, record)| record.status == Status::Completed)
            .count();
        assert_eq!(completed, usize::from(fault == Fault::After));
    }
    assert_eq!(
        (effects.count(), test.warnings().len()),
        (3, 1),
        "{:?}",
        test.warnings()
    );
}

#[tokio::test]
async fn it_is_disabled_by_a_variable() {
    for (value, enabled, warnings) in [("true", false, 1), ("0", true, 0), ("maybe", true, 1), ("", true, 1)] {
        let test = TestEnvironment::new().var("POWERTOOLS_IDEMPOTENCY_DISABLED", value);
        let (effects, store) = (Effects::default(), Faulty::default());
        let idempotency = builder(store.clone(), &test).build();
        assert_eq!(idempotency.is_enabled(), enabled, "{value:?}");
        for _ in 0..2 {
            idempotency.run("o-7", || effects.have()).await.unwrap();
        }
        idempotency
            .run(Key::new(""), || effects.have())
            .await
            .unwrap_or_default();
        assert_eq!(
            (effects.count(), store.calls().is_empty()),
            if enabled { (1, false) } else { (3, true) }
        );
        assert_eq!(test.warnings().len(), warnings, "{:?}", test.warnings());
    }
}

/// GOLD 60 to 64: the records of a Python function.
#[tokio::test]
async fn records_of_other_implementations_count() {
    let test = TestEnvironment::new();
    let now = test.clock().timestamp().as_millis();
    let (in_an_hour, key) = (
        now / 1_000 + 3_600,
        "my-func.app.lambda_handler#2f7bb230c70819aeb10b45a709bcf48f",
    );
    let in_progress = |until: Option<u64>| {
        let mut record = Record::new(Status::InProgress, in_an_hour);
        record.locked_until = until;
        record
    };
    let completed = |expires_at: u64| {
        let mut record = Record::new(Status::Completed, expires_at);
        record.answer = Some("\"old\"".to_owned());
        record
    };
    for (record, answer) in [
        (in_progress(Some(now + 60_000)), None),
        (in_progress(None), None),
        (in_progress(Some(now - 1)), Some("new")),
        (completed(in_an_hour), Some("old")),
        (completed(now / 1_000 - 1), Some("new")),
    ] {
        let store = MemoryStore::new();
        store.put(key, record.clone());
        let idempotency = builder(store, &test)
            .key_prefix("my-func.app.lambda_handler")
            .key_hash(KeyHash::PythonMd5)
            .build();
        let run = idempotency
            .run("1", || async { Ok::<_, IdempotencyError>("new".to_owned()) })
            .await;
        match answer {
            Some(answer) => assert_eq!(run.unwrap(), answer, "{record:?}"),
            None => assert!(run.unwrap_err().is_in_progress(), "{record:?}"),
        }
    }
}

#[tokio::test]
async fn a_hook_sees_replays_only() {
    let test = TestEnvironment::new();
    let idempotency = builder(MemoryStore::new(), &test).build();
    let run = || {
        let work = || async { Ok::<_, IdempotencyError>(vec![1]) };
        idempotency.run_or_replay("o-7", work, |mut answer, record| {
            assert_eq!(record.status, Status::Completed);
            answer.push(2);
            answer
        })
    };
    assert_eq!(run().await.unwrap(), [1]);
    assert_eq!(run().await.unwrap(), [1, 2]);
    assert_eq!(run().await.unwrap(), [1, 2], "the record is unchanged");
}
