//! Replays cases of idempotency: the key of a payload, and whether it is disabled.

use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, bail};
use powertools_lambda_core::test_util::{ManualClock, MemoryOutput};
use powertools_lambda_core::{Environment, Variables, Warnings};
use powertools_lambda_idempotency::{
    Begin, Claim, Complete, Completion, Idempotency, IdempotencyError, Key, KeyHash, MissingKeyPolicy, Release, Store,
    StoreError, StoreFuture, Token,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Case, instant, select};

const DISABLED: &str = "POWERTOOLS_IDEMPOTENCY_DISABLED";

#[derive(Deserialize)]
struct Input {
    lambda_function_name: Option<String>,
    function_qualified_name: String,
    key_prefix: Option<String>,
    #[serde(default)]
    event_key_jmespath: String,
    hash_function: Option<String>,
    #[serde(default)]
    raise_on_no_idempotency_key: bool,
    payload: Value,
}

/// Keeps the key that it is asked for.
#[derive(Clone, Default)]
struct Asked(Arc<Mutex<Option<String>>>);

impl Store for Asked {
    fn name(&self) -> &'static str {
        "the case"
    }

    fn begin<'a>(&'a self, claim: &'a Claim<'a>) -> StoreFuture<'a, Begin> {
        if let Ok(mut asked) = self.0.lock() {
            *asked = Some(claim.key.to_owned());
        }
        Box::pin(async { Ok(Begin::acquired(false)) })
    }

    fn complete<'a>(&'a self, _: &'a Completion<'a>) -> StoreFuture<'a, Complete> {
        Box::pin(async { Ok(Complete::Done) })
    }

    fn release<'a>(&'a self, _: &'a str, _: &'a Token) -> StoreFuture<'a, Release> {
        Box::pin(async { Err(StoreError::refused("the case has no failures")) })
    }
}

pub(crate) fn replay(case: &Case) -> Result<Vec<String>> {
    if let Some(value) = case.input.get(DISABLED) {
        let value = value.as_str().context("the variable is not a text")?.to_owned();
        let environment = environment(case, move |name| (name == DISABLED).then(|| value.clone()))?;
        let idempotency = Idempotency::builder(Asked::default(), "case")
            .environment(environment)
            .build();
        return Ok(vec![json!({ "disabled": !idempotency.is_enabled() }).to_string()]);
    }
    let input: Input = serde_json::from_value(case.input.clone()).context("this is not a case of idempotency keys")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let answer = runtime.block_on(key(case, input))?;
    Ok(vec![answer.to_string()])
}

async fn key(case: &Case, input: Input) -> Result<Value> {
    let key_hash = match input.hash_function.as_deref() {
        None | Some("md5") => KeyHash::PythonMd5,
        Some("sha256") => KeyHash::PythonSha256,
        Some(other) => bail!("the hash function {other} is not supported"),
    };
    // Python's default prefix has the function's module, which Rust's handlers do not have.
    let function = input.lambda_function_name.as_deref().unwrap_or("test-func");
    let by_name = format!("{function}.{}", input.function_qualified_name);
    let asked = Asked::default();
    let idempotency = Idempotency::builder(asked.clone(), "case")
        .key_prefix(input.key_prefix.unwrap_or(by_name))
        .key_hash(key_hash)
        .missing_key(if input.raise_on_no_idempotency_key {
            MissingKeyPolicy::Error
        } else {
            MissingKeyPolicy::Run
        })
        .environment(environment(case, |_| None)?)
        .build();
    let selected = match select(&input.event_key_jmespath, &input.payload) {
        Ok(selected) => selected,
        Err(error) => return Ok(json!({ "error": format!("{error:#}") })),
    };
    let run = idempotency.run(Key::new(&selected), || async { Ok::<_, IdempotencyError>(()) });
    if let Err(error) = run.await {
        return Ok(json!({ "error": error.to_string() }));
    }
    let key = asked.0.lock().ok().and_then(|asked| asked.clone());
    Ok(json!({ "key": key }))
}

fn environment(case: &Case, lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Result<Environment> {
    let clock = ManualClock::at(instant::start(case)?);
    let warnings = Warnings::new(clock.clock(), MemoryOutput::new().output());
    let variables = Variables::from_lookup(lookup, warnings.clone());
    let output = MemoryOutput::new().output();
    Ok(Environment::new(variables, clock.clock(), output, warnings))
}
