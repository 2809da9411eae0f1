//! The handle on a store of parameters.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt;
use lambda_runtime::{BoxFuture, SnapStartResource};
use powertools_lambda_core::{Env, Host, panic_message};

use crate::cache::{Ages, Answer, Cache, Demand, Entry, Key, KeyRef, Kind, Leading, Part, State};
use crate::fetch::{self, Fetch};
use crate::{Get, GetByNames, GetError, GetMultiple, Provider, ProviderError};

/// Parameters of one store: read by name, cached, one call however many ask.
///
/// A cheap handle: clones share the store and the cache. Make it once, at the start, and hand it to the handler.
///
/// ```
/// # use powertools_lambda_parameters::{Parameters, test_util::MapProvider};
/// # #[derive(serde::Deserialize)] struct Config { currency: String }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = MapProvider::new().text("/shop/config", r#"{"currency": "EUR"}"#);
/// use std::time::Duration;
///
/// let parameters = Parameters::new(store);
/// let config = parameters.get("/shop/config").max_age(Duration::from_secs(60)).json::<Config>().await?;
/// assert_eq!(config.currency, "EUR");
/// # Ok(()) }
/// ```
pub struct Parameters<P: Provider>(Arc<Inner<P>>);

pub(crate) struct Inner<P: Provider> {
    pub(crate) provider: P,
    pub(crate) cache: Cache<P::Options>,
    pub(crate) ages: Ages,
}

impl<P: Provider> Parameters<P> {
    /// Creates a handle on `provider` with the defaults of the [builder](Self::builder).
    pub fn new(provider: P) -> Self {
        Self::builder(provider).build()
    }

    /// Returns a builder, for other defaults.
    pub fn builder(provider: P) -> ParametersBuilder<P> {
        ParametersBuilder {
            provider,
            host: None,
            max_age: None,
            stale_while_revalidate: Duration::ZERO,
            stale_if_error: Duration::ZERO,
            failure_age: DEFAULT_FAILURE_AGE,
            capacity: DEFAULT_CAPACITY,
        }
    }

    /// Reads one parameter; see [`Get`] for what it can be had as.
    pub fn get<'a>(&'a self, name: &'a str) -> Get<'a, P, P::Default> {
        Get::new(self, name)
    }

    /// Reads everything below a path (SSM), or with one partition key (DynamoDB).
    pub fn get_multiple<'a>(&'a self, path: &'a str) -> GetMultiple<'a, P, P::Default> {
        GetMultiple::new(self, path)
    }

    /// Reads several parameters by name in as few calls as the store allows; only those that are not cached.
    pub fn get_by_names<'a>(&'a self, names: impl IntoIterator<Item = &'a str>) -> GetByNames<'a, P, P::Default> {
        GetByNames::new(self, names)
    }

    /// Reads parameters ahead of their first use, as in the init phase, which has a full CPU.
    ///
    /// A failure is no failure here: whoever needs the parameter asks again, and gets the error. It asks as
    /// [`get_by_names`](Self::get_by_names) does, which may want another permission than [`get`](Self::get): for Parameter
    /// Store `ssm:GetParameters`.
    pub async fn prefetch<'a>(&self, names: impl IntoIterator<Item = &'a str>) {
        let names: Vec<&str> = names.into_iter().collect();
        let _ = self.get_by_names(names.iter().copied()).each().await;
    }

    /// Forgets every answer, those that are on their way included.
    pub fn clear(&self) {
        self.0.cache.clear();
    }

    /// Forgets what was read of `name`, and every list; for a parameter that was written by other means than `set`.
    ///
    /// Some other names may be forgotten along with it.
    pub fn invalidate(&self, name: &str) {
        self.0.cache.written(name);
    }

    /// Forgets what a SnapStart snapshot must not carry over: every answer, and the provider's sessions.
    ///
    /// A handle is a [`SnapStartResource`], so that a runtime of one's own can do it:
    /// `runtime.register_snapstart_resource(Arc::new(parameters.clone()))`.
    pub fn after_restore(&self) {
        self.0.provider.after_restore();
        self.clear();
    }

    /// Returns the store.
    pub fn provider(&self) -> &P {
        &self.0.provider
    }

    /// Forgets what was read of `name`, when what this returns is dropped.
    #[cfg(any(feature = "ssm", feature = "secrets"))]
    pub(crate) fn forget_afterwards<'a>(&'a self, name: &'a str) -> impl Drop + use<'a, P> {
        struct Forget<'a, P: Provider>(&'a Parameters<P>, &'a str);
        impl<P: Provider> Drop for Forget<'_, P> {
            fn drop(&mut self) {
                self.0.invalidate(self.1);
            }
        }
        Forget(self, name)
    }

    /// Returns the ages of a request that may have one of its own.
    pub(crate) fn ages(&self, max_age: Option<Duration>) -> Ages {
        let max_age = max_age.unwrap_or(self.0.ages.max_age);
        Ages { max_age, ..self.0.ages }
    }

    /// Returns what `read` makes of an answer that is there, and has a younger one fetched where it is due.
    pub(crate) fn read<R>(
        &self,
        key: &KeyRef<'_, P::Options>,
        Demand { ages, force }: Demand,
        read: impl Fn(&Arc<Entry>) -> R,
    ) -> Option<R> {
        if force {
            return None;
        }
        let (read, due) = self.0.cache.read(key, &ages, |entry, state| {
            let due = state == State::Stale && !entry.refreshing.swap(true, Ordering::AcqRel);
            (read(entry), due.then(|| Arc::clone(entry)))
        })?;
        if let Some(entry) = due {
            self.refresh(key.to_key(), ages, &entry);
        }
        Some(read)
    }

    /// Returns an entry that may be used without asking the store, and has a younger one fetched where it is due.
    pub(crate) async fn usable(&self, key: &Key<P::Options>, demand: Demand) -> Option<Arc<Entry>> {
        let found = self.read(&key.as_ref(), demand, Arc::clone);
        match found {
            None if !demand.force => {
                let entry = self.0.cache.peek(key).await;
                entry.filter(|entry| self.0.cache.is_fresh(entry, &demand.ages))
            }
            found => found,
        }
    }

    /// Returns an answer to `key`, from the cache or from the store.
    pub(crate) async fn answer(&self, key: &Key<P::Options>, demand: Demand, leading: &Leading) -> Arc<Entry> {
        let ask = || self.ask(key, demand.ages);
        self.0.cache.answer(key, demand, leading, ask).await
    }

    fn refresh(&self, key: Key<P::Options>, ages: Ages, entry: &Arc<Entry>) {
        let parameters = self.clone();
        let due = Arc::clone(entry);
        let started = fetch::in_background(async move {
            let demand = Demand { ages, force: false };
            parameters.answer(&key, demand, &Leading::default()).await;
            due.refreshing.store(false, Ordering::Release);
        });
        if !started {
            entry.refreshing.store(false, Ordering::Release);
        }
    }

    /// Asks the store. A provider that panics has failed, and nobody waits in vain.
    async fn ask(&self, key: &Key<P::Options>, ages: Ages) -> Answer {
        let provider = &self.0.provider;
        let answer = async {
            match key.kind() {
                Kind::One => {
                    let value = provider.get(key.name(), key.options()).await?;
                    Ok(Answer::One(Part::new(value)))
                }
                Kind::Multiple => {
                    let mut values = provider.get_multiple(key.name(), key.options()).await?;
                    values.sort_by(|(a, _), (b, _)| a.cmp(b));
                    let parts = values.into_iter().map(|(name, value)| (name.into(), Part::new(value)));
                    Ok(Answer::Multiple(Part::new(parts.collect())))
                }
                Kind::Names => Ok(Answer::Names(self.ask_names(key, ages).await)),
            }
        };
        let answer = AssertUnwindSafe(answer).catch_unwind().await;
        let answer = answer.unwrap_or_else(|panic| Err(ProviderError::panicked(panic_message(panic.as_ref()))));
        answer.unwrap_or_else(|error| Answer::Failed(GetError::of_provider(P::STORE, key.name(), error)))
    }

    /// Asks for several names at once; each answer is kept under its own name.
    async fn ask_names(&self, key: &Key<P::Options>, ages: Ages) -> Vec<Arc<Entry>> {
        let cache = &self.0.cache;
        let names = key.all();
        let keys: Vec<_> = names
            .iter()
            .map(|&(name, options)| {
                let kind = Kind::One;
                KeyRef { kind, name, options }.to_key()
            })
            .collect();
        let began: Vec<_> = keys.iter().map(|key| cache.begin(key)).collect();
        let mut values = self.0.provider.get_by_names(&names).await.into_iter();
        let mut entries = Vec::with_capacity(keys.len());
        for (key, began) in keys.into_iter().zip(began) {
            let value = values.next().unwrap_or_else(|| Err(ProviderError::not_found()));
            let answer = match value {
                Ok(value) => Answer::One(Part::new(value)),
                Err(error) => Answer::Failed(GetError::of_provider(P::STORE, key.name(), error)),
            };
            let previous = cache.peek(&key).await;
            let entry = cache.entry(answer, began, previous.as_deref(), &ages);
            if !ages.keeps_nothing() {
                cache.put(key, Arc::clone(&entry)).await;
            }
            entries.push(entry);
        }
        entries
    }
}

impl<P: Provider> Clone for Parameters<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: Provider> fmt::Debug for Parameters<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parameters")
            .field("store", &P::STORE)
            .field("ages", &self.0.ages)
            .finish_non_exhaustive()
    }
}

impl<P: Provider> SnapStartResource for Parameters<P> {
    fn after_restore(&self) -> BoxFuture<'_, Result<(), lambda_runtime::Error>> {
        Self::after_restore(self);
        Box::pin(async { Ok(()) })
    }
}

/// Configures [`Parameters`].
#[must_use]
pub struct ParametersBuilder<P> {
    provider: P,
    host: Option<Host>,
    max_age: Option<Duration>,
    stale_while_revalidate: Duration,
    stale_if_error: Duration,
    failure_age: Duration,
    capacity: u64,
}

const DEFAULT_MAX_AGE: Duration = Duration::from_secs(5);
const DEFAULT_FAILURE_AGE: Duration = Duration::from_secs(1);
const DEFAULT_CAPACITY: u64 = 1_000;
const MAX_AGE_VARIABLE: &str = "POWERTOOLS_PARAMETERS_MAX_AGE";

impl<P: Provider> ParametersBuilder<P> {
    /// Sets how old an answer may be where the request says nothing; `POWERTOOLS_PARAMETERS_MAX_AGE` in seconds, or 5 s.
    ///
    /// The age is judged when an answer is read, so requests of different patience share it. With zero every request
    /// asks the store, though those that ask at the same time still share a call, and nothing is kept.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Sets how long beyond its maximum age an answer is served while a younger one is fetched in the background; none.
    ///
    /// A background fetch stands still while the environment is frozen, so it may end in a later invocation.
    pub fn stale_while_revalidate(mut self, beyond: Duration) -> Self {
        self.stale_while_revalidate = beyond;
        self
    }

    /// Sets how long beyond its maximum age an answer is served when the store cannot answer; none.
    ///
    /// It takes the place of throttling, faults, timeouts and failed connections, not of "there is none" or of a
    /// refusal. The store is asked again after [`failure_age`](Self::failure_age).
    pub fn stale_if_error(mut self, beyond: Duration) -> Self {
        self.stale_if_error = beyond;
        self
    }

    /// Sets how long a failure is remembered: 1 s. Zero asks the store each time.
    ///
    /// That is "there is none", and any failure that an older answer took the place of.
    pub fn failure_age(mut self, failure_age: Duration) -> Self {
        self.failure_age = failure_age;
        self
    }

    /// Sets how many answers are kept: 1,000. A list counts as one.
    pub fn capacity(mut self, capacity: u64) -> Self {
        self.capacity = capacity;
        self
    }

    /// Takes environment and clock from `host` instead of the process.
    pub fn host(mut self, host: Host) -> Self {
        self.host = Some(host);
        self
    }

    /// Makes the handle. Nothing is read yet.
    pub fn build(self) -> Parameters<P> {
        let host = self.host.unwrap_or_default();
        let mut provider = self.provider;
        provider.start(&host);
        Parameters(Arc::new(Inner {
            provider,
            cache: Cache::new(self.capacity, host.clock().clone()),
            ages: Ages {
                max_age: self
                    .max_age
                    .or_else(|| max_age_of(host.env()))
                    .unwrap_or(DEFAULT_MAX_AGE),
                stale_while_revalidate: self.stale_while_revalidate,
                stale_if_error: self.stale_if_error,
                failure_age: self.failure_age,
            },
        }))
    }
}

/// Seconds, with a fraction if need be; what is negative keeps nothing, as in the other languages.
fn max_age_of(env: &Env) -> Option<Duration> {
    env.parse_with(MAX_AGE_VARIABLE, "a number of seconds", |text| {
        let seconds: f64 = text.parse().ok()?;
        Duration::try_from_secs_f64(seconds.max(0.0))
            .ok()
            .filter(|_| !seconds.is_nan())
    })
}

impl<P> fmt::Debug for ParametersBuilder<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParametersBuilder")
            .field("max_age", &self.max_age)
            .field("stale_while_revalidate", &self.stale_while_revalidate)
            .field("stale_if_error", &self.stale_if_error)
            .field("failure_age", &self.failure_age)
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

/// Makes the future of a read of which `ready` is what there is already.
pub(crate) fn fetch<T, E, F>(ready: Option<Result<T, E>>, read: impl FnOnce(Leading) -> F) -> Fetch<T, E>
where
    T: Send + 'static,
    E: Send + 'static,
    F: Future<Output = Result<T, E>> + Send + 'static,
{
    match ready {
        Some(result) => Fetch::ready(result),
        None => Fetch::pending(read),
    }
}
