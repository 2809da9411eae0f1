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
use powertools_lambda_core::{Environment, HandlerLayer, InvocationLayer};

/// Logger, metrics and tracer, set up together.
///
/// `Powertools::from_env().run(service_fn(handler)).await` is all a function needs. A cheap handle: clones share the
/// utilities.
#[derive(Clone, Debug)]
pub struct Powertools {
    pub(crate) environment: Environment,
    #[cfg(feature = "logger")]
    pub(crate) logger: Logger,
    #[cfg(feature = "metrics")]
    pub(crate) metrics: Metrics,
    #[cfg(feature = "tracer")]
    pub(crate) tracer: Tracer,
    /// Whether the subscriber is installed, or was handed out to be installed.
    pub(crate) initialized: Arc<AtomicBool>,
    pub(crate) resources: Resources,
}

impl Powertools {
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
            subscriber.try_init().map_err(|error| {
                InitError::new(
                    "a tracing subscriber is already set: remove the other one (such as \
                     `tracing_subscriber::fmt().init()` or `tracing::init_default_subscriber()`), or add \
                     `powertools.subscriber_layer()` to it instead of calling `init`",
                )
                .with_source(error)
            })?;
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
    pub fn invocation_layer(&self) -> InvocationLayer {
        let layer = InvocationLayer::new(self.environment.clone());
        #[cfg(feature = "tracer")]
        let layer = layer.and(&self.tracer.invocation_layer());
        #[cfg(feature = "logger")]
        let layer = layer.and(&self.logger.invocation_layer());
        #[cfg(feature = "metrics")]
        let layer = layer.and(&self.metrics.invocation_layer());
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

    #[cfg(all(unix, feature = "graceful-shutdown"))]
    pub(crate) fn warnings(&self) -> &powertools_lambda_core::Warnings {
        self.environment.warnings()
    }

    pub(crate) fn init_once(&self) -> Result<(), InitError> {
        if self.initialized.load(Ordering::Acquire) {
            Ok(())
        } else {
            self.init()
        }
    }
}
