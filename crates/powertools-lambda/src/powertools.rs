//! `Powertools`, the utilities set up together.

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
/// `Powertools::from_env().run(service_fn(handler)).await` is all that a function needs. To change the settings of a utility,
/// use [`builder`](Self::builder). Clones are cheap and share the utilities.
///
/// # Your own runtime or subscriber
///
/// [`run`](Self::run) puts three layers in place. If you build the `Runtime` or the subscriber yourself, add the layers there:
///
/// ```text
/// tracing_subscriber::registry()
///     .with(powertools.subscriber_layer())     events become records, spans become subsegments
///
/// Runtime::new(                                asks Lambda for invocations and posts the responses
///     powertools.handler_layer()               sees the handler's error or panic
///         .layer(handler))                     your code
///     .layer(powertools.invocation_layer())    sees the whole invocation, and acts after the post
/// ```
///
/// ```no_run
/// use lambda_runtime::tower::Layer;
/// use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
/// use powertools_lambda::Powertools;
/// use tracing_subscriber::layer::SubscriberExt;
/// use tracing_subscriber::util::SubscriberInitExt;
///
/// #[tokio::main]
/// async fn main() -> Result<(), Error> {
///     let powertools = Powertools::from_env();
///     // Add your own layers with one `.with(..)` each.
///     tracing_subscriber::registry().with(powertools.subscriber_layer()).init();
///     let handler = powertools.handler_layer().layer(service_fn(handler));
///     Runtime::new(handler).layer(powertools.invocation_layer()).run_concurrent().await
/// }
/// # async fn handler(_: LambdaEvent<()>) -> Result<(), Error> { Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Powertools {
    pub(crate) environment: Environment,
    #[cfg(feature = "logger")]
    pub(crate) logger: Logger,
    #[cfg(feature = "metrics")]
    pub(crate) metrics: Metrics,
    #[cfg(feature = "tracer")]
    pub(crate) tracer: Tracer,
    #[cfg(feature = "http-api")]
    pub(crate) http_options: crate::http_api::HttpOptions,
    /// Whether the subscriber is installed, or was returned to be installed by the caller.
    pub(crate) initialized: Arc<AtomicBool>,
    pub(crate) resources: Resources,
}

impl Powertools {
    /// Installs the `tracing` subscriber and the panic hook, so that code before the first invocation can log.
    ///
    /// Called by [`run`](Self::run) unless it was called before. Without the features `logger` and `tracer` there is nothing
    /// to install.
    ///
    /// # Errors
    ///
    /// Returns an error if a subscriber is already installed, for example by an earlier `init()`. Remove the other
    /// subscriber (the template of `cargo lambda new` has `tracing::init_default_subscriber()`), or add
    /// [`subscriber_layer`](Self::subscriber_layer) to it.
    pub fn init(&self) -> Result<(), InitError> {
        #[cfg(any(feature = "logger", feature = "tracer"))]
        {
            use tracing_subscriber::layer::SubscriberExt;

            let subscriber = tracing_subscriber::registry().with(self.sole_layer());
            // Not with `try_init`, as in `Logger::init`.
            tracing::subscriber::set_global_default(subscriber).map_err(|error| {
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

    /// Returns the layer for a subscriber that has no other.
    #[cfg(any(feature = "logger", feature = "tracer"))]
    fn sole_layer<S>(&self) -> impl tracing_subscriber::Layer<S> + use<S>
    where
        S: tracing::Subscriber + for<'span> tracing_subscriber::registry::LookupSpan<'span> + Send + Sync,
    {
        #[cfg(all(feature = "logger", feature = "tracer"))]
        return crate::subscriber_layer::sole_layer(&self.logger, &self.tracer);
        #[cfg(not(feature = "tracer"))]
        return crate::logger::subscriber::SoleLayer::new(self.logger.records(), self.logger.record_filter());
        #[cfg(not(feature = "logger"))]
        return self.tracer.subscriber_layer();
    }

    /// Returns the layer to add to a custom `tracing` subscriber: `registry().with(powertools.subscriber_layer())`.
    ///
    /// It has its own filters and disables nothing for other layers. After this call [`run`](Self::run) installs no
    /// subscriber.
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

    /// Returns the layer for [`Runtime::layer`](lambda_runtime::Runtime::layer) if you build the runtime yourself.
    ///
    /// It opens the invocation, and lets every utility act after the response was posted.
    #[must_use = "a layer does nothing until it is added to a runtime"]
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

    /// Returns the layer to put around the handler if you build the runtime yourself.
    ///
    /// It records the handler's error or panic, with its chain, in the logs and in the trace. Without it, the logs have only
    /// the runtime's own event, and the trace does not show the failure.
    #[must_use = "a layer does nothing until it is put around a handler"]
    #[allow(clippy::unused_self)] // a method, like `invocation_layer`
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

    /// Returns the resources that were registered for snapshots.
    pub(crate) fn resources(&mut self) -> &mut Resources {
        &mut self.resources
    }

    #[cfg(all(unix, feature = "graceful-shutdown"))]
    pub(crate) fn warnings(&self) -> &powertools_lambda_core::Warnings {
        self.environment.warnings()
    }
}
