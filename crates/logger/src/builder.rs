//! `LoggerBuilder`, the configuration of a `Logger`.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use powertools_lambda_core::{DEFAULT_SERVICE, Environment, TargetLevels, json, service_name};
use serde::Serialize;
use tracing::level_filters::LevelFilter;

use crate::delivery::Delivery;
use crate::event::{CorrelationIdPath, LogEvent};
use crate::format::{DEFAULT_MAX_BYTES, LineFormat, LogFormatter, MIN_MAX_BYTES, TimeFormat};
use crate::keys::{KeyNames, Keys, ProcessKeys, StandardKey};
use crate::level::{Levels, Rules, SampleRate};
use crate::logger::Logger;
use crate::record::Fields;
use crate::state::LogBuffer;
use crate::utility::LoggerUtility;

impl Logger {
    /// Builds a logger configured by the environment variables alone.
    ///
    /// | variable | sets | default |
    /// |---|---|---|
    /// | `POWERTOOLS_SERVICE_NAME` | [`service`](LoggerBuilder::service) | `service_undefined` |
    /// | `AWS_LAMBDA_LOG_LEVEL`, `POWERTOOLS_LOG_LEVEL`, `LOG_LEVEL`, `RUST_LOG` | [`level`](LoggerBuilder::level) | INFO |
    /// | `POWERTOOLS_LOGGER_SAMPLE_RATE` | [`sample_rate`](LoggerBuilder::sample_rate) | no sampling |
    /// | `POWERTOOLS_LOGGER_LOG_EVENT` | [`log_event`](LoggerBuilder::log_event) | false |
    /// | `POWERTOOLS_DEV` | indented records, one key on each line | false |
    ///
    /// If a variable is invalid, the default is used, with one warning on stderr.
    pub fn from_env() -> Self {
        Self::builder().build()
    }

    /// Returns a builder, to configure the logger in code.
    pub fn builder() -> LoggerBuilder {
        LoggerBuilder::default()
    }
}

/// Configures a [`Logger`]; anything not set here comes from [environment variables](Logger::from_env).
///
/// ```
/// use powertools_lambda_logger::{CorrelationIdPath, LogBuffer, Logger};
///
/// let logger = Logger::builder()
///     .service("orders")
///     .correlation_id_path(CorrelationIdPath::API_GATEWAY_HTTP)
///     .buffer(LogBuffer::new())
///     .build();
/// ```
#[derive(Default)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct LoggerBuilder {
    environment: Option<Environment>,
    service: Option<String>,
    level: Option<LevelFilter>,
    targets: TargetLevels,
    keys: Keys,
    names: KeyNames,
    formatter: Option<Arc<dyn LogFormatter>>,
    #[cfg(feature = "time-zone")]
    time_zone: Option<String>,
    max_record_bytes: Option<usize>,
    sample_rate: Option<f64>,
    sample_by_trace_id: bool,
    buffer: Option<LogBuffer>,
    correlation_id_path: Option<CorrelationIdPath>,
    log_event: Option<EventLogging>,
}

/// Whether to log the event, as set in code.
enum EventLogging {
    Off,
    On(LogEvent),
}

impl LoggerBuilder {
    /// Sets the environment that provides variables, clock and output. Default: the process's.
    ///
    /// Tests pass a `TestEnvironment`; see the [guide](crate::_guide#testing).
    pub fn environment(mut self, environment: impl Into<Environment>) -> Self {
        self.environment = Some(environment.into());
        self
    }

    /// Sets the service's name. Default: `POWERTOOLS_SERVICE_NAME`, or `service_undefined`.
    ///
    /// An empty name is treated as not set.
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self
    }

    /// Sets the level. Default: `POWERTOOLS_LOG_LEVEL`, `LOG_LEVEL`, the level without a target in `RUST_LOG`, or INFO.
    ///
    /// If Lambda's log format is JSON, Lambda's level (`AWS_LAMBDA_LOG_LEVEL`) applies instead.
    pub fn level(mut self, level: impl Into<LevelFilter>) -> Self {
        self.level = Some(level.into());
        self
    }

    /// Sets the level of a target (a crate or a module) and of everything inside it.
    ///
    /// It can be more verbose than [`level`](Self::level), but not more verbose than Lambda's level. How `target` matches:
    ///
    /// * `orders` matches the target `orders` and everything inside it (`orders::db`), but not `orders_api`.
    /// * A `*` at the end matches any rest of the name: `aws_sdk_*` matches all crates of the AWS SDK. A `*` elsewhere has
    ///   no special meaning.
    /// * If several match, the longest one counts.
    ///
    /// A target in `RUST_LOG` matches as a text prefix instead, as with other subscribers: `orders=debug` there is
    /// `target_level("orders*", Level::DEBUG)` here. If both have a level for a target, the one that is set here counts.
    pub fn target_level(mut self, target: impl Into<Cow<'static, str>>, level: impl Into<LevelFilter>) -> Self {
        self.targets.set(target, level);
        self
    }

    /// Sets a key on every record of the process; see [`Logger::set_global_key`].
    pub fn global_key(mut self, key: impl Into<Cow<'static, str>>, value: impl Serialize) -> Self {
        self.keys = self.keys.key(key, value);
        self
    }

    /// Renames a key that the toolkit writes.
    ///
    /// A field or key that the function sets with the old name also gets the new name, and replaces the toolkit's value. `level` and
    /// `timestamp` are never replaced.
    ///
    /// Lambda's log-level filter reads only the names `level` and `timestamp`, so renaming these turns it off.
    pub fn rename(mut self, key: StandardKey, name: impl Into<String>) -> Self {
        self.names.set(key, Some(name.into()));
        self
    }

    /// Omits a key that the toolkit writes.
    ///
    /// A field or key of the same name that the function sets itself stays on records, except for `correlation_id`, `exception`,
    /// `exception_name` and `stack_trace`.
    pub fn omit(mut self, key: StandardKey) -> Self {
        self.names.set(key, None);
        self
    }

    /// Sets a custom format, or [`DatadogFormatter`](crate::DatadogFormatter). Default: one line of JSON.
    pub fn formatter(mut self, formatter: impl LogFormatter) -> Self {
        self.formatter = Some(Arc::new(formatter));
        self
    }

    /// Sets the time zone of timestamps by its IANA name, such as `Europe/Berlin`. Default: UTC.
    ///
    /// Timestamps stay RFC 3339, so that Lambda's log-level filter can read them. If the name is unknown, UTC is used,
    /// with one warning.
    #[cfg(feature = "time-zone")]
    pub fn time_zone(mut self, name: impl Into<String>) -> Self {
        self.time_zone = Some(name.into());
        self
    }

    /// Sets the maximum length of a record in bytes. Default: 262,144 (256 KiB); minimum: 4,096.
    ///
    /// A longer record is shortened and gets `"truncated":true`: its values are truncated to texts of 1,024 bytes, then
    /// its message to the remaining space, then keys are left out.
    pub fn max_record_bytes(mut self, bytes: usize) -> Self {
        self.max_record_bytes = Some(bytes);
        self
    }

    /// Sets the share of invocations, from 0 to 1, whose DEBUG records are written.
    ///
    /// Default: `POWERTOOLS_LOGGER_SAMPLE_RATE`, or no sampling. The decision is made separately for each invocation,
    /// also if many run concurrently. Targets with a separate level keep it. Every record has the rate as
    /// `sampling_rate`. If the rate is not between 0 and 1, nothing is sampled, with one warning.
    pub fn sample_rate(mut self, rate: f64) -> Self {
        self.sample_rate = Some(rate);
        self
    }

    /// Sets whether the trace id decides which invocations are sampled. Default: false (random).
    ///
    /// If it does, all functions of a request with the same rate decide alike. Without a trace, the choice is random.
    pub fn sample_by_trace_id(mut self, by_trace_id: bool) -> Self {
        self.sample_by_trace_id = by_trace_id;
        self
    }

    /// Buffers DEBUG records until something goes wrong. Default: no buffer.
    pub fn buffer(mut self, buffer: LogBuffer) -> Self {
        self.buffer = Some(buffer);
        self
    }

    /// Sets where the event contains the correlation id. Default: not read.
    ///
    /// Every record of the invocation has the id as `correlation_id`. An event without one is not an error; its records
    /// have no `correlation_id`.
    pub fn correlation_id_path(mut self, path: CorrelationIdPath) -> Self {
        self.correlation_id_path = Some(path);
        self
    }

    /// Writes the event of each invocation as the message of an INFO record; `None` turns it off.
    ///
    /// Default: off, or [`LogEvent::new()`] if `POWERTOOLS_LOGGER_LOG_EVENT` is true. Secrets are redacted; see
    /// [`LogEvent`].
    pub fn log_event(mut self, log_event: impl Into<Option<LogEvent>>) -> Self {
        self.log_event = Some(log_event.into().map_or(EventLogging::Off, EventLogging::On));
        self
    }

    /// Builds the logger.
    ///
    /// If a variable is invalid, the default is used, with one warning on stderr. To write records, call
    /// [`Logger::init`] or add [`Logger::subscriber_layer`] to a subscriber.
    pub fn build(self) -> Logger {
        let environment = self.environment.clone().unwrap_or_default();
        let levels = Levels::resolve(&environment, self.level, self.targets.clone());
        if let (Some(buffer), Some(lambda)) = (&self.buffer, levels.lambda)
            && lambda < buffer.level
        {
            environment.warnings().once(
                "log buffer level",
                format_args!(
                    "the log buffer is set to {}, but Lambda's AWS_LAMBDA_LOG_LEVEL {lambda} is in force: \
                     less severe records are not buffered",
                    buffer.level
                ),
            );
        }
        let sample_rate = SampleRate::resolve(&environment, self.sample_rate, self.sample_by_trace_id);
        let samples = sample_rate.is_some_and(|rate| rate.rate() > 0.0);
        let rules = Rules::new(levels, samples, self.buffer.as_ref().map(|buffer| buffer.level));
        let (service, format) = (
            self.service_fields(&environment, sample_rate),
            self.format(&environment),
        );
        let log_event = match self.log_event {
            Some(EventLogging::On(log_event)) => Some(log_event),
            Some(EventLogging::Off) => None,
            None => {
                let flag = environment.variables().flag("POWERTOOLS_LOGGER_LOG_EVENT");
                flag.unwrap_or(false).then(LogEvent::new)
            }
        };
        Logger::new(LoggerUtility {
            rules,
            delivery: Delivery {
                environment,
                service,
                keys: ProcessKeys::new(self.keys.0),
                format,
                buffer: self.buffer,
            },
            sample_rate,
            correlation_id_path: self.correlation_id_path,
            log_event,
        })
    }

    fn service_fields(&self, environment: &Environment, sample_rate: Option<SampleRate>) -> Fields {
        let given = self.service.clone().filter(|service| !service.trim().is_empty());
        let service = given.or_else(|| service_name(environment.variables()));
        let mut fields = Fields::default();
        fields.set(StandardKey::Service.name(), |buffer| {
            json::write_str(buffer, service.as_deref().unwrap_or(DEFAULT_SERVICE));
        });
        if let Some(rate) = sample_rate {
            fields.set(StandardKey::SamplingRate.name(), |buffer| {
                json::write_f64(buffer, rate.rate());
            });
        }
        fields
    }

    fn format(&self, environment: &Environment) -> LineFormat {
        LineFormat {
            names: self.names.clone(),
            formatter: self.formatter.clone(),
            time: self.time_format(environment),
            pretty: environment.variables().flag("POWERTOOLS_DEV").unwrap_or(false),
            max_bytes: self
                .max_record_bytes
                .map_or(DEFAULT_MAX_BYTES, |bytes| bytes.max(MIN_MAX_BYTES)),
            warnings: environment.warnings().clone(),
        }
    }

    #[cfg(feature = "time-zone")]
    fn time_format(&self, environment: &Environment) -> TimeFormat {
        let Some(name) = &self.time_zone else {
            return TimeFormat::Utc;
        };
        TimeFormat::named(name).unwrap_or_else(|| {
            environment.warnings().once(
                "time zone",
                format_args!(
                    "unknown time zone {name:?}: timestamps are in UTC; use an IANA name such as \"Europe/Berlin\""
                ),
            );
            TimeFormat::Utc
        })
    }

    #[cfg(not(feature = "time-zone"))]
    #[allow(clippy::unused_self)] // the same signature as with the feature
    fn time_format(&self, _: &Environment) -> TimeFormat {
        TimeFormat::Utc
    }
}

impl fmt::Debug for LoggerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoggerBuilder")
            .field("service", &self.service)
            .field("level", &self.level)
            .finish_non_exhaustive()
    }
}
