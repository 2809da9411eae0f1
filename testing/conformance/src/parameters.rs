//! Replays cases of parameters: transforms of a value.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_parameters::decode::{Decode, Decoded};
use powertools_lambda_parameters::request::{Get, GetMultiple};
use powertools_lambda_parameters::test_util::MapProvider;
use powertools_lambda_parameters::{GetError, Parameters};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Case;

#[derive(Deserialize)]
struct Input {
    value: Value,
    transform: Option<String>,
    #[serde(default)]
    key: String,
    #[serde(default = "yes")]
    raise_on_transform_error: bool,
}

const fn yes() -> bool {
    true
}

/// The path under which several values are stored, so that one call can read them.
const PATH: &str = "/values";

pub(crate) fn replay(case: &Case) -> Result<Vec<String>> {
    let input: Input = serde_json::from_value(case.input.clone()).context("this is not a transform case")?;
    let mut environment = TestEnvironment::new();
    for (name, value) in &case.env {
        environment = environment.var(name, value);
    }
    let store = MapProvider::new();
    let several = match &input.value {
        Value::Object(values) if bytes_of(&input.value).is_none() => Some(values),
        _ => None,
    };
    match several {
        Some(values) => {
            for (name, value) in values {
                put(&store, &format!("{PATH}/{name}"), value)?;
            }
        }
        None => put(&store, &input.key, &input.value)?,
    }
    let parameters = Parameters::builder(store).environment(&environment).build();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answer = runtime.block_on(async {
        match several {
            Some(_) => get_several(&parameters, &input).await,
            None => get(&parameters, &input).await,
        }
    })?;
    Ok(vec![answer.to_string()])
}

fn put(store: &MapProvider, name: &str, value: &Value) -> Result<()> {
    match (value, bytes_of(value)) {
        (_, Some(bytes)) => store.put(name, bytes),
        (Value::String(text), None) => store.put(name, text.as_str()),
        (other, None) => bail!("{other} is neither text nor bytes"),
    }
    Ok(())
}

fn bytes_of(value: &Value) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(value.get("__bytes_base64__")?.as_str()?).ok()
}

/// Returns `{"value": …}` or `{"error": …}`.
async fn get(parameters: &Parameters<MapProvider>, input: &Input) -> Result<Value> {
    let request = parameters.get(&input.key);
    let outcome = match input.transform.as_deref() {
        None => plain(request).await,
        Some("json") => request.json::<Value>().await.map(|json| (*json).clone()),
        Some("binary") => request.base64().await.map(|bytes| shown(&bytes)),
        Some("auto") => request.auto().await.map(|value| decoded(&value)),
        // Cannot be written in Rust: the transform is a method.
        Some(other) => return Ok(json!({ "error": format!("there is no transform {other:?}") })),
    };
    Ok(match outcome {
        Ok(value) => json!({ "value": value }),
        Err(error) => json!({ "error": text(&error) }),
    })
}

/// Reads a value. Without a transform, bytes stay bytes.
async fn plain<D: Decode>(request: Get<'_, MapProvider, D>) -> Result<Value, GetError> {
    let bytes = request.bytes().await?;
    Ok(match str::from_utf8(&bytes) {
        Ok(text) => text.into(),
        Err(_) => shown(&bytes),
    })
}

/// Reads several values: all or nothing if a failure must be raised, otherwise with null in its place.
async fn get_several(parameters: &Parameters<MapProvider>, input: &Input) -> Result<Value> {
    let request = parameters.get_multiple(PATH);
    let each = match input.transform.as_deref() {
        None => each(request, |text| (*text).into()).await?,
        Some("json") => each(request.json::<Value>(), |json| (*json).clone()).await?,
        Some("binary") => each(request.base64(), |bytes| shown(&bytes)).await?,
        Some("auto") => each(request.auto(), |value| decoded(&value)).await?,
        Some(other) => return Ok(json!({ "error": format!("there is no transform {other:?}") })),
    };
    let mut values = serde_json::Map::new();
    for (name, outcome) in each {
        match outcome {
            Ok(value) => drop(values.insert(name, value)),
            Err(error) if input.raise_on_transform_error => return Ok(json!({ "error": text(&error) })),
            Err(_) => drop(values.insert(name, Value::Null)),
        }
    }
    Ok(json!({ "value": values }))
}

async fn each<D: Decode>(
    request: GetMultiple<'_, MapProvider, D>,
    shown: impl Fn(D::Output) -> Value,
) -> Result<BTreeMap<String, Result<Value, GetError>>> {
    let each = request.each().await?.into_iter();
    Ok(each.map(|(name, outcome)| (name, outcome.map(&shown))).collect())
}

fn decoded(value: &Decoded) -> Value {
    match value {
        Decoded::Text(text) => (**text).into(),
        Decoded::Json(json) => (**json).clone(),
        Decoded::Binary(bytes) => shown(bytes),
        _ => Value::Null,
    }
}

fn shown(bytes: &[u8]) -> Value {
    json!({ "__bytes_base64__": BASE64_STANDARD.encode(bytes) })
}

fn text(error: &GetError) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
    format!("{error}{}", cause.unwrap_or_default())
}
