//! `MetricsBuilder`, the configuration of `Metrics`.

use std::sync::{Arc, OnceLock};

use powertools_lambda_core::{Environment, Variables, service_name};

use crate::config::Config;
use crate::document::dimensions::{is_value, set_dimension};
use crate::document::members::Members;
use crate::limits::Charset;
use crate::metrics::Metrics;
use crate::namespace::Namespace;
use crate::utility::MetricsUtility;
use crate::writer::Writer;

/// Configures [`Metrics`]; anything not set here comes from [environment variables](Metrics::from_env).
///
/// ```
/// use powertools_lambda_metrics::Metrics;
///
/// let metrics = Metrics::builder().namespace("Shop").default_dimension("stage", "prod").warn_on_empty(true).build();
/// ```
#[derive(Debug, Default)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct MetricsBuilder {
    environment: Option<Environment>,
    namespace: Option<String>,
    service: Option<String>,
    default_dimensions: Vec<(String, String)>,
    dimension_charset: Charset,
    function_name: Option<String>,
    cold_start: Option<bool>,
    warn_on_empty: bool,
}

/// The metrics that free functions use outside an invocation: the first that were built in the process.
static PROCESS: OnceLock<Metrics> = OnceLock::new();
/// The metrics that they use until then; none if the first were built before a free function was called.
static EARLY: OnceLock<Option<Metrics>> = OnceLock::new();

/// The maximum size of the default dimensions, and of the service, in bytes.
const MAX_DEFAULTS: usize = 16 * 1_024;

impl Metrics {
    /// Builds metrics configured by the environment variables alone.
    ///
    /// | variable | sets | default |
    /// |---|---|---|
    /// | `POWERTOOLS_METRICS_NAMESPACE` | [`namespace`](MetricsBuilder::namespace) | `default_namespace`, with one warning |
    /// | `POWERTOOLS_SERVICE_NAME` | [`service`](MetricsBuilder::service) | no dimension `service` |
    /// | `POWERTOOLS_METRICS_FUNCTION_NAME` | [`function_name`](MetricsBuilder::function_name) | the function's name |
    /// | `POWERTOOLS_METRICS_DISABLED` | whether nothing is kept or written | the value of `POWERTOOLS_DEV` |
    /// | `POWERTOOLS_DEV` | disables metrics if `POWERTOOLS_METRICS_DISABLED` is not set | false |
    ///
    /// If a variable is invalid, the default is used, with one warning on stderr.
    pub fn from_env() -> Self {
        Self::builder().build()
    }

    /// Returns a builder, to configure metrics in code.
    pub fn builder() -> MetricsBuilder {
        MetricsBuilder::default()
    }

    /// Returns the first metrics of the process, or, until the function has built any, metrics that it builds from the environment
    /// variables and whose values go to the first.
    pub(crate) fn of_process() -> &'static Self {
        let from_env = || MetricsBuilder::default().build_alone();
        let early = || EARLY.get_or_init(|| Some(from_env())).as_ref();
        // There are no early ones only if the first are being built, or were in the meantime.
        let found = PROCESS.get().or_else(early);
        found.unwrap_or_else(|| PROCESS.get_or_init(from_env))
    }
}

impl MetricsBuilder {
    /// Sets the environment that provides variables, clock and output. Default: the process's.
    ///
    /// Tests pass a `TestEnvironment`; see the [guide](crate::_guide#testing).
    pub fn environment(mut self, environment: impl Into<Environment>) -> Self {
        self.environment = Some(environment.into());
        self
    }

    /// Sets the namespace. Default: `POWERTOOLS_METRICS_NAMESPACE`, or `default_namespace` with one warning.
    ///
    /// A namespace has 1 to 255 printable ASCII characters and does not begin with a colon, or with `AWS/`, which belongs to
    /// the metrics of AWS services. If it is invalid, `default_namespace` is used, with one warning. CloudWatch's guide lists
    /// only letters, digits, spaces and `.-_/#:`; a namespace with other characters is used, with one warning.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Sets the dimension `service`. Default: `POWERTOOLS_SERVICE_NAME`, or no such dimension.
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self
    }

    /// Adds a dimension to all metrics of all invocations, in every set.
    ///
    /// [`add_dimension`](crate::add_dimension()) can override its value for one document. The cold-start metric and
    /// one-off metrics do not have it. Default dimensions can have 16 KiB in total.
    pub fn default_dimension(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.default_dimensions.push((key.into(), value.into()));
        self
    }

    /// Sets whether dimensions with characters other than ASCII are written. Default: false.
    ///
    /// CloudWatch documents that the name and the value of a [dimension] contain only ASCII characters. It does not document what
    /// the ingestion of the Embedded Metric Format does with other characters, and this was not tried; reportedly, all dimensions
    /// of a document are dropped if one is invalid. By default such a dimension is left out and the others stay. If `true`, it is
    /// written. Both cause one warning for each key.
    ///
    /// This applies to all dimensions: those of the document, defaults, the service, labels of the `metrics` facade and
    /// texts of metrique's entries.
    ///
    /// [dimension]: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html
    pub fn non_ascii_dimensions(mut self, are_written: bool) -> Self {
        self.dimension_charset = if are_written { Charset::Unicode } else { Charset::Ascii };
        self
    }

    /// Sets the dimension `function_name` of the cold-start metric.
    ///
    /// Default: `POWERTOOLS_METRICS_FUNCTION_NAME`, or the function's name, which is also used if this one cannot be the value of a
    /// [dimension](crate::add_dimension()).
    pub fn function_name(mut self, function_name: impl Into<String>) -> Self {
        self.function_name = Some(function_name.into());
        self
    }

    /// Sets whether the metric `ColdStart` is written once for each environment. Default: true.
    pub fn cold_start(mut self, cold_start: bool) -> Self {
        self.cold_start = Some(cold_start);
        self
    }

    /// Sets whether to warn once if an invocation ends without a metric. Default: false.
    ///
    /// To get an error instead, use [`Metrics::try_flush`].
    pub fn warn_on_empty(mut self, warn: bool) -> Self {
        self.warn_on_empty = warn;
        self
    }

    /// Builds the metrics.
    ///
    /// If a value or a variable is invalid, the default is used, with one warning on stderr. The first `Metrics` of the
    /// process receives what the free functions add outside an invocation, and what they added before it was built. Only one-off
    /// metrics that were emitted before have the namespace and the service of the environment variables.
    pub fn build(self) -> Metrics {
        let metrics = self.build_alone();
        PROCESS.get_or_init(|| {
            // Before others can add to these metrics.
            if let Some(early) = EARLY.get_or_init(|| None) {
                early.utility().pass_on(metrics.utility());
            }
            metrics.clone()
        });
        metrics
    }

    fn build_alone(self) -> Metrics {
        let environment = self.environment.unwrap_or_default();
        let env = environment.variables().clone();
        let named = |name: Option<String>, variable: &str| name.or_else(|| env.text(variable));
        let namespace = named(self.namespace, "POWERTOOLS_METRICS_NAMESPACE");
        let namespace = namespace.and_then(|namespace| Namespace::new(&namespace, &environment));
        let dimension_charset = self.dimension_charset;
        let dimensions = |pairs: &mut dyn Iterator<Item = (&str, &str)>| {
            let mut members = Members::default();
            for (key, value) in pairs {
                set_dimension(
                    &mut members,
                    MAX_DEFAULTS,
                    dimension_charset,
                    key,
                    value,
                    &mut |warning| {
                        warning.print(environment.warnings());
                    },
                );
            }
            members
        };
        let service = self.service.or_else(|| service_name(&env));
        let service = dimensions(&mut service.iter().map(|service| ("service", service.as_str())));
        let defaults = self.default_dimensions.iter();
        let defaults = dimensions(&mut defaults.map(|(key, value)| (key.as_str(), value.as_str())));
        let function_name = named(self.function_name, "POWERTOOLS_METRICS_FUNCTION_NAME");
        let function_name = function_name.filter(|name| is_function_name(name, dimension_charset, &environment));
        let config = Config {
            namespace: namespace.unwrap_or_default(),
            defaults,
            service,
            level: level_that_passes(&env),
            dimension_charset,
            disabled: is_disabled(&env),
            cold_start: self.cold_start.unwrap_or(true),
            function_name,
            warn_on_empty: self.warn_on_empty,
        };
        Metrics::new(Arc::new(MetricsUtility::new(Writer { environment, config })))
    }
}

/// Returns whether the cold-start metric can have this name as a dimension, or warns that it cannot.
fn is_function_name(name: &str, charset: Charset, environment: &Environment) -> bool {
    let is_valid = is_value(name, charset);
    if !is_valid {
        environment.warnings().once(
            "metrics function name",
            format_args!(
                "invalid function name {name:?} is ignored: a dimension has 1 to 1,024 characters, only ASCII unless \
                 `MetricsBuilder::non_ascii_dimensions` is set, and no control characters; `ColdStart` has the function's name"
            ),
        );
    }
    is_valid
}

/// Returns whether metrics are disabled, by their own variable or by the one for development.
fn is_disabled(env: &Variables) -> bool {
    let own = env.flag("POWERTOOLS_METRICS_DISABLED");
    own.or_else(|| env.flag("POWERTOOLS_DEV")).unwrap_or(false)
}

/// Returns the level that a line needs to pass Lambda's log-level filter, if a line without a level would not pass.
///
/// Lambda treats a JSON line without a level as INFO, and filters only with the JSON log format. See
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
