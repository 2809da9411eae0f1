//! Reads a line of standard output: a log record, a metrics document, or the line of the user's own hook.

use std::borrow::Cow;

use serde::Deserialize;

use super::claims::claims;
use super::findings::Kind;
use super::sight::Sight;
use crate::event::{number_of_request, number_of_trace};

/// What is read of a line. A repeated key is an error.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(rename = "_aws", borrow)]
    emf: Option<Emf<'a>>,
    #[serde(borrow)]
    level: Option<Cow<'a, str>>,
    #[serde(borrow)]
    timestamp: Option<Cow<'a, str>>,
    #[serde(borrow)]
    message: Option<Cow<'a, str>>,
    #[serde(borrow)]
    service: Option<Cow<'a, str>>,
    #[serde(borrow)]
    function_request_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    xray_trace_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    hook: Option<Cow<'a, str>>,
    #[serde(borrow)]
    item: Option<Item<'a>>,
    key: Option<u64>,
    number: Option<u64>,
    #[serde(rename = "Value")]
    value: Option<Values>,
    #[serde(rename = "ColdStart")]
    cold_start: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Emf<'a> {
    timestamp: u64,
    #[serde(borrow)]
    cloud_watch_metrics: Vec<Directive<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'a> {
    #[serde(borrow)]
    namespace: Cow<'a, str>,
    #[serde(borrow)]
    dimensions: Vec<Vec<Cow<'a, str>>>,
    #[serde(borrow)]
    metrics: Vec<Metric<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metric<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    unit: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Item<'a> {
    Number(u64),
    #[serde(borrow)]
    Text(Cow<'a, str>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    One(f64),
    Many(Vec<f64>),
}

/// Reads a line.
pub(super) fn read(line: &[u8], sight: &mut Sight) {
    if let Err((kind, why)) = try_read(line, sight) {
        let text = String::from_utf8_lossy(line);
        sight.findings.note(kind, || format!("{why}: {}", text.trim_end()));
    }
}

type Wrong = (Kind, String);

fn try_read(bytes: &[u8], sight: &mut Sight) -> Result<(), Wrong> {
    let invalid = |why: &str| (Kind::Invalid, why.to_owned());
    let text = std::str::from_utf8(bytes).map_err(|_| invalid("not UTF-8"))?;
    let text = text
        .strip_suffix('\n')
        .ok_or_else(|| invalid("a line without its end"))?;
    let line: Line<'_> = serde_json::from_str(text).map_err(|error| (Kind::Invalid, error.to_string()))?;
    if line.emf.is_some() {
        return read_metrics(&line, text, sight);
    }
    let id = line
        .function_request_id
        .as_deref()
        .ok_or_else(|| invalid("outside an invocation"))?;
    let number = number_of_request(id).ok_or_else(|| invalid("a request id of nobody"))?;
    let of_trace = line.xray_trace_id.as_deref().map(number_of_trace);
    if of_trace.is_some_and(|trace| trace != Some(number)) || claims(text).any(|claim| claim != number) {
        return Err((Kind::Mixed, "data of another invocation".to_owned()));
    }
    let name = if let Some(hook) = &line.hook {
        hook.to_string()
    } else {
        let is_level = |level: &str| ["DEBUG", "INFO", "WARN", "ERROR"].contains(&level);
        let (Some(level), Some(message), Some(time)) = (&line.level, &line.message, &line.timestamp) else {
            return Err(invalid("a record without level, message or timestamp"));
        };
        if !is_level(level) || time.len() < 20 || line.service.is_none() {
            return Err(invalid(
                "a record with an invalid level or timestamp, or without a service",
            ));
        }
        match &line.item {
            Some(Item::Number(step)) => format!("step {step}"),
            Some(Item::Text(item)) => item.to_string(),
            None if message.contains("deserialization") => "undecodable".to_owned(),
            None => message.to_string(),
        }
    };
    if name == "effect" {
        let key = line.key.ok_or_else(|| invalid("an effect without a key"))?;
        sight.effects.entry(key).or_default().push(number);
    } else if let Some(seen) = sight.of(number, text) {
        seen.lines.push(name);
    }
    Ok(())
}

/// Reads a document in CloudWatch's Embedded Metric Format.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked
fn read_metrics(line: &Line<'_>, text: &str, sight: &mut Sight) -> Result<(), Wrong> {
    let values: &[f64] = match &line.value {
        None => &[],
        Some(Values::One(value)) => std::slice::from_ref(value),
        Some(Values::Many(values)) => values,
    };
    check_metrics(line, values).map_err(|why| (Kind::Invalid, why.to_owned()))?;
    if line.cold_start.is_some() {
        sight.cold_starts += 1;
        return Ok(());
    }
    for value in values {
        let value = (*value >= 0.0 && value.fract() == 0.0).then_some(*value as u64);
        let value = value.ok_or_else(|| (Kind::Invalid, "a value of nobody".to_owned()))?;
        let owner = value / 1_000;
        if line.number.is_some_and(|number| number != owner) {
            let other = format!("{value} is not of the document's invocation");
            sight.findings.note(Kind::Mixed, || other);
        } else if let Some(seen) = sight.of(owner, text) {
            seen.values.push((value % 1_000) as u32);
        }
    }
    Ok(())
}

/// Checks what CloudWatch demands of a document; its metrics are those that the function has.
fn check_metrics(line: &Line<'_>, values: &[f64]) -> Result<(), &'static str> {
    let Some(emf) = &line.emf else { return Ok(()) };
    if emf.timestamp == 0 || values.len() > 100 {
        return Err("no timestamp, or more than 100 values");
    }
    let [directive] = &emf.cloud_watch_metrics[..] else {
        return Err("not one directive");
    };
    if directive.namespace != "Soak" || directive.dimensions.iter().flatten().any(|name| name.is_empty()) {
        return Err("another namespace, or a dimension without a name");
    }
    let [metric] = &directive.metrics[..] else {
        return Err("not one metric");
    };
    if metric.unit.as_deref() != Some("Count") {
        return Err("another unit");
    }
    match &*metric.name {
        "Value" if !values.is_empty() => Ok(()),
        "ColdStart" if line.cold_start == Some(1.0) => Ok(()),
        _ => Err("a metric without a value"),
    }
}
