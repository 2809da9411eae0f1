//! [`select`]: the part of `JMESPath` that recorded cases use, with the functions of Powertools.

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// Returns what an expression selects. An empty one is the whole payload.
///
/// # Errors
///
/// If the expression has anything but names, indices, lists, objects, and the functions `powertools_json` and
/// `powertools_base64`.
pub fn select(expression: &str, payload: &Value) -> Result<Value> {
    if expression.is_empty() {
        return Ok(payload.clone());
    }
    let mut rest = expression;
    let value = chain(&mut rest, payload)?;
    ensure!(rest.trim_start().is_empty(), "{expression:?} goes on with {rest:?}");
    Ok(value)
}

/// Reads parts with dots and indices between them.
fn chain(rest: &mut &str, payload: &Value) -> Result<Value> {
    let mut value = part(rest, payload)?;
    loop {
        if take(rest, ".") {
            value = part(rest, &value)?;
        } else if rest.trim_start().starts_with('[') {
            take(rest, "[");
            let (index, behind) = rest.split_once(']').context("an index has no end")?;
            let index: i64 = index
                .trim()
                .parse()
                .with_context(|| format!("unknown index {index:?}"))?;
            *rest = behind;
            let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
            let from_end = i64::try_from(items.len())? + index;
            let index = usize::try_from(if index < 0 { from_end } else { index }).ok();
            value = index.and_then(|index| items.get(index)).cloned().unwrap_or(Value::Null);
        } else {
            return Ok(value);
        }
    }
}

fn part(rest: &mut &str, value: &Value) -> Result<Value> {
    if take(rest, "@") {
        return Ok(value.clone());
    }
    if take(rest, "[") {
        let mut items = Vec::new();
        loop {
            items.push(chain(rest, value)?);
            if take(rest, "]") {
                return Ok(null_if(value.is_null(), items.into()));
            }
            ensure!(take(rest, ","), "a list goes on with {rest:?}");
        }
    }
    if take(rest, "{") {
        let mut members = Map::new();
        loop {
            let name = name(rest)?;
            ensure!(take(rest, ":"), "{name:?} has no value");
            members.insert(name, chain(rest, value)?);
            if take(rest, "}") {
                return Ok(null_if(value.is_null(), members.into()));
            }
            ensure!(take(rest, ","), "an object goes on with {rest:?}");
        }
    }
    let name = name(rest)?;
    if !take(rest, "(") {
        return Ok(value.get(&name).cloned().unwrap_or(Value::Null));
    }
    let argument = chain(rest, value)?;
    ensure!(take(rest, ")"), "{name} goes on with {rest:?}");
    let argument = argument.as_str().with_context(|| format!("{name} needs a text"))?;
    match &*name {
        "powertools_json" => Ok(serde_json::from_str(argument)?),
        "powertools_base64" => Ok(String::from_utf8(STANDARD.decode(argument)?)?.into()),
        _ => bail!("unknown function {name}"),
    }
}

fn null_if(is_null: bool, value: Value) -> Value {
    if is_null { Value::Null } else { value }
}

fn name(rest: &mut &str) -> Result<String> {
    if take(rest, "\"") {
        let (name, behind) = rest.split_once('"').context("a quoted name has no end")?;
        *rest = behind;
        return Ok(name.to_owned());
    }
    *rest = rest.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let (name, behind) = rest.split_at(end.unwrap_or(rest.len()));
    ensure!(!name.is_empty(), "a name is missing before {rest:?}");
    *rest = behind;
    Ok(name.to_owned())
}

/// Skips white space and takes `token`, if it is the next one.
fn take(rest: &mut &str, token: &str) -> bool {
    let behind = rest.trim_start().strip_prefix(token);
    *rest = behind.unwrap_or(rest);
    behind.is_some()
}
