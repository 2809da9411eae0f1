//! [`Idempotency`], the handle: a use, its store and its settings.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use lambda_runtime::Context;
use powertools_lambda_core::{ColdStart, Deadline, Environment, Invocation};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cache::LocalCache;
use crate::execution::{self, Lock, Settings};
use crate::policies::{MissingKeyPolicy, StoreFailurePolicy};
use crate::{IdempotencyError, Key, KeyHash, Record, Store};

/// Runs work once per key, and replays its answer to duplicates.
///
/// Create one per *use* (one piece of work of a function) when the function starts, and share it; clones are the same. The
/// name of the use and that of the function are in each key, so two uses never share a record.
///
/// * **While the lock holds, there is one execution.** The lock never ends before the deadline that Lambda enforces.
/// * After it, two may run, for example if the first one was cut short; only one can complete the record.
///
/// ```
/// use powertools_lambda_idempotency::{Idempotency, MemoryStore};
///
/// # struct Receipt; type Error = lambda_runtime::Error;
/// async fn charge(idempotency: &Idempotency, order_id: &str) -> Result<String, Error> {
///     idempotency.run(order_id, || async {
///         Ok::<_, Error>("receipt-1".to_owned()) // called once at most
///     }).await
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Error> {
/// // In a function: `DynamoDbStore::new(client, "idempotency")`.
/// let idempotency = Idempotency::new(MemoryStore::new(), "charge");
/// assert_eq!(charge(&idempotency, "o-7").await?, "receipt-1");
/// assert_eq!(charge(&idempotency, "o-7").await?, "receipt-1"); // replayed
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Idempotency {
    settings: Arc<Settings>,
    /// The deadline of [`with_context`](Self::with_context).
    deadline: Option<Deadline>,
}

impl Idempotency {
    /// Creates a handle with default settings. `name` names the use, such as `charge`.
    pub fn new(store: impl Store + 'static, name: &str) -> Self {
        Self::builder(store, name).build()
    }

    /// Creates a builder. `name` names the use, such as `charge`.
    pub fn builder(store: impl Store + 'static, name: &str) -> IdempotencyBuilder {
        IdempotencyBuilder {
            store: Arc::new(store),
            name: name.to_owned(),
            key_prefix: None,
            key_hash: KeyHash::default(),
            expires_after: Duration::from_hours(1),
            lock_time: None,
            cache_capacity: 0,
            missing_key: MissingKeyPolicy::default(),
            store_failure: StoreFailurePolicy::default(),
            environment: None,
        }
    }

    /// Returns a handle that takes the deadline from `context`.
    ///
    /// Not needed inside `Powertools::run` or an `InvocationLayer`, where the current invocation has it, nor in a layer.
    pub fn with_context(&self, context: &Context) -> Self {
        Self {
            settings: Arc::clone(&self.settings),
            deadline: Deadline::of(context, self.settings.environment.clock()),
        }
    }

    /// Returns whether it is enabled: `POWERTOOLS_IDEMPOTENCY_DISABLED` is not true.
    pub fn is_enabled(&self) -> bool {
        !self.settings.is_disabled
    }

    /// Returns the answer of the work with this key: calls `work`, or replays what an earlier execution answered.
    ///
    /// `work` is called once at most. If it returns an error or panics, the key is released, so the next request calls it
    /// again. If the returned future is dropped or cut short, the key stays locked until the lock ends.
    ///
    /// The call returns the error type of `work`, which therefore needs a `From<IdempotencyError>`: `lambda_runtime::Error` and
    /// `anyhow::Error` have it, and `thiserror` makes it with `#[from]`.
    ///
    /// # Errors
    ///
    /// Returns the error of `work` unchanged, or an [`IdempotencyError`].
    pub async fn run<T, E, W, F>(&self, key: impl Into<Key>, work: W) -> Result<T, E>
    where
        W: FnOnce() -> F,
        F: Future<Output = Result<T, E>>,
        T: Serialize + DeserializeOwned,
        E: From<IdempotencyError>,
    {
        self.run_or_replay(key, work, |answer, _| answer).await
    }

    /// Same as [`run`](Self::run), with a hook that may change an answer that is replayed.
    ///
    /// ```
    /// # use powertools_lambda_idempotency::{Idempotency, IdempotencyError, MemoryStore};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), IdempotencyError> {
    /// # let idempotency = Idempotency::new(MemoryStore::new(), "charge");
    /// let charge = || async { Ok::<_, IdempotencyError>("receipt-1".to_owned()) };
    /// idempotency.run("o-7", charge).await?;
    /// let answer = idempotency.run_or_replay("o-7", charge, |answer, _record| format!("{answer} (again)")).await?;
    /// assert_eq!(answer, "receipt-1 (again)");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`run`](Self::run).
    pub async fn run_or_replay<T, E, W, F, H>(&self, key: impl Into<Key>, work: W, on_replay: H) -> Result<T, E>
    where
        W: FnOnce() -> F,
        F: Future<Output = Result<T, E>>,
        T: Serialize + DeserializeOwned,
        E: From<IdempotencyError>,
        H: FnOnce(T, &Record) -> T,
    {
        let invocation = Invocation::current();
        let deadline = self.deadline.as_ref();
        let deadline = deadline.or_else(|| invocation.as_ref().and_then(Invocation::deadline));
        // Boxed, because the compiler would reach its recursion limit in the layout of an SDK call inside the wrappers of a
        // handler.
        let work = || Box::pin(work());
        execution::run(&self.settings, deadline, key.into(), work, on_replay).await
    }
}

impl fmt::Debug for Idempotency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Idempotency")
            .field("store", &self.settings.store.name())
            .field("key_prefix", &self.settings.key_prefix)
            .finish_non_exhaustive()
    }
}

/// Builds an [`Idempotency`]; from [`Idempotency::builder`].
#[must_use = "a builder does nothing until `build` is called"]
pub struct IdempotencyBuilder {
    store: Arc<dyn Store>,
    name: String,
    key_prefix: Option<String>,
    key_hash: KeyHash,
    expires_after: Duration,
    lock_time: Option<Duration>,
    cache_capacity: usize,
    missing_key: MissingKeyPolicy,
    store_failure: StoreFailurePolicy,
    environment: Option<Environment>,
}

impl IdempotencyBuilder {
    /// Sets what each key begins with, instead of the names of the function and the use.
    ///
    /// Use it for keys that several functions share, or that must survive a change of the name. Other implementations of
    /// Powertools do not check owners: do not share a prefix with them. Default: `FUNCTION.NAME`, with the function from
    /// `AWS_LAMBDA_FUNCTION_NAME` (`test-func` if it is unset).
    pub fn key_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.key_prefix = Some(prefix.into());
        self
    }

    /// Sets how keys and payloads are hashed. Default: [`KeyHash::Sha256`].
    pub fn key_hash(mut self, hash: KeyHash) -> Self {
        self.key_hash = hash;
        self
    }

    /// Sets how long answers are replayed, counted from completion, in whole seconds. Default: 1 hour.
    ///
    /// Make it longer than the client's or the queue's last retry.
    pub fn expires_after(mut self, age: Duration) -> Self {
        self.expires_after = age;
        self
    }

    /// Sets a minimum for the lock, counted from the start of the work.
    ///
    /// The lock ends after this time and not before one second after the invocation's deadline, because clocks differ. Set
    /// it if the effect outlasts the invocation, for example if a payment is confirmed later, and on Lambda Managed
    /// Instances, which do not enforce deadlines. Default: only the deadline counts; 15 minutes if no deadline is enforced or
    /// known.
    pub fn lock_time(mut self, time: Duration) -> Self {
        self.lock_time = Some(time);
        self
    }

    /// Sets how many completed records are kept in memory. Default: 0.
    ///
    /// A duplicate that comes to the same environment is then answered without a call of the store.
    pub fn local_cache(mut self, records: usize) -> Self {
        self.cache_capacity = records;
        self
    }

    /// Sets what happens if a key is missing. Default: [`MissingKeyPolicy::Error`].
    pub fn missing_key(mut self, policy: MissingKeyPolicy) -> Self {
        self.missing_key = policy;
        self
    }

    /// Sets what happens if the store fails before the work. Default: [`StoreFailurePolicy::Error`].
    pub fn store_failure(mut self, policy: StoreFailurePolicy) -> Self {
        self.store_failure = policy;
        self
    }

    /// Uses the variables, the clock and the warnings of `environment`, for tests. Default: those of the process.
    pub fn environment(mut self, environment: impl Into<Environment>) -> Self {
        self.environment = Some(environment.into());
        self
    }

    /// Builds the handle. Reads `POWERTOOLS_IDEMPOTENCY_DISABLED`, `AWS_LAMBDA_FUNCTION_NAME` and
    /// `AWS_LAMBDA_INITIALIZATION_TYPE`.
    pub fn build(self) -> Idempotency {
        let environment = self.environment.unwrap_or_default();
        let variables = environment.variables();
        let is_disabled = variables.flag(DISABLED).unwrap_or_default();
        if is_disabled {
            let warning = format_args!("{DISABLED} is set: work is called each time, and nothing is recorded");
            environment.warnings().once("idempotency disabled", warning);
        }
        let function = || variables.text("AWS_LAMBDA_FUNCTION_NAME");
        let key_prefix = self.key_prefix.unwrap_or_else(|| {
            let function = function().unwrap_or_else(|| "test-func".to_owned());
            format!("{function}.{}", self.name)
        });
        let initialization = variables.text(ColdStart::INITIALIZATION_TYPE);
        let lock = Lock {
            time: self.lock_time,
            is_deadline_enforced: initialization.as_deref() != Some(MANAGED_INSTANCES),
        };
        let clock = environment.clock().clone();
        let cache = (self.cache_capacity > 0).then(|| LocalCache::new(self.cache_capacity, clock));
        let settings = Settings {
            store: self.store,
            key_prefix,
            key_hash: self.key_hash,
            expires_after: self.expires_after,
            lock,
            cache,
            missing_key: self.missing_key,
            store_failure: self.store_failure,
            is_disabled,
            environment,
        };
        Idempotency {
            settings: Arc::new(settings),
            deadline: None,
        }
    }
}

const DISABLED: &str = "POWERTOOLS_IDEMPOTENCY_DISABLED";

/// The initialization type of Lambda Managed Instances.
const MANAGED_INSTANCES: &str = "lambda-managed-instances";

impl fmt::Debug for IdempotencyBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdempotencyBuilder")
            .field("store", &self.store.name())
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
