//! The handle.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use powertools_lambda_core::{InitError, InvocationLayer};
use serde::Serialize;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::keys::Keys;
use crate::panic_hook;
use crate::subscriber::{RecordFilter, RecordLayer};
use crate::utility::LoggerUtility;

/// Structured JSON logs with the Lambda context on every record.
///
/// `tracing`'s macros are the logging API; this is the handle that configures what becomes of their events. A cheap
/// handle: clones share everything.
#[derive(Clone)]
pub struct Logger {
    utility: Arc<LoggerUtility>,
}

impl Logger {
    pub(crate) fn new(utility: LoggerUtility) -> Self {
        Self {
            utility: Arc::new(utility),
        }
    }

    /// Makes the logger the process's: sets the `tracing` subscriber and the panic hook, and takes the records of the
    /// `log` crate (feature `log`).
    ///
    /// # Errors
    ///
    /// Returns an error when a subscriber is set already, by a second `init()` too: then add
    /// [`subscriber_layer`](Self::subscriber_layer) to that subscriber.
    pub fn init(&self) -> Result<(), InitError> {
        let subscriber = tracing_subscriber::registry().with(self.subscriber_layer());
        subscriber.try_init().map_err(|error| {
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

    /// Returns the layer for `registry().with(..)`, beside layers of your own.
    ///
    /// It has its own filter and disables nothing for other layers.
    pub fn subscriber_layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: tracing::Subscriber + for<'span> LookupSpan<'span>,
    {
        self.records().with_filter(self.record_filter())
    }

    /// Returns the part of [`subscriber_layer`](Self::subscriber_layer) that writes records, without its filter.
    ///
    /// For a layer that does more than write records; see [`subscriber`](crate::subscriber).
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

    /// Returns the layer for [`Runtime::layer`](lambda_runtime::Runtime::layer): it opens the invocation's scope.
    ///
    /// Correlation ids, event logging, sampling and the flush before the deadline start here.
    pub fn invocation_layer(&self) -> InvocationLayer {
        InvocationLayer::new(self.utility.delivery.environment.clone()).with(&self.utility)
    }

    /// Returns the level of targets that have none of their own.
    pub fn level(&self) -> LevelFilter {
        self.utility.rules.level()
    }

    /// Changes the level of targets that have none of their own, for all invocations from now on.
    ///
    /// Where Lambda's own level is in force (`AWS_LAMBDA_LOG_LEVEL` with the JSON log format) it stays, with one warning.
    /// To see more of single invocations there is [`sample_rate`](crate::LoggerBuilder::sample_rate).
    pub fn set_level(&self, level: impl Into<LevelFilter>) {
        let level = level.into();
        if let Some(lambda) = self.utility.rules.lambda_level() {
            self.utility.delivery.environment.warnings().once(
                "log level at run time",
                format_args!("the log level {level} is not set: Lambda's AWS_LAMBDA_LOG_LEVEL {lambda} is in force"),
            );
        }
        self.utility.rules.set_level(level);
    }

    /// Sets a key on all further records of the process, in every invocation.
    ///
    /// For one invocation there is [`append_key`](crate::append_key), which wins over this one.
    pub fn set_global_key(&self, key: impl Into<Cow<'static, str>>, value: impl Serialize) {
        self.utility.delivery.keys.append(&Keys::new().key(key, value).0);
    }

    /// Removes a key of the process, also one of the builder's, from all further records; an unknown one is ignored.
    pub fn remove_global_key(&self, key: &str) {
        self.utility.delivery.keys.remove(key);
    }

    /// Writes the records that wait in every invocation that is not over.
    ///
    /// For the end of the process: an invocation that it cuts short has failed.
    pub fn shutdown(&self) {
        self.invocation_layer().shutdown();
    }

    /// Replaces the process's panic hook, so that a panic is one record instead of text on standard error.
    ///
    /// [`init`](Self::init) does it.
    pub fn install_panic_hook(&self) {
        panic_hook::install(Arc::clone(&self.utility));
    }

    /// Hands the records of the `log` crate to `tracing`, unless the process has a logger for them already.
    ///
    /// [`init`](Self::init) does it. Without feature `log` nothing happens.
    #[allow(clippy::unused_self)] // beside `install_panic_hook`
    pub fn install_log_bridge(&self) {
        // Filtered where they arrive, by target as all others are: the bridge's own level is fixed when it is made.
        #[cfg(feature = "log")]
        let _ = tracing_log::LogTracer::init();
    }
}

impl fmt::Debug for Logger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logger")
            .field("level", &self.level())
            .finish_non_exhaustive()
    }
}
