//! `PowertoolsBuilder`, which configures the utilities together.

use std::fmt;
use std::sync::Arc;

use powertools_lambda_core::Environment;

use crate::Powertools;
#[cfg(feature = "http-api")]
use crate::http_api::HttpOptions;
#[cfg(feature = "logger")]
use crate::logger::{Logger, LoggerBuilder};
#[cfg(feature = "metrics")]
use crate::metrics::{Metrics, MetricsBuilder};
use crate::resources::Resources;
#[cfg(feature = "tracer")]
use crate::tracer::{Tracer, TracerBuilder};

impl Powertools {
    /// Builds every utility from the environment variables. Installs nothing yet.
    ///
    /// If a variable is invalid, its default is used and one warning is printed to standard error.
    pub fn from_env() -> Self {
        Self::builder().build()
    }

    /// Returns a builder, to configure the utilities one by one.
    pub fn builder() -> PowertoolsBuilder {
        PowertoolsBuilder::default()
    }
}

/// Configures [`Powertools`]; a utility that is not configured is built from the environment variables.
///
/// ```
/// use powertools_lambda::Powertools;
/// use powertools_lambda::logger::CorrelationIdPath;
///
/// let powertools = Powertools::builder()
///     .service("orders")
///     .namespace("Shop")
///     .logger(|logger| logger.correlation_id_path(CorrelationIdPath::API_GATEWAY_HTTP))
///     .build();
/// ```
#[derive(Default)]
#[must_use]
pub struct PowertoolsBuilder {
    environment: Option<Environment>,
    service: Option<String>,
    #[cfg(feature = "metrics")]
    namespace: Option<String>,
    #[cfg(feature = "logger")]
    logger: Option<Configure<LoggerBuilder>>,
    #[cfg(feature = "metrics")]
    metrics: Option<Configure<MetricsBuilder>>,
    #[cfg(feature = "tracer")]
    tracer: Option<Configure<TracerBuilder>>,
    #[cfg(feature = "http-api")]
    http_options: HttpOptions,
}

/// A user's function that changes a utility's builder.
#[cfg(any(feature = "logger", feature = "metrics", feature = "tracer"))]
type Configure<B> = Box<dyn FnOnce(B) -> B>;

impl PowertoolsBuilder {
    /// Takes variables, clock and output from `environment` instead of the process, for every utility.
    pub fn environment(mut self, environment: impl Into<Environment>) -> Self {
        self.environment = Some(environment.into());
        self
    }

    /// Sets the service of every utility. Default: `POWERTOOLS_SERVICE_NAME`.
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self
    }

    /// Sets the namespace of the metrics. Default: `POWERTOOLS_METRICS_NAMESPACE`.
    #[cfg(feature = "metrics")]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Configures the logger. The builder already has the environment and the service.
    ///
    /// If it is called several times, each call changes what the earlier ones have set.
    #[cfg(feature = "logger")]
    pub fn logger(mut self, configure: impl FnOnce(LoggerBuilder) -> LoggerBuilder + 'static) -> Self {
        self.logger = Some(compose(self.logger, configure));
        self
    }

    /// Configures the metrics. The builder already has the environment, the service and the namespace.
    ///
    /// If it is called several times, each call changes what the earlier ones have set.
    #[cfg(feature = "metrics")]
    pub fn metrics(mut self, configure: impl FnOnce(MetricsBuilder) -> MetricsBuilder + 'static) -> Self {
        self.metrics = Some(compose(self.metrics, configure));
        self
    }

    /// Configures the tracer. The builder already has the environment and the service.
    ///
    /// If it is called several times, each call changes what the earlier ones have set.
    #[cfg(feature = "tracer")]
    pub fn tracer(mut self, configure: impl FnOnce(TracerBuilder) -> TracerBuilder + 'static) -> Self {
        self.tracer = Some(compose(self.tracer, configure));
        self
    }

    /// Sets the options for HTTP requests; see [`Powertools::run_http`].
    ///
    /// If it is called several times, each call changes what the earlier ones have set.
    #[cfg(feature = "http-api")]
    pub fn http(mut self, configure: impl FnOnce(HttpOptions) -> HttpOptions) -> Self {
        self.http_options = configure(self.http_options);
        self
    }

    /// Builds the utilities. If a variable is invalid, its default is used and one warning is printed.
    pub fn build(self) -> Powertools {
        #[cfg(feature = "http-api-local")]
        let environment = self.environment.unwrap_or_else(crate::local::environment);
        #[cfg(not(feature = "http-api-local"))]
        let environment = self.environment.unwrap_or_default();
        Powertools {
            #[cfg(feature = "logger")]
            logger: {
                let builder = Logger::builder().environment(&environment);
                let builder = with(builder, self.service.clone(), LoggerBuilder::service);
                with(builder, self.logger, |builder, configure| configure(builder)).build()
            },
            #[cfg(feature = "metrics")]
            metrics: {
                let builder = Metrics::builder().environment(&environment);
                let builder = with(builder, self.service.clone(), MetricsBuilder::service);
                let builder = with(builder, self.namespace, MetricsBuilder::namespace);
                with(builder, self.metrics, |builder, configure| configure(builder)).build()
            },
            #[cfg(feature = "tracer")]
            tracer: {
                let builder = Tracer::builder().environment(&environment);
                let builder = with(builder, self.service.clone(), TracerBuilder::service);
                with(builder, self.tracer, |builder, configure| configure(builder)).build()
            },
            #[cfg(feature = "http-api")]
            http_options: self.http_options,
            environment,
            initialized: Arc::default(),
            resources: Resources::default(),
        }
    }
}

/// Returns a function that applies `earlier`, if there is one, and then `later`.
#[cfg(any(feature = "logger", feature = "metrics", feature = "tracer"))]
fn compose<B: 'static>(earlier: Option<Configure<B>>, later: impl FnOnce(B) -> B + 'static) -> Configure<B> {
    match earlier {
        Some(earlier) => Box::new(move |builder| later(earlier(builder))),
        None => Box::new(later),
    }
}

/// Applies a setting to a builder, if there is one.
#[cfg(any(feature = "logger", feature = "metrics", feature = "tracer"))]
fn with<B, T>(builder: B, setting: Option<T>, set: impl FnOnce(B, T) -> B) -> B {
    match setting {
        Some(setting) => set(builder, setting),
        None => builder,
    }
}

impl fmt::Debug for PowertoolsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PowertoolsBuilder")
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}
