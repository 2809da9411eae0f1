//! `Parameters`, the handle on a store, and `ParametersBuilder`.

use std::fmt;
use std::time::Duration;

use lambda_runtime::{BoxFuture, SnapStartResource};
use powertools_lambda_core::{Environment, Variables};

use crate::Provider;
use crate::cache::{Ages, Cache};
use crate::reader::Reader;
use crate::request::{Get, GetByNames, GetMultiple};

/// Reads the parameters of one store, with a cache in front of it.
///
/// Concurrent reads of a name share one call to the store. Create the handle once, at the start of `main`, and pass it to
/// the handler; it is cheap to clone, and clones share the store and the cache.
///
/// In signatures, write the alias of the store, such as [`SsmParameters`](crate::ssm::SsmParameters), or
/// `&Parameters<impl Provider>` to accept any store, for example [`MapProvider`](crate::test_util::MapProvider) in tests. With
/// `impl Provider`, the form of a plain `.await` is unknown to the compiler, so write it: `.text()`, `.json::<T>()`, …
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
#[must_use = "a handle does nothing until a parameter is read"]
pub struct Parameters<P: Provider>(Reader<P>);

impl<P: Provider> Parameters<P> {
    /// Creates a handle on a store with the defaults of the [builder](Self::builder).
    pub fn new(provider: P) -> Self {
        Self::builder(provider).build()
    }

    /// Returns a builder, to change the defaults.
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

    /// Reads one parameter: `.await` the returned request, or first set its maximum age and its form.
    ///
    /// A plain `.await` returns the store's default form. The methods of [`Get`] return others: `.text()`, `.secret()`,
    /// `.json::<T>()`, `.bytes()`, `.base64()`, `.auto()` and `.transform(function)`.
    ///
    /// | store | `get(name).await?` is |
    /// |---|---|
    /// | SSM Parameter Store, also through the extension | `Arc<str>` |
    /// | Secrets Manager, also through the extension | [`Secret`](crate::Secret) |
    /// | DynamoDB | `Arc<str>` |
    /// | AppConfig, also through the agent | `Arc<str>` |
    /// | [`MapProvider`](crate::test_util::MapProvider) | `Arc<str>` |
    ///
    /// An `Arc<str>` dereferences to `str`; for a `String`, call `.to_string()`.
    pub fn get<'a>(&'a self, name: &'a str) -> Get<'a, P, P::Default> {
        Get::new(&self.0, name)
    }

    /// Reads all parameters below a path (SSM Parameter Store) or with one partition key (DynamoDB).
    pub fn get_multiple<'a>(&'a self, path: &'a str) -> GetMultiple<'a, P, P::Default> {
        GetMultiple::new(&self.0, path)
    }

    /// Reads several parameters by name: cached ones from the cache, the others in as few calls as the store allows.
    pub fn get_by_names<'a>(&'a self, names: impl IntoIterator<Item = &'a str>) -> GetByNames<'a, P, P::Default> {
        GetByNames::new(&self.0, names)
    }

    /// Reads parameters into the cache before their first use, for example in the init phase, which has a full CPU.
    ///
    /// Errors are ignored: the later read that needs the parameter asks the store again and returns the error. The
    /// parameters are read like [`get_by_names`](Self::get_by_names), which may need another permission than
    /// [`get`](Self::get): `ssm:GetParameters` for Parameter Store.
    pub async fn prefetch<'a>(&self, names: impl IntoIterator<Item = &'a str>) {
        let names: Vec<&str> = names.into_iter().collect();
        let _ = self.get_by_names(names.iter().copied()).each().await;
    }

    /// Removes everything from the cache. The answers of calls that are under way are not cached either.
    pub fn clear(&self) {
        self.0.cache().clear();
    }

    /// Removes `name` and all lists from the cache, after the parameter was written by other means than `set`.
    ///
    /// The answer of a call for `name` that is under way is not cached either. Some other names may be removed, too.
    pub fn invalidate(&self, name: &str) {
        self.0.cache().written(name);
    }

    /// Clears the cache and the provider's sessions, which a restored SnapStart snapshot must not reuse.
    ///
    /// The handle is a [`SnapStartResource`], which calls this. With `Powertools` or a custom runtime, register it before
    /// `run`: `register_snapstart_resource(Arc::new(parameters.clone()))`.
    pub fn after_restore(&self) {
        self.provider().after_restore();
        self.clear();
    }

    /// Returns the store.
    pub fn provider(&self) -> &P {
        self.0.provider()
    }

    /// Removes `name` from the cache when the returned guard is dropped.
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

/// Configures [`Parameters`]; see [`Parameters::builder`].
#[must_use = "a builder does nothing until `build` is called"]
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
    /// Sets the maximum age of a cached value, unless a request sets its own.
    ///
    /// Default: `POWERTOOLS_PARAMETERS_MAX_AGE` in seconds, or 5 s. The age is checked when a value is read, so requests
    /// with different maximum ages share the cached value. With zero, every request asks the store and nothing is
    /// cached, but concurrent requests still share a call.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Sets how long after its maximum age a value is still returned while a new one is fetched in the background.
    ///
    /// Default: zero. A background fetch pauses while the environment is frozen, so it may end in a later invocation. It is
    /// given up after 30 s.
    pub fn stale_while_revalidate(mut self, beyond: Duration) -> Self {
        self.stale_while_revalidate = beyond;
        self
    }

    /// Sets how long after its maximum age a value is still returned if the store is unavailable. Default: zero.
    ///
    /// The value replaces errors from throttling, faults, timeouts, failed connections and answers that are not understood, but
    /// not "not found" and refused requests. It is also returned if the store does not answer within 1 s or within half of the
    /// invocation's remaining time, whichever is less; the call continues in the background. The store is asked again after
    /// [`failure_age`](Self::failure_age).
    ///
    /// A read that finds no older value waits as long as the store's client does. The AWS SDK sets no limit by default: set
    /// an `operation_timeout`, as the [guide](crate::_guide) shows.
    pub fn stale_if_error(mut self, beyond: Duration) -> Self {
        self.stale_if_error = beyond;
        self
    }

    /// Sets how long a failure is cached. Default: 1 s; with zero, the store is asked each time.
    ///
    /// Cached failures are "not found" and those that an older value replaced
    /// ([`stale_if_error`](Self::stale_if_error)). With a [maximum age](Self::max_age) of zero, also of one request,
    /// none is used.
    pub fn failure_age(mut self, failure_age: Duration) -> Self {
        self.failure_age = failure_age;
        self
    }

    /// Sets the maximum number of cached values. Default: 1,000. A list counts as one value. With zero, nothing is cached, but
    /// concurrent requests still share a call.
    pub fn capacity(mut self, capacity: u64) -> Self {
        self.capacity = capacity;
        self
    }

    /// Reads the variables and the clock of `environment`, for tests. Default: those of the process.
    pub fn environment(mut self, environment: impl Into<Environment>) -> Self {
        self.environment = Some(environment.into());
        self
    }

    /// Creates the handle. Nothing is read yet.
    pub fn build(self) -> Parameters<P> {
        let environment = self.environment.unwrap_or_default();
        let mut provider = self.provider;
        provider.start(&environment);
        let cache = Cache::new(self.capacity, environment.clock().clone());
        let max_age = self.max_age.or_else(|| max_age_of(environment.variables()));
        let max_age = max_age.unwrap_or(DEFAULT_MAX_AGE);
        let ages = Ages {
            max_age,
            stale_while_revalidate: self.stale_while_revalidate,
            stale_if_error: self.stale_if_error,
            failure_age: if max_age.is_zero() {
                Duration::ZERO
            } else {
                self.failure_age
            },
        };
        Parameters(Reader::new(provider, cache, ages))
    }
}

/// Reads seconds, possibly with a fraction; a negative number disables the cache, as in the other languages.
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
