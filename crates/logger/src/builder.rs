//! How the logger is configured.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use powertools_lambda_core::{DEFAULT_SERVICE, Environment, json, service_name};
use serde::Serialize;
use tracing::level_filters::LevelFilter;

use crate::delivery::Delivery;
use crate::event::{CorrelationIdPath, LogEvent};
use crate::format::{DEFAULT_MAX_BYTES, LineFormat, LogFormatter, MIN_MAX_BYTES, TimeFormat};
use crate::keys::{KeyNames, Keys, ProcessKeys, StandardKey};
use crate::level::{Directives, Levels, Rules, SampleRate};
use crate::logger::Logger;
use crate::record::Fields;
use crate::state::LogBuffer;
use crate::utility::LoggerUtility;

impl Logger {
    /// Builds a logger from the environment variables.
    pub fn from_env() -> Self {
        Self::builder().build()
    }

    /// Returns a builder.
    pub fn builder() -> LoggerBuilder {
        LoggerBuilder::default()
    }
}

/// Configures a [`Logger`]; what is not given is taken from the environment variables.
#[derive(Default)]
#[must_use]
pub struct LoggerBuilder {
    environment: Option<Environment>,
    service: Option<String>,
    level: Option<LevelFilter>,
    directives: Directives,
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

/// What the code says about logging events.
enum EventLogging {
    Off,
    On(LogEvent),
}

impl LoggerBuilder {
    /// Takes environment, clock and output from `environment` instead of the process.
    pub fn environment(mut self, environment: impl Into<Environment>) -> Self {
        self.environment = Some(environment.into());
        self
    }

    /// Sets the service, otherwise, and where it is empty, `POWERTOOLS_SERVICE_NAME` or `service_undefined`.
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self
    }

    /// Sets the level, otherwise `POWERTOOLS_LOG_LEVEL`, `LOG_LEVEL`, the level without a target in `RUST_LOG`, or INFO.
    ///
    /// Where Lambda's log format is JSON, its own level (`AWS_LAMBDA_LOG_LEVEL`) is in force instead.
    pub fn level(mut self, level: impl Into<LevelFilter>) -> Self {
        self.level = Some(level.into());
        self
    }

    /// Sets the level of a target, a crate or a module, and of what is inside it.
    ///
    /// It goes before the directive in `RUST_LOG` for the same target. It may be more verbose than
    /// [`level`](Self::level), but never than Lambda's.
    pub fn target_level(mut self, target: impl Into<String>, level: impl Into<LevelFilter>) -> Self {
        self.directives.set(target.into(), level.into());
        self
    }

    /// Sets a key on every record of the process; see also [`Logger::set_global_key`].
    pub fn global_key(mut self, key: impl Into<Cow<'static, str>>, value: impl Serialize) -> Self {
        self.keys = self.keys.key(key, value);
        self
    }

    /// Renames a key that the toolkit writes.
    ///
    /// Lambda's log-level filter reads `level` and `timestamp` by these names only.
    pub fn rename(mut self, key: StandardKey, name: impl Into<String>) -> Self {
        self.names.set(key, Some(name.into()));
        self
    }

    /// Leaves out a key that the toolkit writes.
    pub fn omit(mut self, key: StandardKey) -> Self {
        self.names.set(key, None);
        self
    }

    /// Writes records in a format of one's own, or as [`DatadogFormatter`](crate::DatadogFormatter) does.
    pub fn formatter(mut self, formatter: impl LogFormatter) -> Self {
        self.formatter = Some(Arc::new(formatter));
        self
    }

    /// Writes timestamps with the offset of a time zone, named as in the IANA database: `Europe/Berlin`.
    ///
    /// They stay RFC 3339, so that Lambda's log-level filter reads them. An unknown name is UTC, with one warning.
    #[cfg(feature = "time-zone")]
    pub fn time_zone(mut self, name: impl Into<String>) -> Self {
        self.time_zone = Some(name.into());
        self
    }

    /// Sets how many bytes a record may have, 262,144 (256 KiB) unless set, at least 4,096.
    ///
    /// A longer one is shortened and has `"truncated":true`: its values are cut to texts of 1,024 bytes, then its message
    /// to what is left, then keys are left out.
    pub fn max_record_bytes(mut self, bytes: usize) -> Self {
        self.max_record_bytes = Some(bytes);
        self
    }

    /// Sets the share of invocations, from 0 to 1, whose DEBUG records are written, otherwise
    /// `POWERTOOLS_LOGGER_SAMPLE_RATE`.
    ///
    /// Each invocation is decided for itself, also where many run at once; targets with a level of their own keep it. The
    /// rate stands on every record as `sampling_rate`.
    pub fn sample_rate(mut self, rate: f64) -> Self {
        self.sample_rate = Some(rate);
        self
    }

    /// Sets whether the trace id decides which invocations are sampled, instead of chance.
    ///
    /// Then all functions of a request with the same rate decide alike. An invocation without a trace is left to chance.
    pub fn sample_by_trace_id(mut self, by_trace_id: bool) -> Self {
        self.sample_by_trace_id = by_trace_id;
        self
    }

    /// Keeps DEBUG records back until something goes wrong.
    pub fn buffer(mut self, buffer: LogBuffer) -> Self {
        self.buffer = Some(buffer);
        self
    }

    /// Takes the correlation id from the event, for every record of the invocation.
    ///
    /// An event without one is no error: its records have no `correlation_id`.
    pub fn correlation_id_path(mut self, path: CorrelationIdPath) -> Self {
        self.correlation_id_path = Some(path);
        self
    }

    /// Writes each invocation's event as an INFO record, whose message it is; `None` switches it off.
    ///
    /// Otherwise `POWERTOOLS_LOGGER_LOG_EVENT` decides, with the default [`LogEvent`].
    pub fn log_event(mut self, log_event: impl Into<Option<LogEvent>>) -> Self {
        self.log_event = Some(log_event.into().map_or(EventLogging::Off, EventLogging::On));
        self
    }

    /// Builds the logger. A variable it cannot use is a default and one warning.
    pub fn build(self) -> Logger {
        let environment = self.environment.clone().unwrap_or_default();
        let levels = Levels::resolve(&environment, self.level, self.directives.clone());
        if let (Some(buffer), Some(lambda)) = (&self.buffer, levels.lambda)
            && lambda < buffer.level
        {
            environment.warnings().once(
                "log buffer level",
                format_args!(
                    "the log buffer keeps {}, but Lambda's AWS_LAMBDA_LOG_LEVEL {lambda} is in force: \
                     records below it are not kept",
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
                format_args!("there is no time zone {name:?}: timestamps are in UTC"),
            );
            TimeFormat::Utc
        })
    }

    #[cfg(not(feature = "time-zone"))]
    #[allow(clippy::unused_self)] // beside the other form
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
