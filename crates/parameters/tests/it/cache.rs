//! The cache: how old an answer may be, and how often the store is asked.

use std::time::Duration;

use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_parameters::test_util::MapProvider;
use powertools_lambda_parameters::{Parameters, Provider, ProviderError};

use crate::common::Counter;

const SECOND: Duration = Duration::from_secs(1);

fn on<P: Provider>(environment: &TestEnvironment, provider: P) -> Parameters<P> {
    Parameters::builder(provider).environment(environment).build()
}

async fn get(parameters: &Parameters<impl Provider>) -> String {
    parameters.get("/a").text().await.unwrap().to_string()
}

#[tokio::test]
async fn an_answer_is_kept_for_five_seconds() {
    let environment = TestEnvironment::new();
    let parameters = on(&environment, Counter::open());
    assert_eq!(get(&parameters).await, "1");
    environment.clock().advance(Duration::from_millis(4_999));
    assert_eq!(get(&parameters).await, "1");
    environment.clock().advance(Duration::from_millis(1));
    assert_eq!(get(&parameters).await, "2");
}

#[tokio::test]
async fn the_variable_sets_the_age_the_builder_goes_before_it_and_the_request_before_both() {
    let environment = TestEnvironment::new().var("POWERTOOLS_PARAMETERS_MAX_AGE", "10");
    let parameters = on(&environment, Counter::open());
    assert_eq!(get(&parameters).await, "1");
    environment.clock().advance(9 * SECOND);
    assert_eq!(get(&parameters).await, "1");
    assert_eq!(&*parameters.get("/a").max_age(8 * SECOND).await.unwrap(), "2");

    let builder = Parameters::builder(Counter::open()).environment(&environment);
    let parameters = builder.max_age(SECOND).build();
    assert_eq!(get(&parameters).await, "1");
    environment.clock().advance(SECOND);
    assert_eq!(get(&parameters).await, "2");
    environment.clock().advance(SECOND);
    assert_eq!(&*parameters.get("/a").max_age(60 * SECOND).await.unwrap(), "2");
}

#[tokio::test]
async fn a_variable_that_is_not_a_number_gives_the_default_and_one_warning() {
    let environment = TestEnvironment::new().var("POWERTOOLS_PARAMETERS_MAX_AGE", "soon");
    let parameters = on(&environment, Counter::open());
    assert_eq!(get(&parameters).await, "1");
    environment.clock().advance(4 * SECOND);
    assert_eq!(get(&parameters).await, "1");
    assert_eq!(
        environment.warnings(),
        [r#"POWERTOOLS_PARAMETERS_MAX_AGE is set to "soon", expected a number of seconds: using the default"#]
    );
    for (value, calls) in [("-1", "2"), ("0", "2"), ("1e400", "1"), ("NaN", "1"), ("0.5", "1")] {
        let environment = TestEnvironment::new().var("POWERTOOLS_PARAMETERS_MAX_AGE", value);
        let parameters = on(&environment, Counter::open());
        get(&parameters).await;
        assert_eq!(get(&parameters).await, calls, "{value}");
    }
}

#[tokio::test]
async fn an_environment_that_was_frozen_has_grown_older() {
    let environment = TestEnvironment::new();
    let parameters = on(&environment, Counter::open());
    assert_eq!(get(&parameters).await, "1");
    environment.clock().advance_wall(600 * SECOND);
    assert_eq!(get(&parameters).await, "2");
}

#[tokio::test]
async fn nothing_is_cached_with_an_age_of_zero() {
    let environment = TestEnvironment::new();
    let parameters = on(&environment, Counter::open());
    assert_eq!(&*parameters.get("/a").max_age(Duration::ZERO).await.unwrap(), "1");
    assert_eq!(get(&parameters).await, "2");
    assert_eq!(&*parameters.get("/a").max_age(Duration::ZERO).await.unwrap(), "3");
    assert_eq!(
        get(&parameters).await,
        "4",
        "the second answer is not served after the third"
    );
}

#[tokio::test]
async fn a_forced_fetch_asks_and_its_answer_is_kept() {
    let environment = TestEnvironment::new();
    let parameters = on(&environment, Counter::open());
    assert_eq!(get(&parameters).await, "1");
    assert_eq!(&*parameters.get("/a").force_fetch().await.unwrap(), "2");
    assert_eq!(get(&parameters).await, "2");
}

#[tokio::test]
async fn a_missing_parameter_is_remembered_for_a_second() {
    let (environment, store) = (TestEnvironment::new(), MapProvider::new());
    let parameters = on(&environment, store.clone());
    assert!(parameters.get("/a").await.unwrap_err().is_not_found());
    store.put("/a", "there now");
    assert!(parameters.get("/a").await.unwrap_err().is_not_found());
    environment.clock().advance(SECOND);
    assert_eq!(&*parameters.get("/a").await.unwrap(), "there now");
    assert_eq!(store.calls().len(), 2);
}

#[tokio::test]
async fn a_failure_is_not_remembered_for_a_request_that_asks_the_store() {
    let (environment, store) = (TestEnvironment::new(), MapProvider::new());
    let parameters = on(&environment, store.clone());
    assert!(parameters.get("/a").await.unwrap_err().is_not_found());
    store.put("/a", "there now");
    let asked = parameters.get("/a").max_age(Duration::ZERO).await;
    assert_eq!(&*asked.unwrap(), "there now");

    // Nor if the older value replaced the failure.
    let builder = Parameters::builder(store.clone()).environment(&environment);
    let parameters = builder.stale_if_error(60 * SECOND).build();
    assert_eq!(get(&parameters).await, "there now");
    environment.clock().advance(10 * SECOND);
    store.fail(|| ProviderError::unavailable("busy"));
    assert_eq!(get(&parameters).await, "there now");
    store.succeed();
    store.put("/a", "changed");
    assert_eq!(get(&parameters).await, "there now");
    assert_eq!(&*parameters.get("/a").max_age(Duration::ZERO).await.unwrap(), "changed");
}

#[tokio::test]
async fn a_failure_is_not_remembered_with_an_age_of_zero() {
    for stale_if_error in [Duration::ZERO, 60 * SECOND] {
        let (environment, store) = (TestEnvironment::new(), MapProvider::new());
        let builder = Parameters::builder(store.clone()).environment(&environment);
        let parameters = builder.max_age(Duration::ZERO).stale_if_error(stale_if_error).build();
        for _ in 0..2 {
            assert!(parameters.get("/a").await.unwrap_err().is_not_found());
        }
        assert_eq!(store.calls().len(), 2);
    }
}

#[tokio::test]
async fn other_failures_are_not_remembered() {
    let (environment, store) = (TestEnvironment::new(), MapProvider::new().text("/a", "v"));
    let parameters = on(&environment, store.clone());
    for failure in [
        || ProviderError::unavailable("busy"),
        || ProviderError::access_denied("no"),
        || ProviderError::refused("never"),
    ] {
        store.fail(failure);
        assert!(parameters.get("/a").await.is_err());
        store.succeed();
        assert_eq!(&*parameters.get("/a").await.unwrap(), "v");
        parameters.clear();
    }
}

#[tokio::test]
async fn a_provider_that_panics_is_an_error() {
    let parameters = on(&TestEnvironment::new(), Counter::open());
    let error = parameters.get("/panics").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"cannot get "/panics" from a counter: the provider panicked"#
    );
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "call 1");
    assert_eq!(get(&parameters).await, "2");
}

#[tokio::test]
async fn an_older_answer_takes_the_place_of_a_failure_if_allowed() {
    let (environment, store) = (TestEnvironment::new(), MapProvider::new().text("/a", "old"));
    let builder = Parameters::builder(store.clone()).environment(&environment);
    let parameters = builder.stale_if_error(60 * SECOND).build();
    assert_eq!(&*parameters.get("/a").await.unwrap(), "old");

    store.fail(|| ProviderError::unavailable("busy"));
    environment.clock().advance(30 * SECOND);
    assert_eq!(&*parameters.get("/a").await.unwrap(), "old");
    assert_eq!(&*parameters.get("/a").await.unwrap(), "old");
    assert_eq!(store.calls().len(), 2, "the store is left alone for a second");
    environment.clock().advance(SECOND);
    assert_eq!(&*parameters.get("/a").await.unwrap(), "old");
    assert_eq!(store.calls().len(), 3);
    assert!(
        parameters.get("/a").force_fetch().await.unwrap_err().is_unavailable(),
        "a forced fetch wants a new one"
    );

    environment.clock().advance(35 * SECOND);
    assert!(
        parameters.get("/a").await.unwrap_err().is_unavailable(),
        "66 s are too old"
    );
    store.succeed();
    store.put("/a", "new");
    assert_eq!(&*parameters.get("/a").await.unwrap(), "new");

    environment.clock().advance(10 * SECOND);
    store.fail(|| ProviderError::access_denied("no longer"));
    assert!(
        parameters.get("/a").await.unwrap_err().is_access_denied(),
        "a refusal is no outage"
    );
    store.succeed();
    store.remove("/a");
    assert!(parameters.get("/a").await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_younger_answer_is_fetched_in_the_background_if_allowed() {
    let (environment, counter) = (TestEnvironment::new(), Counter::held());
    let builder = Parameters::builder(counter.clone()).environment(&environment);
    let parameters = builder.stale_while_revalidate(10 * SECOND).build();
    counter.allow(1);
    assert_eq!(get(&parameters).await, "1");

    environment.clock().advance(6 * SECOND);
    for _ in 0..100 {
        assert_eq!(get(&parameters).await, "1", "nobody waits");
    }
    counter.wait_until_begun(2).await;
    counter.allow(1);
    while get(&parameters).await != "2" {
        tokio::task::yield_now().await;
    }
    assert_eq!(counter.begun(), 2, "one fetch however many were served");

    environment.clock().advance(15 * SECOND);
    counter.allow(1);
    assert_eq!(get(&parameters).await, "3", "15 s are too old");
}

#[tokio::test]
async fn a_failed_fetch_in_the_background_leaves_the_answer_there() {
    let (environment, store) = (TestEnvironment::new(), MapProvider::new().text("/a", "old"));
    let builder = Parameters::builder(store.clone()).environment(&environment);
    let parameters = builder.stale_while_revalidate(10 * SECOND).build();
    parameters.get("/a").await.unwrap();
    store.fail(|| ProviderError::unavailable("busy"));
    environment.clock().advance(6 * SECOND);
    for calls in [2, 2, 2] {
        assert_eq!(&*parameters.get("/a").await.unwrap(), "old");
        while store.calls().len() < calls {
            tokio::task::yield_now().await;
        }
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert_eq!(store.calls().len(), calls);
    }
}

#[tokio::test]
async fn clear_invalidate_and_after_restore_forget() {
    let environment = TestEnvironment::new();
    let parameters = on(&environment, Counter::open());
    assert_eq!(get(&parameters).await, "1");
    parameters.clear();
    assert_eq!(get(&parameters).await, "2");
    parameters.invalidate("/a");
    assert_eq!(get(&parameters).await, "3");
    parameters.invalidate("/of/another/name");
    assert_eq!(get(&parameters).await, "3");
    parameters.after_restore();
    assert_eq!(get(&parameters).await, "4");
    assert_eq!(parameters.get_multiple("/").await.unwrap()["number"].as_ref(), "5");
    parameters.invalidate("/a");
    assert_eq!(parameters.get_multiple("/").await.unwrap()["number"].as_ref(), "6");
}

#[tokio::test]
async fn more_names_than_fit_in_front_are_found() {
    let environment = TestEnvironment::new();
    let counter = Counter::open();
    let parameters = on(&environment, counter.clone());
    for _ in 0..2 {
        for number in 0..500 {
            parameters.get(&format!("/{number}")).await.unwrap();
        }
    }
    assert_eq!(counter.begun(), 500);
}

#[tokio::test]
async fn no_more_answers_are_kept_than_the_capacity() {
    for capacity in [0, 1, 2, 10, 63, 64, 65, 100, 200] {
        let counter = Counter::open();
        let builder = Parameters::builder(counter.clone()).environment(TestEnvironment::new().environment().clone());
        let parameters = builder.capacity(capacity).build();
        let names: Vec<String> = (0..250).map(|number| format!("/{number}")).collect();
        for name in &names {
            parameters.get(name).await.unwrap();
        }
        parameters.get_by_names(names.iter().map(String::as_str)).await.unwrap();
        // A read of a kept answer keeps no other one.
        let kept = async || {
            let mut kept = 0;
            for name in &names {
                let begun = counter.begun();
                let mut read = parameters.get(name).max_age(Duration::from_hours(1)).into_future();
                kept += u64::from(futures_util::poll!(&mut read).is_ready() && counter.begun() == begun);
            }
            kept
        };
        let kept = kept().await;
        assert!(kept <= capacity, "{kept} of {capacity}");
    }
}

#[tokio::test]
async fn a_capacity_that_fits_all_names_keeps_all_of_them() {
    for capacity in [1, 10, 64, 65, 100] {
        let counter = Counter::open();
        let builder = Parameters::builder(counter.clone()).environment(TestEnvironment::new().environment().clone());
        let parameters = builder.capacity(capacity).build();
        for _ in 0..3 {
            for number in 0..capacity {
                parameters.get(&format!("/{number}")).await.unwrap();
            }
        }
        assert_eq!(counter.begun() as u64, capacity);
    }
}

/// The small map in front must not undo what the builder sets for names that are not in it.
#[tokio::test]
async fn older_answers_are_served_for_more_names_than_fit_in_front() {
    let (environment, store) = (TestEnvironment::new(), MapProvider::new());
    let names: Vec<String> = (0..200).map(|number| format!("/{number}")).collect();
    for name in &names {
        store.put(name, "old");
    }
    let builder = Parameters::builder(store.clone()).environment(&environment);
    let parameters = builder
        .stale_while_revalidate(10 * SECOND)
        .stale_if_error(60 * SECOND)
        .build();
    for name in &names {
        parameters.get(name).await.unwrap();
    }
    store.fail(|| ProviderError::unavailable("busy"));
    environment.clock().advance(10 * SECOND);
    let calls = store.calls().len();
    for name in &names {
        assert_eq!(&*parameters.get(name).await.unwrap(), "old");
    }
    assert_eq!(store.calls().len(), calls, "nobody waits for the store");
    environment.clock().advance(30 * SECOND);
    for name in &names {
        assert_eq!(&*parameters.get(name).await.unwrap(), "old");
    }
}

#[tokio::test]
async fn clones_share_the_cache() {
    let parameters = on(&TestEnvironment::new(), Counter::open());
    assert_eq!(get(&parameters.clone()).await, "1");
    assert_eq!(get(&parameters).await, "1");
}

#[tokio::test]
async fn a_request_with_an_age_of_zero_asks_the_store_even_if_older_answers_may_be_served() {
    let (environment, store) = (TestEnvironment::new(), MapProvider::new().text("/a", "old"));
    let builder = Parameters::builder(store.clone()).environment(&environment);
    let parameters = builder
        .stale_while_revalidate(60 * SECOND)
        .stale_if_error(60 * SECOND)
        .build();
    parameters.get("/a").await.unwrap();
    store.put("/a", "new");
    assert_eq!(&*parameters.get("/a").max_age(Duration::ZERO).await.unwrap(), "new");
    store.fail(|| ProviderError::unavailable("busy"));
    assert_eq!(&*parameters.get("/a").max_age(Duration::ZERO).await.unwrap(), "new");
}
