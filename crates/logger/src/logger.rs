//! The handle, and how it is configured.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use powertools_lambda_core::{
    DEFAULT_SERVICE, ErrorReport, HandlerLayer, Host, Invocation, InvocationHook, InvocationLayer, json, service_name,
};
use serde::Serialize;
use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::fields::Fields;
use crate::filter::{RecordFilter, SharedLevel};
use crate::hook::LoggerHook;
use crate::json::write_value;
use crate::record::{Location, Record, set_message};
use crate::scratch::Scratch;
use crate::subscriber_layer::RecordLayer;
use crate::{InitError, exception, level, panic_hook};

/// Structured JSON logs with the Lambda context on every record.
///
/// `tracing`'s macros are the logging API; this is the handle that configures what becomes of their events. A cheap
/// handle: clones share everything.
#[derive(Clone)]
pub struct Logger {
    inner: Arc<Inner>,
    /// One hook for all layers of the logger: an invocation takes it once.
    hook: Arc<dyn InvocationHook>,
}

pub(crate) struct Inner {
    pub(crate) host: Host,
    level: SharedLevel,
    service: Fields,
    keys: Fields,
}

impl Logger {
    /// Builds a logger from the environment variables.
    pub fn from_env() -> Self {
        Self::builder().build()
    }

    /// Returns a builder.
    pub fn builder() -> LoggerBuilder {
        LoggerBuilder::default()
    }

    /// Makes the logger the process's: sets the `tracing` subscriber and the panic hook.
    ///
    /// # Errors
    ///
    /// Returns an error when a subscriber is set already, by a second `init()` too: then add
    /// [`subscriber_layer`](Self::subscriber_layer) to that subscriber.
    pub fn init(&self) -> Result<(), InitError> {
        let subscriber = tracing_subscriber::registry().with(self.subscriber_layer());
        subscriber.try_init().map_err(InitError)?;
        self.install_panic_hook();
        Ok(())
    }

    /// Returns the layer for `registry().with(..)`, beside layers of your own.
    ///
    /// It has its own filter and disables nothing for other layers.
    pub fn subscriber_layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: tracing::Subscriber + for<'span> LookupSpan<'span>,
    {
        let layer = RecordLayer {
            logger: Arc::clone(&self.inner),
        };
        layer.with_filter(RecordFilter::new(self.inner.level.clone()))
    }

    /// Returns the layer for [`Runtime::layer`](lambda_runtime::Runtime::layer): it opens the invocation's scope.
    pub fn layer(&self) -> InvocationLayer {
        InvocationLayer::new([Arc::clone(&self.hook)], self.inner.host.clone())
    }

    /// Returns the layer that goes around the handler.
    ///
    /// With it the handler's error is one record with its chain. Without it a failure is known only from the runtime's
    /// own event, which has no chain.
    #[allow(clippy::unused_self)] // a method, as on each utility
    pub fn handler_layer(&self) -> HandlerLayer {
        HandlerLayer::new()
    }

    /// Replaces the process's panic hook, so that a panic is one record instead of text on standard error.
    ///
    /// [`init`](Self::init) does it.
    pub fn install_panic_hook(&self) {
        panic_hook::install(Arc::clone(&self.inner));
    }
}

impl fmt::Debug for Logger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logger")
            .field("level", &self.inner.level.get())
            .finish_non_exhaustive()
    }
}

impl Inner {
    /// Returns what the logger knows about a record of this moment.
    pub(crate) fn record<'a>(&'a self, level: Level, location: Location<'a>, span: Option<&'a Fields>) -> Record<'a> {
        Record {
            level,
            timestamp: self.host.clock().timestamp(),
            location,
            span,
            service: &self.service,
            built: &self.keys,
        }
    }

    /// Writes an ERROR record that is no event's, for the current invocation.
    pub(crate) fn write_error(&self, message: &str, report: &ErrorReport, location: Location<'_>) {
        if self.level.get() < LevelFilter::ERROR {
            return;
        }
        Scratch::with(|scratch| {
            set_message(scratch, message);
            exception::write_report(&mut scratch.fields, report);
            let record = self.record(Level::ERROR, location, None);
            if Invocation::with_current(|invocation| record.write(scratch, Some(invocation))).is_none() {
                record.write(scratch, None);
            }
            self.host.output().write_line(&scratch.line);
        });
    }
}

/// Configures a [`Logger`]; what is not given is taken from the environment variables.
#[derive(Debug, Default)]
#[must_use]
pub struct LoggerBuilder {
    host: Option<Host>,
    service: Option<String>,
    level: Option<LevelFilter>,
    keys: Fields,
}

impl LoggerBuilder {
    /// Takes environment, clock and output from `host` instead of the process.
    pub fn host(mut self, host: Host) -> Self {
        self.host = Some(host);
        self
    }

    /// Sets the service, otherwise `POWERTOOLS_SERVICE_NAME` or `service_undefined`.
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self
    }

    /// Sets the level, otherwise `POWERTOOLS_LOG_LEVEL`, `LOG_LEVEL` or INFO.
    ///
    /// Where Lambda's log format is JSON, its own level (`AWS_LAMBDA_LOG_LEVEL`) is in force instead.
    pub fn level(mut self, level: impl Into<LevelFilter>) -> Self {
        self.level = Some(level.into());
        self
    }

    /// Adds a key to every record of the process.
    pub fn key(mut self, key: impl Into<Cow<'static, str>>, value: impl Serialize) -> Self {
        self.keys.set(key, |buffer| write_value(buffer, &value));
        self
    }

    /// Builds the logger. A variable it cannot use is a default and one warning.
    pub fn build(self) -> Logger {
        let host = self.host.unwrap_or_default();
        let service = self.service.or_else(|| service_name(host.env()));
        let mut standard = Fields::default();
        standard.set("service", |buffer| {
            json::write_str(buffer, service.as_deref().unwrap_or(DEFAULT_SERVICE));
        });
        let inner = Arc::new(Inner {
            level: SharedLevel::new(level::resolve(&host, self.level)),
            host,
            service: standard,
            keys: self.keys,
        });
        Logger {
            hook: Arc::new(LoggerHook(Arc::clone(&inner))),
            inner,
        }
    }
}
