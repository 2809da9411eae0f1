//! How metrics are configured.

use std::sync::{Arc, OnceLock};

use powertools_lambda_core::{Environment, Variables, service_name};

use crate::config::Config;
use crate::document::dimensions::set_dimension;
use crate::document::members::Members;
use crate::metrics::Metrics;
use crate::namespace::Namespace;
use crate::utility::MetricsUtility;
use crate::writer::Writer;

/// Configures [`Metrics`]; what is not given is taken from the environment variables.
#[derive(Debug, Default)]
#[must_use]
pub struct MetricsBuilder {
    environment: Option<Environment>,
    namespace: Option<String>,
    service: Option<String>,
    default_dimensions: Vec<(String, String)>,
    function_name: Option<String>,
    cold_start: Option<bool>,
    warn_on_empty: bool,
}

/// The metrics that free functions use outside an invocation: the first that were built.
static PROCESS: OnceLock<Metrics> = OnceLock::new();

/// How many bytes of default dimensions, and of the service, a document takes.
const MAX_DEFAULTS: usize = 16 * 1_024;

impl Metrics {
    /// Builds metrics from the environment variables.
    pub fn from_env() -> Self {
        Self::builder().build()
    }

    /// Returns a builder.
    pub fn builder() -> MetricsBuilder {
        MetricsBuilder::default()
    }

    /// Returns the first metrics of the process, built from the environment variables if there are none.
    pub(crate) fn of_process() -> &'static Self {
        PROCESS.get_or_init(|| MetricsBuilder::default().build_alone())
    }
}

impl MetricsBuilder {
    /// Takes environment, clock and output from `environment` instead of the process.
    pub fn environment(mut self, environment: impl Into<Environment>) -> Self {
        self.environment = Some(environment.into());
        self
    }

    /// Sets the namespace, otherwise `POWERTOOLS_METRICS_NAMESPACE`, or `default_namespace` with one warning.
    ///
    /// It has 1 to 255 characters, which are printable ASCII, and does not begin with a colon.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Sets the dimension `service`, otherwise `POWERTOOLS_SERVICE_NAME`; without either there is none.
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self
    }

    /// Adds a dimension of every metric in every invocation, and in every further set.
    ///
    /// [`add_dimension`](crate::add_dimension()) may give its key another value for one document. The cold-start metric and
    /// one-off metrics do not have it.
    pub fn default_dimension(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.default_dimensions.push((key.into(), value.into()));
        self
    }

    /// Sets the dimension `function_name` of the cold-start metric, otherwise `POWERTOOLS_METRICS_FUNCTION_NAME`, or the
    /// function's own name.
    pub fn function_name(mut self, function_name: impl Into<String>) -> Self {
        self.function_name = Some(function_name.into());
        self
    }

    /// Sets whether the metric `ColdStart` is written, once for each environment; it is unless this says no.
    pub fn cold_start(mut self, cold_start: bool) -> Self {
        self.cold_start = Some(cold_start);
        self
    }

    /// Sets whether an invocation that ends without a metric is one warning; it is not unless this says so.
    ///
    /// [`Metrics::try_flush`] is for those who want an error.
    pub fn warn_on_empty(mut self, warn: bool) -> Self {
        self.warn_on_empty = warn;
        self
    }

    /// Builds the metrics. A value or variable it cannot use is a default and one warning.
    ///
    /// The first metrics of a process take what free functions add outside an invocation.
    pub fn build(self) -> Metrics {
        let metrics = self.build_alone();
        PROCESS.get_or_init(|| metrics.clone());
        metrics
    }

    fn build_alone(self) -> Metrics {
        let environment = self.environment.unwrap_or_default();
        let env = environment.variables().clone();
        let named = |name: Option<String>, variable: &str| name.or_else(|| env.text(variable));
        let namespace = named(self.namespace, "POWERTOOLS_METRICS_NAMESPACE");
        let namespace = namespace.and_then(|namespace| Namespace::new(&namespace, &environment));
        let dimensions = |pairs: &mut dyn Iterator<Item = (&str, &str)>| {
            let mut members = Members::default();
            for (key, value) in pairs {
                set_dimension(&mut members, MAX_DEFAULTS, key, value, &mut |warning| {
                    warning.print(environment.warnings());
                });
            }
            members
        };
        let service = self.service.or_else(|| service_name(&env));
        let service = dimensions(&mut service.iter().map(|service| ("service", service.as_str())));
        let defaults = self.default_dimensions.iter();
        let defaults = dimensions(&mut defaults.map(|(key, value)| (key.as_str(), value.as_str())));
        let config = Config {
            namespace: namespace.unwrap_or_default(),
            defaults,
            service,
            level: level_that_passes(&env),
            disabled: is_disabled(&env),
            cold_start: self.cold_start.unwrap_or(true),
            function_name: named(self.function_name, "POWERTOOLS_METRICS_FUNCTION_NAME"),
            warn_on_empty: self.warn_on_empty,
        };
        Metrics::new(Arc::new(MetricsUtility::new(Writer { environment, config })))
    }
}

/// Returns whether metrics are off: by their own variable, or by the one for development.
fn is_disabled(env: &Variables) -> bool {
    let own = env.flag("POWERTOOLS_METRICS_DISABLED");
    own.or_else(|| env.flag("POWERTOOLS_DEV")).unwrap_or(false)
}

/// Returns the level a line must have to pass Lambda's log-level filter, where an ordinary line would not.
///
/// Lambda takes a JSON line without a level for INFO, and filters in the JSON log format only. See
/// [log-level filtering](https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html).
fn level_that_passes(env: &Variables) -> Option<&'static str> {
    let format = env.text("AWS_LAMBDA_LOG_FORMAT")?;
    let level = env.text("AWS_LAMBDA_LOG_LEVEL")?.to_ascii_uppercase();
    match level.as_str() {
        "WARN" | "ERROR" | "FATAL" if format.eq_ignore_ascii_case("json") => {
            ["WARN", "ERROR", "FATAL"].into_iter().find(|known| *known == level)
        }
        _ => None,
    }
}
