//! The utilities as one thing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::InitError;
#[cfg(feature = "logger")]
use crate::logger::Logger;
#[cfg(feature = "metrics")]
use crate::metrics::Metrics;
use crate::resources::Resources;
#[cfg(feature = "tracer")]
use crate::tracer::Tracer;
use powertools_lambda_core::{HandlerLayer, Host, InvocationLayer};

/// Logger, metrics and tracer, set up together.
///
/// `Powertools::from_env()?.run(service_fn(handler)).await` is all a function needs. A cheap handle: clones share the
/// utilities.
#[derive(Clone, Debug)]
pub struct Powertools {
    host: Host,
    #[cfg(feature = "logger")]
    logger: Logger,
    #[cfg(feature = "metrics")]
    metrics: Metrics,
    #[cfg(feature = "tracer")]
    tracer: Tracer,
    /// Whether the subscriber is installed, or was handed out to be installed.
    initialized: Arc<AtomicBool>,
    resources: Resources,
}

impl Powertools {
    /// Builds every utility from the environment variables; installs nothing yet.
    ///
    /// # Errors
    ///
    /// Returns an error when a utility cannot be built. A bad variable is no error: it is a default and one warning.
    pub fn from_env() -> Result<Self, InitError> {
        Self::builder().build()
    }

    /// Returns a builder, to configure the utilities one by one.
    pub fn builder() -> PowertoolsBuilder {
        PowertoolsBuilder::default()
    }

    /// Installs the `tracing` subscriber, so that start-up code can log.
    ///
    /// [`run`](Self::run) does it when it was not done. With neither logger nor tracer there is nothing to install.
    ///
    /// # Errors
    ///
    /// Returns an error when a subscriber is set already, by a second `init()` too: then add
    /// [`subscriber_layer`](Self::subscriber_layer) to that subscriber.
    pub fn init(&self) -> Result<(), InitError> {
        #[cfg(any(feature = "logger", feature = "tracer"))]
        {
            use tracing_subscriber::layer::SubscriberExt;
            use tracing_subscriber::util::SubscriberInitExt;

            let subscriber = tracing_subscriber::registry().with(self.subscriber_layer());
            subscriber.try_init().map_err(InitError::subscriber_set)?;
        }
        #[cfg(feature = "logger")]
        self.logger.install_panic_hook();
        #[cfg(feature = "logger")]
        self.logger.install_log_bridge();
        self.initialized.store(true, Ordering::Release);
        Ok(())
    }

    /// Returns the layer for `registry().with(..)` beside layers of your own.
    ///
    /// It has its own filters and disables nothing for other layers.
    #[cfg(any(feature = "logger", feature = "tracer"))]
    pub fn subscriber_layer<S>(&self) -> impl tracing_subscriber::Layer<S> + use<S>
    where
        S: tracing::Subscriber + for<'span> tracing_subscriber::registry::LookupSpan<'span> + Send + Sync,
    {
        self.initialized.store(true, Ordering::Release);
        #[cfg(all(feature = "logger", feature = "tracer"))]
        return crate::subscriber_layer::subscriber_layer(&self.logger, &self.tracer);
        #[cfg(not(feature = "tracer"))]
        return self.logger.subscriber_layer();
        #[cfg(not(feature = "logger"))]
        return self.tracer.subscriber_layer();
    }

    /// Returns the layer for [`Runtime::layer`](lambda_runtime::Runtime::layer) of a runtime of your own.
    pub fn layer(&self) -> InvocationLayer {
        let layer = InvocationLayer::new(self.host.clone());
        #[cfg(feature = "tracer")]
        let layer = layer.and(&self.tracer.layer());
        #[cfg(feature = "logger")]
        let layer = layer.and(&self.logger.layer());
        #[cfg(feature = "metrics")]
        let layer = layer.and(&self.metrics.layer());
        layer
    }

    /// Returns the layer that goes around the handler of a runtime of your own.
    ///
    /// Without it the utilities know of a failure only what the runtime logs.
    #[allow(clippy::unused_self)] // a method, as on each utility
    pub fn handler_layer(&self) -> HandlerLayer {
        HandlerLayer::new()
    }

    /// Returns the logger.
    #[cfg(feature = "logger")]
    pub fn logger(&self) -> &Logger {
        &self.logger
    }

    /// Returns the metrics.
    #[cfg(feature = "metrics")]
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Returns the tracer.
    #[cfg(feature = "tracer")]
    pub fn tracer(&self) -> &Tracer {
        &self.tracer
    }

    /// Returns what wants to know of a restored snapshot, beside the toolkit itself.
    pub(crate) fn resources(&mut self) -> &mut Resources {
        &mut self.resources
    }

    #[cfg(feature = "graceful-shutdown")]
    pub(crate) fn warnings(&self) -> &powertools_lambda_core::Warnings {
        self.host.warnings()
    }

    pub(crate) fn init_once(&self) -> Result<(), InitError> {
        if self.initialized.load(Ordering::Acquire) {
            Ok(())
        } else {
            self.init()
        }
    }
}

/// Configures [`Powertools`]; a utility that is not given is built from the environment variables.
#[derive(Debug, Default)]
#[must_use]
pub struct PowertoolsBuilder {
    host: Option<Host>,
    #[cfg(feature = "logger")]
    logger: Option<Logger>,
    #[cfg(feature = "metrics")]
    metrics: Option<Metrics>,
    #[cfg(feature = "tracer")]
    tracer: Option<Tracer>,
}

impl PowertoolsBuilder {
    /// Takes environment, clock and output from `host` instead of the process, for the utilities that are not given.
    pub fn host(mut self, host: Host) -> Self {
        self.host = Some(host);
        self
    }

    /// Uses this logger.
    #[cfg(feature = "logger")]
    pub fn logger(mut self, logger: Logger) -> Self {
        self.logger = Some(logger);
        self
    }

    /// Uses these metrics.
    #[cfg(feature = "metrics")]
    pub fn metrics(mut self, metrics: Metrics) -> Self {
        self.metrics = Some(metrics);
        self
    }

    /// Uses this tracer.
    #[cfg(feature = "tracer")]
    pub fn tracer(mut self, tracer: Tracer) -> Self {
        self.tracer = Some(tracer);
        self
    }

    /// Builds what was not given.
    ///
    /// # Errors
    ///
    /// As [`Powertools::from_env`].
    pub fn build(self) -> Result<Powertools, InitError> {
        let host = self.host.unwrap_or_default();
        Ok(Powertools {
            #[cfg(feature = "logger")]
            logger: self
                .logger
                .unwrap_or_else(|| Logger::builder().host(host.clone()).build()),
            #[cfg(feature = "metrics")]
            metrics: self
                .metrics
                .unwrap_or_else(|| Metrics::builder().host(host.clone()).build()),
            #[cfg(feature = "tracer")]
            tracer: self
                .tracer
                .unwrap_or_else(|| Tracer::builder().host(host.clone()).build()),
            host,
            initialized: Arc::default(),
            resources: Resources::default(),
        })
    }
}
