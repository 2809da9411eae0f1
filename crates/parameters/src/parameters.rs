//! The handle on a store of parameters.

use std::fmt;
use std::time::Duration;

use lambda_runtime::{BoxFuture, SnapStartResource};
use powertools_lambda_core::{Environment, Variables};

use crate::Provider;
use crate::cache::{Ages, Cache};
use crate::reader::Reader;
use crate::request::{Get, GetByNames, GetMultiple};

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
pub struct Parameters<P: Provider>(Reader<P>);

impl<P: Provider> Parameters<P> {
    /// Creates a handle on `provider` with the defaults of the [builder](Self::builder).
    pub fn new(provider: P) -> Self {
        Self::builder(provider).build()
    }

    /// Returns a builder, for other defaults.
    pub fn builder(provider: P) -> ParametersBuilder<P> {
        ParametersBuilder {
            provider,
            environment: None,
            max_age: None,
            stale_while_revalidate: Duration::ZERO,
            stale_if_error: Duration::ZERO,
            failure_age: DEFAULT_FAILURE_AGE,
            capacity: DEFAULT_CAPACITY,
        }
    }

    /// Reads one parameter; see [`Get`] for what it can be had as.
    pub fn get<'a>(&'a self, name: &'a str) -> Get<'a, P, P::Default> {
        Get::new(&self.0, name)
    }

    /// Reads everything below a path (SSM), or with one partition key (DynamoDB).
    pub fn get_multiple<'a>(&'a self, path: &'a str) -> GetMultiple<'a, P, P::Default> {
        GetMultiple::new(&self.0, path)
    }

    /// Reads several parameters by name in as few calls as the store allows; only those that are not cached.
    pub fn get_by_names<'a>(&'a self, names: impl IntoIterator<Item = &'a str>) -> GetByNames<'a, P, P::Default> {
        GetByNames::new(&self.0, names)
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
        self.0.cache().clear();
    }

    /// Forgets what was read of `name`, and every list; for a parameter that was written by other means than `set`.
    ///
    /// Some other names may be forgotten along with it.
    pub fn invalidate(&self, name: &str) {
        self.0.cache().written(name);
    }

    /// Forgets what a SnapStart snapshot must not carry over: every answer, and the provider's sessions.
    ///
    /// A handle is a [`SnapStartResource`], so that a runtime of one's own can do it:
    /// `runtime.register_snapstart_resource(Arc::new(parameters.clone()))`.
    pub fn after_restore(&self) {
        self.provider().after_restore();
        self.clear();
    }

    /// Returns the store.
    pub fn provider(&self) -> &P {
        self.0.provider()
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
}

impl<P: Provider> Clone for Parameters<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: Provider> fmt::Debug for Parameters<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parameters")
            .field("store", &P::STORE)
            .field("ages", self.0.default_ages())
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
    environment: Option<Environment>,
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

    /// Takes environment and clock from `environment` instead of the process.
    pub fn environment(mut self, environment: impl Into<Environment>) -> Self {
        self.environment = Some(environment.into());
        self
    }

    /// Makes the handle. Nothing is read yet.
    pub fn build(self) -> Parameters<P> {
        let environment = self.environment.unwrap_or_default();
        let mut provider = self.provider;
        provider.start(&environment);
        let cache = Cache::new(self.capacity, environment.clock().clone());
        let ages = Ages {
            max_age: self
                .max_age
                .or_else(|| max_age_of(environment.variables()))
                .unwrap_or(DEFAULT_MAX_AGE),
            stale_while_revalidate: self.stale_while_revalidate,
            stale_if_error: self.stale_if_error,
            failure_age: self.failure_age,
        };
        Parameters(Reader::new(provider, cache, ages))
    }
}

/// Seconds, with a fraction if need be; what is negative keeps nothing, as in the other languages.
fn max_age_of(env: &Variables) -> Option<Duration> {
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
