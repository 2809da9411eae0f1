//! The local cache.

use std::time::Duration;

use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_idempotency::{IdempotencyError, Key};

use crate::common::{Effects, Fault, Faulty, builder};

#[tokio::test]
async fn a_cached_answer_needs_no_call_until_it_expires() {
    let (test, effects, store) = (TestEnvironment::new(), Effects::default(), Faulty::default());
    let idempotency = builder(store.clone(), &test).local_cache(16).build();
    for _ in 0..3 {
        assert_eq!(idempotency.run("o-7", || effects.have()).await.unwrap(), 1);
    }
    assert_eq!(store.calls(), ["begin", "complete"]);
    // Frozen between two invocations: only the wall clock moves.
    test.clock().advance_wall(Duration::from_secs(3_601));
    assert_eq!(idempotency.run("o-7", || effects.have()).await.unwrap(), 2);
    assert_eq!(store.calls().len(), 4);
}

#[tokio::test]
async fn a_wall_clock_that_is_set_back_makes_no_answer_younger() {
    let (test, effects, store) = (TestEnvironment::new(), Effects::default(), Faulty::default());
    let idempotency = builder(store.clone(), &test).local_cache(16).build();
    idempotency.run("o-7", || effects.have()).await.unwrap();
    // Both move by more than the hour, and the wall clock wraps around to where it was.
    test.clock().advance(Duration::from_secs(3_700));
    test.clock()
        .advance_wall(Duration::from_nanos(u64::MAX - 3_700 * 1_000_000_000 + 1));
    idempotency.run("o-7", || effects.have()).await.unwrap();
    assert_eq!(store.calls(), ["begin", "complete", "begin"], "the store decides");
}

#[tokio::test]
async fn another_environment_fills_its_cache_from_the_store() {
    let (test, effects, store) = (TestEnvironment::new(), Effects::default(), Faulty::default());
    builder(store.clone(), &test)
        .build()
        .run("o-7", || effects.have())
        .await
        .unwrap();
    let other = builder(store.clone(), &test).local_cache(16).build();
    for _ in 0..3 {
        assert_eq!(other.run("o-7", || effects.have()).await.unwrap(), 1);
    }
    assert_eq!(store.calls(), ["begin", "complete", "begin"]);
}

#[tokio::test]
async fn a_cached_answer_is_validated() {
    let (test, effects) = (TestEnvironment::new(), Effects::default());
    let idempotency = builder(Faulty::default(), &test).local_cache(16).build();
    let key = |amount: u32| Key::new("o-7").payload(&amount);
    idempotency.run(key(1), || effects.have()).await.unwrap();
    assert!(
        idempotency
            .run(key(2), || effects.have())
            .await
            .unwrap_err()
            .is_payload_mismatch()
    );
    assert_eq!(idempotency.run(key(1), || effects.have()).await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn only_what_is_recorded_is_cached() {
    let (test, effects) = (TestEnvironment::new(), Effects::default());
    let store = Faulty::new([Fault::Ok, Fault::Refused]);
    let idempotency = builder(store.clone(), &test).local_cache(16).build();
    idempotency.run("o-7", || effects.have()).await.unwrap();
    assert!(
        idempotency
            .run("o-7", || effects.have())
            .await
            .unwrap_err()
            .is_in_progress()
    );
    let fail = || async { Err::<usize, IdempotencyError>(idempotency_error().await) };
    idempotency.run("o-8", fail).await.unwrap_err();
    assert_eq!(idempotency.run("o-8", || effects.have()).await.unwrap(), 2);
}

async fn idempotency_error() -> IdempotencyError {
    let test = TestEnvironment::new();
    let idempotency = builder(Faulty::default(), &test).build();
    idempotency.run("", || async { Ok::<u8, _>(1) }).await.unwrap_err()
}
