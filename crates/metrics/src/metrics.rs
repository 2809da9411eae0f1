//! The handle, and how it is configured.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use powertools_lambda_core::{Env, Host, Invocation, InvocationHook, InvocationLayer, json, service_name};
use serde::Serialize;

use crate::document::{Dimension, Document, MAX_VALUES, Metadata, Problem};
use crate::emf::{self, Frame};
use crate::hook::MetricsHook;
use crate::state::{Joined, MetricsState};
use crate::{MetricName, Number, Resolution, Unit};

/// CloudWatch metrics in Embedded Metric Format.
///
/// What is added during an invocation is written as one line after its response was posted, whatever the outcome; each
/// invocation has a document of its own. A cheap handle: clones share everything.
#[derive(Clone)]
pub struct Metrics {
    inner: Arc<Inner>,
    /// One hook for all layers of the metrics: an invocation takes it once.
    hook: Arc<dyn InvocationHook>,
}

pub(crate) struct Inner {
    host: Host,
    frame: Frame,
    namespace_is_default: bool,
    disabled: bool,
    cold_start: bool,
    function_name: Option<String>,
    /// What is added outside an invocation.
    process: Mutex<Document>,
    /// Emptied documents for later invocations.
    pool: Mutex<Vec<Document>>,
}

/// The namespace where none is configured.
const DEFAULT_NAMESPACE: &str = "default_namespace";

/// How many emptied documents are kept: as many as Lambda runs invocations at once.
const MAX_POOLED: usize = 64;

/// The metrics that free functions use outside an invocation: the first that were built.
static PROCESS: OnceLock<Metrics> = OnceLock::new();

impl Metrics {
    /// Builds metrics from the environment variables.
    pub fn from_env() -> Self {
        Self::builder().build()
    }

    /// Returns a builder.
    pub fn builder() -> MetricsBuilder {
        MetricsBuilder::default()
    }

    /// Returns the layer for [`Runtime::layer`](lambda_runtime::Runtime::layer): it writes the document.
    pub fn layer(&self) -> InvocationLayer {
        InvocationLayer::new([Arc::clone(&self.hook)], self.inner.host.clone())
    }

    /// Adds a value to a metric of the current invocation; see [`add`](crate::add).
    pub fn add(&self, name: impl Into<MetricName>, unit: Unit, value: impl Number) {
        self.add_with_resolution(name, unit, value, Resolution::Standard);
    }

    /// Adds a value to a metric of the current invocation, kept with this resolution; see [`add`](crate::add).
    pub fn add_with_resolution(
        &self,
        name: impl Into<MetricName>,
        unit: Unit,
        value: impl Number,
        resolution: Resolution,
    ) {
        let (name, value) = (name.into(), value.to_f64());
        self.with_document(|document| document.add(name, unit, resolution, value));
    }

    /// Sets a dimension of all metrics of the current invocation; see [`dimension`](crate::dimension()).
    pub fn dimension(&self, key: &str, value: &str) {
        self.with_document(|document| document.dimension(key, value));
    }

    /// Adds a member that is no metric to the current invocation's document; see [`metadata`](crate::metadata()).
    pub fn metadata(&self, key: impl Into<String>, value: impl Serialize) {
        let metadata = Metadata::new(key.into(), &value);
        self.with_document(|document| document.metadata(metadata));
    }

    /// Writes what was added so far: to the current invocation's document, and outside an invocation.
    ///
    /// The layer does it at the end of each invocation; this is for programs without one, and for what is added after
    /// the last.
    pub fn flush(&self) {
        if let Some(invocation) = Invocation::current()
            && let Some(state) = invocation.get::<MetricsState>()
        {
            state.of(&self.inner, Joined::flush);
        }
        self.inner.write_process_document();
    }

    pub(crate) fn process() -> &'static Self {
        PROCESS.get_or_init(|| MetricsBuilder::default().build_alone())
    }

    pub(crate) fn add_to_process(&self, add: impl FnOnce(&mut Document) -> Result<(), Problem>) {
        self.inner.add_to_process(add);
    }

    fn with_document(&self, add: impl FnOnce(&mut Document) -> Result<(), Problem>) {
        let mut add = Some(add);
        Invocation::with_current(|invocation| {
            let state = invocation.get::<MetricsState>()?;
            state.of(&self.inner, |joined| add.take().map(|add| joined.add(add)))
        });
        if let Some(add) = add {
            self.inner.add_to_process(add);
        }
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics")
            .field("namespace", &String::from_utf8_lossy(&self.inner.frame.namespace))
            .finish_non_exhaustive()
    }
}

impl Inner {
    /// Adds to `document`; what is wrong with it is one warning.
    pub(crate) fn add(&self, document: &mut Document, add: impl FnOnce(&mut Document) -> Result<(), Problem>) {
        if self.disabled {
            return;
        }
        if let Err(problem) = add(document) {
            self.warn(&problem);
        }
        if document.values >= MAX_VALUES {
            self.write(document);
        }
    }

    /// Adds to the process's document.
    pub(crate) fn add_to_process(&self, add: impl FnOnce(&mut Document) -> Result<(), Problem>) {
        self.add(&mut self.process.lock().unwrap_or_else(PoisonError::into_inner), add);
    }

    /// Writes a document and empties it.
    pub(crate) fn write(&self, document: &mut Document) {
        if document.values > 0 && self.namespace_is_default {
            self.host.warnings().once(
                "namespace",
                format_args!(
                    "no metrics namespace is configured: metrics go to {DEFAULT_NAMESPACE}; set \
                     POWERTOOLS_METRICS_NAMESPACE"
                ),
            );
        }
        let now = self.host.clock().timestamp();
        emf::flush(document, &self.frame, now, self.host.output(), |problem| {
            self.warn(&problem);
        });
    }

    pub(crate) fn write_process_document(&self) {
        self.write(&mut self.process.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Writes the cold start as a document of its own, with the function's name as a dimension.
    pub(crate) fn write_cold_start(&self, function_name: &str) {
        if self.disabled || !self.cold_start {
            return;
        }
        let mut document = self.take_document();
        let function_name = self.function_name.as_deref().unwrap_or(function_name);
        self.add(&mut document, |document| {
            document.dimension("function_name", function_name)
        });
        self.add(&mut document, |document| {
            document.add("ColdStart".into(), Unit::Count, Resolution::Standard, 1.0)
        });
        self.write(&mut document);
        // Not pooled: no other document has this metric.
    }

    /// Returns an empty document.
    pub(crate) fn take_document(&self) -> Document {
        let pooled = self.pool.lock().unwrap_or_else(PoisonError::into_inner).pop();
        pooled.unwrap_or_default()
    }

    /// Keeps an emptied document for a later invocation.
    pub(crate) fn put_document(&self, document: Document) {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.len() < MAX_POOLED && document.is_small() {
            pool.push(document);
        }
    }

    fn warn(&self, problem: &Problem) {
        self.host.warnings().once(&problem.key(), format_args!("{problem}"));
    }
}

/// Configures [`Metrics`]; what is not given is taken from the environment variables.
#[derive(Debug, Default)]
#[must_use]
pub struct MetricsBuilder {
    host: Option<Host>,
    namespace: Option<String>,
    service: Option<String>,
    function_name: Option<String>,
    cold_start: Option<bool>,
}

impl MetricsBuilder {
    /// Takes environment, clock and output from `host` instead of the process.
    pub fn host(mut self, host: Host) -> Self {
        self.host = Some(host);
        self
    }

    /// Sets the namespace, otherwise `POWERTOOLS_METRICS_NAMESPACE`, or `default_namespace` with one warning.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Sets the dimension `service`, otherwise `POWERTOOLS_SERVICE_NAME`; without either there is none.
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
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

    /// Builds the metrics. A variable it cannot use is a default and one warning.
    ///
    /// The first metrics of a process take what free functions add outside an invocation.
    pub fn build(self) -> Metrics {
        let metrics = self.build_alone();
        PROCESS.get_or_init(|| metrics.clone());
        metrics
    }

    fn build_alone(self) -> Metrics {
        let host = self.host.unwrap_or_default();
        let env = host.env().clone();
        let named = |name: Option<String>, variable: &str| name.or_else(|| env.text(variable));
        let namespace = named(self.namespace, "POWERTOOLS_METRICS_NAMESPACE");
        let namespace = namespace.filter(|namespace| is_namespace(namespace, &host));
        let service = self.service.or_else(|| service_name(&env));
        let mut escaped = Vec::new();
        json::write_str(&mut escaped, namespace.as_deref().unwrap_or(DEFAULT_NAMESPACE));
        let inner = Arc::new(Inner {
            frame: Frame {
                namespace: escaped,
                service: service.and_then(|service| service_dimension(&service, &host)),
                level: level_that_passes(&env),
            },
            namespace_is_default: namespace.is_none(),
            disabled: is_disabled(&env),
            cold_start: self.cold_start.unwrap_or(true),
            function_name: named(self.function_name, "POWERTOOLS_METRICS_FUNCTION_NAME"),
            process: Mutex::default(),
            pool: Mutex::default(),
            host,
        });
        Metrics {
            hook: Arc::new(MetricsHook(Arc::clone(&inner))),
            inner,
        }
    }
}

/// Returns whether CloudWatch takes the namespace: 1 to 255 characters, not blank.
fn is_namespace(namespace: &str, host: &Host) -> bool {
    let is_good = !namespace.trim().is_empty() && namespace.chars().take(256).count() <= 255;
    if !is_good {
        host.warnings().once(
            "namespace text",
            format_args!("{namespace:?} cannot be a metrics namespace, which has 1 to 255 characters"),
        );
    }
    is_good
}

fn service_dimension(service: &str, host: &Host) -> Option<Dimension> {
    let dimension = Dimension::new("service", service);
    if let Err(problem) = &dimension {
        host.warnings().once(&problem.key(), format_args!("{problem}"));
    }
    dimension.ok()
}

/// Returns whether metrics are off: by their own variable, or by the one for development.
fn is_disabled(env: &Env) -> bool {
    let own = env.flag("POWERTOOLS_METRICS_DISABLED");
    own.or_else(|| env.flag("POWERTOOLS_DEV")).unwrap_or(false)
}

/// Returns the level a line must have to pass Lambda's log-level filter, where an ordinary line would not.
///
/// Lambda takes a JSON line without a level for INFO, and filters in the JSON log format only.
fn level_that_passes(env: &Env) -> Option<&'static str> {
    let format = env.text("AWS_LAMBDA_LOG_FORMAT")?;
    let level = env.text("AWS_LAMBDA_LOG_LEVEL")?.to_ascii_uppercase();
    match level.as_str() {
        "WARN" | "ERROR" | "FATAL" if format.eq_ignore_ascii_case("json") => {
            ["WARN", "ERROR", "FATAL"].into_iter().find(|known| *known == level)
        }
        _ => None,
    }
}
