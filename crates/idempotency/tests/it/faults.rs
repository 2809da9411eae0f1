//! Faults after the work: lost answers, a store that is unavailable, answers that cannot be recorded or replayed.

use std::time::Duration;

use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_idempotency::{IdempotencyError, MemoryStore, Record, Status, StoreFailurePolicy};

use crate::common::{Effects, Fault, Faulty, builder, context_with};

#[tokio::test]
async fn a_failed_condition_with_our_own_token_is_success_at_begin_and_at_complete() {
    for faults in [
        [Fault::Twice, Fault::Ok],
        [Fault::Ok, Fault::Twice],
        [Fault::Twice, Fault::Twice],
    ] {
        let (test, effects, store) = (TestEnvironment::new(), Effects::default(), Faulty::new(faults));
        let idempotency = builder(store.clone(), &test).build();
        for _ in 0..2 {
            assert_eq!(
                idempotency.run("o-7", || effects.have()).await.unwrap(),
                1,
                "{faults:?}"
            );
        }
        assert_eq!(effects.count(), 1);
        assert_eq!(store.0.records()[0].1.status, Status::Completed);
        assert!(test.warnings().is_empty(), "{:?}", test.warnings());
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_is_completed_as_soon_as_the_store_is_back() {
    for faults in [
        vec![Fault::Ok, Fault::Before, Fault::Before, Fault::Ok],
        vec![Fault::Ok, Fault::After, Fault::Ok],
        vec![Fault::Ok, Fault::After, Fault::Before, Fault::After],
    ] {
        let (test, effects, store) = (TestEnvironment::new(), Effects::default(), Faulty::new(faults.clone()));
        let idempotency = builder(store.clone(), &test).build();
        let handle = idempotency.with_context(&context_with(&test, Duration::from_secs(30)));
        for _ in 0..2 {
            assert_eq!(handle.run("o-7", || effects.have()).await.unwrap(), 1, "{faults:?}");
        }
        assert!(test.warnings().is_empty(), "{:?}", test.warnings());
    }
}

/// The clock of the test stands still, so only a pause that is longer than the time that is left ends the repetitions.
#[tokio::test(start_paused = true)]
async fn the_pauses_between_attempts_double_up_to_a_second() {
    for (attempts, expected) in [(2, 50), (3, 150), (4, 350), (6, 1_550), (7, 2_550), (8, 3_550)] {
        let (test, effects) = (TestEnvironment::new(), Effects::default());
        let lost = std::iter::repeat_n(Fault::Before, attempts - 1);
        let store = Faulty::new(std::iter::once(Fault::Ok).chain(lost));
        let idempotency = builder(store.clone(), &test).build();
        let handle = idempotency.with_context(&context_with(&test, Duration::from_secs(30)));
        let begun = tokio::time::Instant::now();
        handle.run("o-7", || effects.have()).await.unwrap();
        assert_eq!(store.calls().len(), 1 + attempts);
        assert_eq!(begun.elapsed(), Duration::from_millis(expected), "{attempts} attempts");
    }
}

#[tokio::test(start_paused = true)]
async fn the_answer_of_work_that_was_done_is_returned_even_if_it_cannot_be_recorded() {
    // Refused: not repeated. Unavailable or silent: until shortly before the deadline.
    let silent = [Fault::Ok, Fault::Hangs];
    for (faults, calls) in [(vec![Fault::Ok, Fault::Refused], 2), (silent.to_vec(), 2)] {
        let (test, effects, store) = (TestEnvironment::new(), Effects::default(), Faulty::new(faults));
        let idempotency = builder(store.clone(), &test).build();
        let handle = idempotency.with_context(&context_with(&test, Duration::from_secs(3)));
        // The clock of the test stands still while the runtime's runs: it moves when the call is given up.
        let clock = test.clock().clone();
        let work = || async {
            let effect = effects.have().await;
            clock.advance(Duration::from_millis(2_850));
            effect
        };
        assert_eq!(handle.run("o-7", work).await.unwrap(), 1);
        assert_eq!(store.calls().len(), calls);
        let warnings = test.warnings();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(
            warnings[0].starts_with("work was done, but its answer is not recorded"),
            "{warnings:?}"
        );
        assert!(handle.run("o-7", || effects.have()).await.unwrap_err().is_in_progress());
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_says_nothing_before_the_work_is_an_error() {
    let (test, effects) = (TestEnvironment::new(), Effects::default());
    let idempotency = builder(Faulty::new([Fault::Hangs]), &test).build();
    let handle = idempotency.with_context(&context_with(&test, Duration::from_secs(3)));
    let error = handle.run("o-7", || effects.have()).await.unwrap_err();
    assert!(error.to_string().contains("no answer within 1.45s"), "{error}");
    assert_eq!(effects.count(), 0);
}

/// Begins with half of the time, so that the other half is left for the withdrawal.
#[tokio::test(start_paused = true)]
async fn a_begin_without_an_answer_is_withdrawn_in_the_time_that_is_left() {
    let (test, effects, store) = (TestEnvironment::new(), Effects::default(), Faulty::new([Fault::Hangs]));
    let idempotency = builder(store.clone(), &test).build();
    let handle = idempotency.with_context(&context_with(&test, Duration::from_secs(3)));
    let clock = test.clock().clone();
    let time_passes = async {
        tokio::time::sleep(Duration::from_millis(1_450)).await;
        clock.advance(Duration::from_millis(1_450));
        std::future::pending::<()>().await;
    };
    tokio::select! {
        biased;
        () = time_passes => unreachable!("it never ends"),
        answer = handle.run("o-7", || effects.have()) => assert!(answer.is_err()),
    }
    assert_eq!((store.calls(), effects.count()), (vec!["begin", "withdraw"], 0));
}

/// Lambda Managed Instances let work go on after the deadline.
#[tokio::test(start_paused = true)]
async fn work_that_ends_after_a_deadline_that_is_not_enforced_is_recorded() {
    let test = TestEnvironment::new().var("AWS_LAMBDA_INITIALIZATION_TYPE", "lambda-managed-instances");
    let (effects, store) = (Effects::default(), Faulty::new([Fault::Ok, Fault::Before, Fault::Ok]));
    let idempotency = builder(store.clone(), &test).lock_time(Duration::from_mins(2)).build();
    let handle = idempotency.with_context(&context_with(&test, Duration::from_secs(3)));
    let clock = test.clock().clone();
    let work = || async {
        clock.advance(Duration::from_mins(1));
        effects.have().await
    };
    assert_eq!(handle.run("o-7", work).await.unwrap(), 1);
    assert_eq!(store.calls(), ["begin", "complete", "complete"]);
    assert_eq!(test.warnings(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn work_without_protection_that_fails_does_not_wait_for_the_store() {
    let (test, store) = (TestEnvironment::new(), Faulty::new([Fault::Before, Fault::Before]));
    let idempotency = builder(store.clone(), &test)
        .store_failure(StoreFailurePolicy::Run)
        .build();
    let fail = || async { Err::<u8, lambda_runtime::Error>("declined".into()) };
    assert_eq!(idempotency.run("o-7", fail).await.unwrap_err().to_string(), "declined");
    assert_eq!(store.calls(), ["begin", "release"]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_release_leaves_the_error_of_the_work_and_one_warning() {
    let (test, store) = (TestEnvironment::new(), Faulty::new([Fault::Ok, Fault::Refused]));
    let idempotency = builder(store.clone(), &test).build();
    let fail = || async { Err::<u8, lambda_runtime::Error>("declined".into()) };
    assert_eq!(idempotency.run("o-7", fail).await.unwrap_err().to_string(), "declined");
    assert_eq!(test.warnings().len(), 1, "{:?}", test.warnings());
    // A release whose answer was lost is repeated, and finds nothing.
    let store = Faulty::new([Fault::Ok, Fault::After, Fault::Ok]);
    let idempotency = builder(store.clone(), &test).build();
    idempotency.run("o-7", fail).await.unwrap_err();
    assert_eq!(store.calls(), ["begin", "release", "release"]);
    assert_eq!(test.warnings().len(), 1, "{:?}", test.warnings());
}

#[tokio::test]
async fn an_answer_that_is_not_json_is_returned_and_its_duplicates_get_an_error() {
    let (test, store) = (TestEnvironment::new(), MemoryStore::new());
    let idempotency = builder(store.clone(), &test).build();
    let mut calls = 0;
    let mut work = || {
        calls += 1;
        async { Ok::<_, IdempotencyError>(std::collections::BTreeMap::from([((1, 2), 3)])) }
    };
    assert_eq!(idempotency.run("o-7", &mut work).await.unwrap()[&(1, 2)], 3);
    let error = idempotency.run("o-7", &mut work).await.unwrap_err();
    assert!(error.is_answer_lost(), "{error}");
    assert_eq!((calls, test.warnings().len()), (1, 1), "{:?}", test.warnings());
}

#[tokio::test]
async fn an_old_answer_of_another_type_is_an_error_that_says_what_to_do() {
    let (test, effects, store) = (TestEnvironment::new(), Effects::default(), MemoryStore::new());
    let idempotency = builder(store.clone(), &test).build();
    idempotency
        .run("o-7", || async { Ok::<_, IdempotencyError>("hunter2".to_owned()) })
        .await
        .unwrap();
    let error = idempotency.run("o-7", || effects.have()).await.unwrap_err();
    assert!(error.is_answer_lost(), "{error}");
    for part in [
        "cannot be decoded",
        "#[serde(default)]",
        "a store in memory",
        "test-func.charge#",
    ] {
        assert!(error.to_string().contains(part), "{error}");
    }
    // The recorded answer may be confidential, and errors are logged.
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    assert_eq!(effects.count(), 0);
}

#[tokio::test]
async fn a_record_that_vanished_during_the_work_is_a_lost_lock() {
    let (test, store) = (TestEnvironment::new(), MemoryStore::new());
    let idempotency = builder(store.clone(), &test).build();
    let work = || async {
        let (key, _) = store.records().remove(0);
        store.remove(&key);
        Ok::<_, IdempotencyError>(1)
    };
    let error = idempotency.run("o-7", work).await.unwrap_err();
    assert!(
        error.is_lock_lost() && error.to_string().contains("lock_time"),
        "{error}"
    );
    assert!(store.records().is_empty(), "it does not come back");
}

#[tokio::test]
async fn a_record_without_an_owner_is_never_completed() {
    let (test, store) = (TestEnvironment::new(), MemoryStore::new());
    let idempotency = builder(store.clone(), &test).build();
    let work = || async {
        let (key, record) = store.records().remove(0);
        store.put(key, Record::new(Status::InProgress, record.expires_at));
        Ok::<_, IdempotencyError>(1)
    };
    assert!(idempotency.run("o-7", work).await.unwrap_err().is_lock_lost());
    assert_eq!(store.records()[0].1.status, Status::InProgress);
}
