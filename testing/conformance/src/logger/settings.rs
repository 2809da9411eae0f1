//! Converts a case's constructor and decorator to a builder.

use anyhow::{Context as _, Result, bail};
use powertools_lambda_core::Environment;
use powertools_lambda_logger::{
    CorrelationIdPath, DatadogFormatter, LogBuffer, LogEvent, Logger, LoggerBuilder, StandardKey,
};
use serde_json::{Map, Value};
use tracing::Level;
use tracing::level_filters::LevelFilter;

use crate::logger::python::{self, Argument, Variables};

/// Returns the builder for the arguments.
pub(crate) fn builder(
    environment: &Environment,
    constructor: &Map<String, Value>,
    decorator: &Map<String, Value>,
) -> Result<LoggerBuilder> {
    let mut builder = Logger::builder().environment(environment.clone());
    for (name, value) in constructor {
        builder = constructor_argument(builder, name, value).with_context(|| format!("constructor: {name}"))?;
    }
    for (name, value) in decorator {
        builder = match name.as_str() {
            "correlation_id_path" => match python::expression(value).or(value.as_str()) {
                None | Some("None") => builder,
                Some(path) => builder.correlation_id_path(correlation_path(path)?),
            },
            "log_event" => builder.log_event(value.as_bool().filter(|log| *log).map(|_| LogEvent::new())),
            // Keys belong to an invocation, and a handler's error always flushes.
            "clear_state" | "flush_buffer_on_uncaught_error" => builder,
            _ => bail!("decorator: {name} is unknown"),
        };
    }
    Ok(builder)
}

fn constructor_argument(builder: LoggerBuilder, name: &str, value: &Value) -> Result<LoggerBuilder> {
    let expression = python::expression(value);
    let is_none = value.is_null() || expression == Some("None");
    Ok(match name {
        "service" | "level" if is_none => builder,
        "service" => builder.service(value.as_str().context("a text")?),
        "level" => builder.level(level(value)?),
        "sampling_rate" => match value.as_f64().or_else(|| value.as_str()?.parse().ok()) {
            Some(rate) => builder.sample_rate(rate),
            None => builder,
        },
        "buffer_config" => match expression.filter(|_| !is_none) {
            Some(call) => builder.buffer(buffer(call)?),
            None => builder,
        },
        "logger_formatter" if expression.is_some_and(|call| call.starts_with("DatadogLogFormatter(")) => {
            builder.formatter(DatadogFormatter)
        }
        "logger_formatter" | "logger_handler" | "stream" if is_none => builder,
        "serialize_stacktrace" if value == &Value::Bool(false) => builder.omit(StandardKey::StackTrace),
        // Timestamps are RFC 3339; the order of keys and the form of a location are fixed.
        "serialize_stacktrace"
        | "use_rfc3339"
        | "utc"
        | "datefmt"
        | "use_datetime_directive"
        | "log_record_order"
        | "child"
        | "log_uncaught_exceptions" => builder,
        "logger_formatter" | "logger_handler" | "stream" | "json_serializer" | "json_deserializer" | "json_default" => {
            bail!("{value} has no counterpart")
        }
        _ => match standard_key(name) {
            Some(key) if is_none => builder.omit(key),
            Some(_) => builder,
            None if is_none => builder,
            None => match python::argument(value, &Variables::default()) {
                Argument::Value(value) => builder.global_key(name.to_owned(), value),
                other => builder.global_key(name.to_owned(), other),
            },
        },
    })
}

fn standard_key(name: &str) -> Option<StandardKey> {
    Some(match name {
        "level" => StandardKey::Level,
        "location" => StandardKey::Location,
        "message" => StandardKey::Message,
        "timestamp" => StandardKey::Timestamp,
        "xray_trace_id" => StandardKey::XrayTraceId,
        _ => return None,
    })
}

/// Parses a level: its name, or Python's number for it.
pub(crate) fn level(value: &Value) -> Result<LevelFilter> {
    let name = value.as_str().map(str::to_ascii_uppercase);
    Ok(match (name.as_deref(), value.as_u64()) {
        (Some("NOTSET" | "TRACE"), _) | (_, Some(0)) => LevelFilter::TRACE,
        (Some("DEBUG"), _) | (_, Some(1..=10)) => LevelFilter::DEBUG,
        (Some("INFO"), _) | (_, Some(11..=20)) => LevelFilter::INFO,
        (Some("WARN" | "WARNING"), _) | (_, Some(21..=30)) => LevelFilter::WARN,
        (Some("ERROR" | "CRITICAL" | "FATAL"), _) | (_, Some(_)) => LevelFilter::ERROR,
        _ => bail!("{value} is not a level"),
    })
}

/// Parses `LoggerBufferConfig(max_bytes=…, buffer_at_verbosity=…, flush_on_error_log=…)`.
fn buffer(call: &str) -> Result<LogBuffer> {
    let arguments = call
        .strip_prefix("LoggerBufferConfig(")
        .and_then(|arguments| arguments.strip_suffix(')'))
        .with_context(|| format!("{call:?} is not a buffer configuration"))?;
    let mut buffer = LogBuffer::new();
    for argument in arguments
        .split(',')
        .map(str::trim)
        .filter(|argument| !argument.is_empty())
    {
        let (name, value) = argument.split_once('=').context("a named argument")?;
        let value = value.trim().trim_matches(['\'', '"']);
        buffer = match name.trim() {
            "max_bytes" => buffer.max_bytes(value.parse()?),
            "buffer_at_verbosity" => {
                let level = level(&Value::from(value))?.into_level();
                buffer.level(level.unwrap_or(Level::DEBUG))
            }
            "flush_on_error_log" => buffer.flush_on_error(value == "True"),
            _ => bail!("{name} is unknown"),
        };
    }
    Ok(buffer)
}

/// Returns the path for the name of a constant or a dotted path.
fn correlation_path(text: &str) -> Result<CorrelationIdPath> {
    let Some((_, constant)) = text.split_once("correlation_paths.") else {
        return Ok(pointer(text)?.parse()?);
    };
    Ok(match constant {
        "API_GATEWAY_REST" => CorrelationIdPath::API_GATEWAY_REST,
        "API_GATEWAY_HTTP" => CorrelationIdPath::API_GATEWAY_HTTP,
        "APPSYNC_AUTHORIZER" => CorrelationIdPath::APPSYNC_AUTHORIZER,
        "APPSYNC_RESOLVER" => CorrelationIdPath::APPSYNC_RESOLVER,
        "APPLICATION_LOAD_BALANCER" => CorrelationIdPath::APPLICATION_LOAD_BALANCER,
        "EVENT_BRIDGE" => CorrelationIdPath::EVENT_BRIDGE,
        "LAMBDA_FUNCTION_URL" => CorrelationIdPath::LAMBDA_FUNCTION_URL,
        "S3_OBJECT_LAMBDA" => CorrelationIdPath::S3_OBJECT_LAMBDA,
        "VPC_LATTICE" => CorrelationIdPath::VPC_LATTICE,
        _ => bail!("{constant:?} is not a correlation path"),
    })
}

/// Converts a path such as `a.b[0]."c-d"` to a JSON pointer.
fn pointer(path: &str) -> Result<String> {
    let mut pointer = String::new();
    let mut rest = path;
    while !rest.is_empty() {
        let (step, behind) = if let Some(quoted) = rest.strip_prefix('"') {
            quoted.split_once('"').context("a closing quote")?
        } else if let Some(index) = rest.strip_prefix('[') {
            index.split_once(']').context("a closing bracket")?
        } else {
            rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len()))
        };
        let is_step = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b' ');
        if step.is_empty() || !rest.starts_with('"') && !step.bytes().all(is_step) {
            bail!("{path:?} has more than steps into an event");
        }
        pointer.push('/');
        pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
        rest = behind.strip_prefix('.').unwrap_or(behind);
    }
    Ok(pointer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_in_dots_is_a_pointer() {
        for (path, expected) in [
            ("headers.nope", "/headers/nope"),
            (
                "request.headers.\"x-amzn-trace-id\"",
                "/request/headers/x-amzn-trace-id",
            ),
            ("Records[0].messageId", "/Records/0/messageId"),
        ] {
            assert_eq!(pointer(path).unwrap(), expected);
        }
        for path in ["powertools_json(body).id", "a || b", "a[*].b", "a."] {
            assert_eq!(pointer(path).is_ok(), path == "a.", "{path}");
        }
    }
}
