//! `Logger`, the handle that users configure and pass around.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use powertools_lambda_core::{InitError, InvocationLayer};
use serde::Serialize;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;

use crate::keys::Keys;
use crate::panic_hook;
use crate::subscriber::{RecordFilter, RecordLayer, SoleLayer};
use crate::utility::LoggerUtility;

/// Writes `tracing` events as JSON records with the Lambda context.
///
/// You log with the macros of `tracing`; this handle configures how their events are written. Clones are cheap and share
/// everything.
///
/// Its methods act on the whole process: [`set_level`](Self::set_level), [`set_global_key`](Self::set_global_key). The
/// crate's free functions, such as [`append_key`](crate::append_key), act on the current invocation.
///
/// ```no_run
/// use powertools_lambda_logger::Logger;
/// use tracing::level_filters::LevelFilter;
///
/// let logger = Logger::builder().service("orders").level(LevelFilter::WARN).global_key("region", "eu").build();
/// logger.init()?;
/// # Ok::<(), powertools_lambda_logger::InitError>(())
/// ```
#[derive(Clone)]
#[must_use = "call `init`, or add `subscriber_layer()` to a subscriber: otherwise no records are written"]
pub struct Logger {
    utility: Arc<LoggerUtility>,
}

impl Logger {
    pub(crate) fn new(utility: LoggerUtility) -> Self {
        Self {
            utility: Arc::new(utility),
        }
    }

    /// Installs the logger for the whole process.
    ///
    /// Sets the global `tracing` subscriber and the panic hook, and forwards the records of the `log` crate (feature
    /// `log`).
    ///
    /// # Errors
    ///
    /// Returns an error if a global subscriber is already set, for example by an earlier `init()`. To keep that
    /// subscriber, add [`subscriber_layer`](Self::subscriber_layer) to it.
    pub fn init(&self) -> Result<(), InitError> {
        let layer = SoleLayer::new(self.records(), self.record_filter());
        let subscriber = tracing_subscriber::registry().with(layer);
        // Not with `try_init`: if a dependency turns on the feature `tracing-log` of tracing-subscriber, that would install
        // a logger of the `log` crate that drops key-values.
        tracing::subscriber::set_global_default(subscriber).map_err(|error| {
            InitError::new(
                "a tracing subscriber is already set: add `logger.subscriber_layer()` to it instead of calling `init`, \
                 or remove the other subscriber",
            )
            .with_source(error)
        })?;
        self.install_panic_hook();
        self.install_log_bridge();
        Ok(())
    }

    /// Returns the layer for `registry().with(..)`, next to your own layers.
    ///
    /// It has its own filter and disables nothing for other layers.
    ///
    /// ```
    /// use powertools_lambda_logger::Logger;
    /// use tracing_subscriber::layer::SubscriberExt;
    /// # let mine = tracing_subscriber::fmt::layer();
    ///
    /// let logger = Logger::from_env();
    /// let subscriber = tracing_subscriber::registry().with(logger.subscriber_layer()).with(mine);
    /// ```
    pub fn subscriber_layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: tracing::Subscriber + for<'span> LookupSpan<'span>,
    {
        self.records().with_filter(self.record_filter())
    }

    /// Returns the part of [`subscriber_layer`](Self::subscriber_layer) that writes records, without its filter.
    ///
    /// Use it in a layer that does more than write records; see [`subscriber`](crate::subscriber).
    pub fn records(&self) -> RecordLayer {
        RecordLayer {
            logger: Arc::clone(&self.utility),
        }
    }

    /// Returns the filter that belongs to [`records`](Self::records).
    pub fn record_filter(&self) -> RecordFilter {
        RecordFilter {
            logger: Arc::clone(&self.utility),
        }
    }

    /// Returns the layer for [`Runtime::layer`](lambda_runtime::Runtime::layer), which opens the invocation.
    ///
    /// Correlation ids, logging of the event, sampling, buffering and the flush before the deadline need it.
    pub fn invocation_layer(&self) -> InvocationLayer {
        InvocationLayer::new(self.utility.delivery.environment.clone()).with(&self.utility)
    }

    /// Returns the level of all targets without a separate level.
    pub fn level(&self) -> LevelFilter {
        self.utility.rules.level()
    }

    /// Changes the level of all targets without a separate level, for all invocations from now on.
    ///
    /// If Lambda's level applies (`AWS_LAMBDA_LOG_LEVEL` with the JSON log format), it stays in force, with one
    /// warning. To write more records of single invocations, use [`sample_rate`](crate::LoggerBuilder::sample_rate).
    pub fn set_level(&self, level: impl Into<LevelFilter>) {
        let level = level.into();
        if let Some(lambda) = self.utility.rules.lambda_level() {
            self.utility.delivery.environment.warnings().once(
                "log level at run time",
                format_args!(
                    "the log level {level} is ignored because Lambda's AWS_LAMBDA_LOG_LEVEL {lambda} is in force: change it in \
                     the function's logging configuration"
                ),
            );
        }
        self.utility.rules.set_level(level);
    }

    /// Sets a key on all further records of the process, in every invocation.
    ///
    /// To set a key for the current invocation only, use [`append_key`](crate::append_key), which takes precedence. Do
    /// not put a request's or a tenant's data here: all later and concurrent invocations would show it.
    ///
    /// The process keeps up to 128 keys and 64 KiB; further keys are left out. A value that cannot be serialized becomes
    /// the text `<not serialisable: …>`.
    ///
    /// ```
    /// # use powertools_lambda_logger::Logger;
    /// let logger = Logger::from_env();
    /// logger.set_global_key("model_version", 7);
    /// ```
    pub fn set_global_key(&self, key: impl Into<Cow<'static, str>>, value: impl Serialize) {
        self.utility.delivery.keys.append(&Keys::new().key(key, value).0);
    }

    /// Removes a global key, including one set in the builder, from all further records.
    ///
    /// An unknown key is ignored.
    pub fn remove_global_key(&self, key: &str) {
        self.utility.delivery.keys.remove(key);
    }

    /// Writes the buffered records of all invocations that are still open.
    ///
    /// Call it when the process ends: an invocation that is still open then has failed.
    pub fn shutdown(&self) {
        self.invocation_layer().shutdown();
    }

    /// Replaces the process's panic hook, so that a panic becomes one record instead of text on stderr.
    ///
    /// Called by [`init`](Self::init).
    pub fn install_panic_hook(&self) {
        panic_hook::install(Arc::clone(&self.utility));
    }

    /// Forwards the records of the `log` crate to `tracing`, unless the process already has a `log` logger.
    ///
    /// Their key-values become keys of the logger's records: numbers, booleans and texts as such, and any other value as
    /// its text. Other layers of the subscriber do not see them.
    ///
    /// Called by [`init`](Self::init). Does nothing without the feature `log`.
    #[allow(clippy::unused_self)] // a method like `install_panic_hook`
    pub fn install_log_bridge(&self) {
        // The records are filtered by the layer, like all others, because the bridge's own level cannot change later.
        #[cfg(feature = "log")]
        crate::subscriber::log_bridge::install();
    }
}

impl fmt::Debug for Logger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logger")
            .field("level", &self.level())
            .finish_non_exhaustive()
    }
}
