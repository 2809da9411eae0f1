//! A cached parameter, read with this crate, with its peers and by hand.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a program for a terminal; the peers read the clock

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, RwLock};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use powertools_lambda_parameters::Parameters;
use powertools_lambda_parameters::test_util::MapProvider;

const NAME: &str = "/shop/config";
const JSON: &str = r#"{"currency":"EUR","orders":10}"#;
const MAX_AGE: Duration = Duration::from_hours(24);

#[derive(serde::Deserialize)]
pub(crate) struct Config {
    pub(crate) orders: u32,
}

/// A handle whose cache has the parameter.
pub(crate) fn parameters() -> Parameters<MapProvider> {
    let store = MapProvider::new().text(NAME, JSON);
    let parameters = Parameters::builder(store).max_age(MAX_AGE).build();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        parameters.get(NAME).await.unwrap();
        parameters.get(NAME).json::<Config>().await.unwrap();
        parameters.get(NAME).secret().await.unwrap();
    });
    parameters
}

/// Polls once, because a cached value is ready immediately.
fn ready<T>(future: impl IntoFuture<Output = T>) -> T {
    match pin!(future.into_future()).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it is not cached"),
    }
}

pub(crate) fn text(parameters: &Parameters<MapProvider>) -> usize {
    ready(parameters.get(NAME)).unwrap().len()
}

pub(crate) fn json(parameters: &Parameters<MapProvider>) -> u32 {
    ready(parameters.get(NAME).json::<Config>()).unwrap().orders
}

pub(crate) fn secret(parameters: &Parameters<MapProvider>) -> usize {
    ready(parameters.get(NAME).secret()).unwrap().expose().len()
}

pub(crate) type MokaSync = moka::sync::Cache<String, Arc<str>>;

pub(crate) fn moka_sync_cache() -> MokaSync {
    let cache = moka::sync::Cache::builder()
        .max_capacity(1_000)
        .time_to_live(MAX_AGE)
        .build();
    cache.insert(NAME.to_owned(), Arc::from(JSON));
    cache
}

pub(crate) fn moka_sync(cache: &MokaSync) -> usize {
    cache.get(NAME).unwrap().len()
}

pub(crate) type MokaFuture = moka::future::Cache<String, Arc<str>>;

pub(crate) fn moka_future_cache() -> MokaFuture {
    let cache = moka::future::Cache::builder()
        .max_capacity(1_000)
        .time_to_live(MAX_AGE)
        .build();
    ready(cache.insert(NAME.to_owned(), Arc::from(JSON)));
    cache
}

pub(crate) fn moka_future(cache: &MokaFuture) -> usize {
    ready(cache.get(NAME)).unwrap().len()
}

/// A cache written by hand: a map under a lock, with the time of each entry.
pub(crate) type ByHand = RwLock<HashMap<String, (Instant, Arc<str>)>>;

pub(crate) fn by_hand_map() -> ByHand {
    RwLock::new(HashMap::from([(NAME.to_owned(), (Instant::now(), Arc::from(JSON)))]))
}

pub(crate) fn by_hand(map: &ByHand) -> usize {
    let map = map.read().unwrap();
    let (put, value) = &map[NAME];
    assert!(put.elapsed() < MAX_AGE);
    Arc::clone(value).len()
}
