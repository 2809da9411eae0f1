//! Replays cases of feature flags: one evaluation of a document, or the names of all enabled features.

use std::error::Error;
use std::sync::Arc;

use anyhow::{Context, Result};
use powertools_lambda_core::test_util::{ManualClock, MemoryOutput};
use powertools_lambda_core::{Environment, Timestamp, Variables, Warnings};
use powertools_lambda_feature_flags::{DocumentFormat, EvaluationContext, FeatureFlags, FlagSource};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Case, instant};

#[derive(Deserialize)]
struct Input {
    /// Its keys are in the order of the case, because rules are tried in the order of the document.
    schema: Value,
    /// The feature; all of them if it is absent.
    name: Option<String>,
    #[serde(default)]
    context: Value,
    #[serde(default)]
    default: Value,
    now: Option<String>,
    #[serde(default)]
    store_error: bool,
}

/// The case's document, or a source that fails.
struct Store(Result<Arc<str>, &'static str>);

impl FlagSource for Store {
    fn name(&self) -> &'static str {
        "the case"
    }

    fn format(&self) -> Option<DocumentFormat> {
        Some(DocumentFormat::Powertools)
    }

    async fn read(&self, _context: &EvaluationContext) -> Result<Arc<str>, Box<dyn Error + Send + Sync>> {
        Ok(self.0.clone()?)
    }
}

pub(crate) fn replay(case: &Case) -> Result<Vec<String>> {
    let input: Input = serde_json::from_value(case.input.clone()).context("this is not a case of feature flags")?;
    let store = if input.store_error {
        Store(Err("the store failed"))
    } else {
        Store(Ok(input.schema.to_string().into()))
    };
    let flags = FeatureFlags::builder(store)
        .environment(environment(case, &input)?)
        .build();
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let answer = runtime.block_on(evaluate(&flags, &input))?;
    Ok(vec![answer.to_string()])
}

/// Returns `{"value": …}`, `{"enabled": […]}`, or `{"error": …}` if the document is refused.
async fn evaluate(flags: &FeatureFlags<Store>, input: &Input) -> Result<Value> {
    let snapshot = match flags.snapshot(&input.context).await {
        Ok(snapshot) => Some(snapshot),
        Err(error) if error.document().is_some() => {
            let cause = error.source().map(ToString::to_string);
            return Ok(json!({ "error": format!("{error}: {}", cause.unwrap_or_default()) }));
        }
        Err(_) if input.store_error => None,
        Err(error) => return Err(error.into()),
    };
    Ok(match (&input.name, snapshot) {
        (None, None) => json!({ "enabled": [] }),
        (None, Some(snapshot)) => json!({ "enabled": snapshot.enabled() }),
        (Some(_), None) => json!({ "value": input.default }),
        (Some(name), Some(snapshot)) => json!({ "value": snapshot.value(name, input.default.clone()) }),
    })
}

fn environment(case: &Case, input: &Input) -> Result<Environment> {
    let now = match &input.now {
        Some(now) => moment(now).with_context(|| format!("{now:?} is not a time"))?,
        None => instant::start(case)?,
    };
    let clock = ManualClock::at(now);
    let warnings = Warnings::new(clock.clock(), MemoryOutput::new().output());
    let variables = Variables::from_lookup(|_| None, warnings.clone());
    Ok(Environment::new(
        variables,
        clock.clock(),
        MemoryOutput::new().output(),
        warnings,
    ))
}

/// Reads an RFC 3339 time; one without an offset is in UTC.
fn moment(text: &str) -> Option<Timestamp> {
    instant::parse(text).or_else(|| instant::parse(&format!("{text}Z")))
}
