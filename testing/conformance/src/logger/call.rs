//! Replays the calls of a logger case.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use powertools_lambda_core::test_util::ManualClock;
use powertools_lambda_logger::{self as logger, Keys, Logger, json};
use serde::Deserialize;
use serde_json::{Map, Value};
use tracing::{Level, debug, error, info, warn};

use crate::logger::python::{self, Argument, Variables};
use crate::logger::settings;

/// One operation.
#[derive(Debug, Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(crate) struct Call {
    op: String,
    message: Value,
    args: Vec<Value>,
    extra: Map<String, Value>,
    kwargs: Map<String, Value>,
    /// A map of keys to append, or a list of keys to remove.
    keys: Value,
    #[serde(alias = "correlation_id", alias = "id")]
    value: Value,
    level: Value,
    name: String,
    ms: u64,
    code: String,
    body: Vec<Call>,
    except: Vec<Call>,
    r#type: String,
    from: Value,
    exc_info: Value,
}

/// A Python error, with the name of its type.
#[derive(Clone)]
pub(crate) struct Raised {
    name: String,
    text: String,
    cause: Option<SharedError>,
}

impl fmt::Debug for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({:?})", self.name, self.text)
    }
}

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for Raised {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as &(dyn Error + 'static))
    }
}

/// An error that several calls can raise.
pub(crate) type SharedError = Arc<Raised>;

/// The reason why calls end early.
pub(crate) enum Stop {
    Raised(SharedError),
    /// The replayer does not support an operation.
    Unknown(anyhow::Error),
}

/// The state that is kept between calls.
pub(crate) struct Replayer {
    logger: Logger,
    clock: ManualClock,
    pub(crate) trace_header: Option<String>,
    pub(crate) in_invocation: bool,
    /// The keys appended outside invocations.
    appended: BTreeSet<String>,
    variables: Variables,
    /// The error that is being handled.
    handled: Option<SharedError>,
}

macro_rules! event {
    ($level:expr, $($fields:tt)*) => {
        match $level {
            Level::ERROR => error!($($fields)*),
            Level::WARN => warn!($($fields)*),
            Level::INFO => info!($($fields)*),
            _ => debug!($($fields)*),
        }
    };
}

impl Replayer {
    pub(crate) fn new(logger: Logger, clock: ManualClock, trace_header: Option<String>) -> Self {
        Self {
            logger,
            clock,
            trace_header,
            in_invocation: false,
            appended: BTreeSet::new(),
            variables: Variables::new(),
            handled: None,
        }
    }

    pub(crate) fn run(&mut self, calls: &[Call]) -> Result<(), Stop> {
        calls.iter().try_for_each(|call| self.call(call))
    }

    fn call(&mut self, call: &Call) -> Result<(), Stop> {
        match call.op.as_str() {
            "debug" => self.log(Level::DEBUG, call, false),
            "info" => self.log(Level::INFO, call, false),
            "warning" | "warn" => self.log(Level::WARN, call, false),
            "error" | "critical" => self.log(Level::ERROR, call, false),
            "exception" => self.log(Level::ERROR, call, true),
            "append_keys" | "thread_safe_append_keys" => self.append_keys(call),
            "remove_keys" | "thread_safe_remove_keys" => self.remove_keys(call),
            "clear_state" | "thread_safe_clear_keys" => self.clear_keys(),
            "append_context_keys" => {
                let _keys = logger::scope_keys(self.keys(call.keys.as_object().into_iter()));
                return self.run(&call.body);
            }
            "set_correlation_id" => match &call.value {
                Value::String(id) => logger::set_correlation_id(id),
                Value::Null => logger::set_correlation_id(""),
                other => logger::set_correlation_id(&other.to_string()),
            },
            "setLevel" | "set_level" => self
                .logger
                .set_level(settings::level(&call.level).map_err(Stop::Unknown)?),
            "flush_buffer" => powertools_lambda_logger::flush_buffer(),
            "clear_buffer" => powertools_lambda_logger::clear_buffer(),
            "advance_clock" => self.clock.advance(Duration::from_millis(call.ms)),
            // Sampling is decided for each invocation anyway.
            "refresh_sample_rate_calculation" => {}
            "setenv" if call.name == "_X_AMZN_TRACE_ID" => self.trace_header = call.value.as_str().map(str::to_owned),
            "mutate" if python::execute(&call.code, &mut self.variables) => {}
            "try" => return self.attempt(call),
            "raise" => return Err(Stop::Raised(self.error(call))),
            _ => return Err(Stop::Unknown(anyhow!("{:?} with {:?} is unknown", call.op, call.code))),
        }
        Ok(())
    }

    fn log(&self, level: Level, call: &Call, with_error: bool) {
        let keys = self.keys([&call.extra, &call.kwargs].into_iter());
        let _keys = (!call.extra.is_empty() || !call.kwargs.is_empty()).then(|| logger::scope_keys(keys));
        let is_true = |value: Option<&Value>| value.is_some_and(|value| value == &Value::Bool(true));
        let with_error = with_error || is_true(Some(&call.exc_info)) || is_true(call.kwargs.get("exc_info"));
        let error = self
            .handled
            .as_deref()
            .filter(|_| with_error)
            .map(|error| error as &dyn Error);
        let text = match &call.message {
            Value::String(text) if call.args.is_empty() => text.clone(),
            Value::String(text) => python::formatted(text, &call.args),
            // In Rust, too, a missing message is an `Option`, and a field that is `None` is absent.
            other if is_none(other) => {
                event!(level, error, message = None::<&str>);
                return;
            }
            other => match python::argument(other, &self.variables) {
                // A variable that the program does not define is the error being handled.
                Argument::Value(Value::String(text)) => self.handled.as_ref().map_or(text, ToString::to_string),
                value => {
                    event!(level, error, message = ?json(&value));
                    return;
                }
            },
        };
        event!(level, error, "{text}");
    }

    /// Returns keys for one record or one scope. The last value of a key wins, and `None` is absent, as in a field.
    fn keys<'a>(&self, maps: impl Iterator<Item = &'a Map<String, Value>>) -> Keys {
        let mut keys = Map::new();
        for (key, value) in maps.flatten() {
            keys.insert(key.clone(), value.clone());
        }
        keys.into_iter()
            .filter(|(key, value)| !is_none(value) && key != "exc_info")
            .map(|(key, value)| (key, python::argument(&value, &self.variables)))
            .collect()
    }

    fn append_keys(&mut self, call: &Call) {
        for (key, value) in call.keys.as_object().into_iter().flatten() {
            if is_none(value) {
                self.remove_key(key);
                continue;
            }
            let value = python::argument(value, &self.variables);
            if self.in_invocation {
                logger::append_key(key.clone(), value);
            } else {
                self.appended.insert(key.clone());
                self.logger.set_global_key(key.clone(), value);
            }
        }
    }

    fn remove_keys(&mut self, call: &Call) {
        for key in call.keys.as_array().into_iter().flatten().filter_map(Value::as_str) {
            self.remove_key(key);
        }
    }

    fn remove_key(&mut self, key: &str) {
        if self.in_invocation {
            logger::remove_key(key);
        } else {
            self.appended.remove(key);
            self.logger.remove_global_key(key);
        }
    }

    fn clear_keys(&mut self) {
        if self.in_invocation {
            logger::clear_keys();
        } else {
            for key in std::mem::take(&mut self.appended) {
                self.logger.remove_global_key(&key);
            }
        }
    }

    fn attempt(&mut self, call: &Call) -> Result<(), Stop> {
        let error = match self.run(&call.body) {
            Err(Stop::Raised(error)) => error,
            other => return other,
        };
        let outer = self.handled.replace(error);
        let result = self.run(&call.except);
        self.handled = outer;
        result
    }

    fn error(&self, call: &Call) -> SharedError {
        let from = call.from.as_str().filter(|from| *from != "None");
        Arc::new(Raised {
            name: call.r#type.clone(),
            text: match &call.value {
                Value::String(text) => text.clone(),
                Value::Null => String::new(),
                other => other.to_string(),
            },
            cause: self.handled.clone().filter(|_| from.is_some()),
        })
    }
}

fn is_none(value: &Value) -> bool {
    value.is_null() || python::expression(value) == Some("None")
}
