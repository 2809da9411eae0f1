//! What users of the published crates do: [`run`], a new project, and [`two_cores`], a program that mixes versions.

use anyhow::{Context, Result, ensure};

use super::scene::{CORE, LOGGER, Scene, both, printed};

/// A function with its test.
const FUNCTION: &str = r#"use powertools_lambda::lambda_runtime::{Error, LambdaEvent, service_fn};
use powertools_lambda::{Powertools, logger, metrics};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Error> {
    Powertools::from_env().run(service_fn(handler)).await
}

async fn handler(event: LambdaEvent<Value>) -> Result<Value, Error> {
    logger::append_key("order_id", event.payload["id"].as_str().unwrap_or_default());
    tracing::info!("placing an order");
    metrics::add("OrdersPlaced", metrics::Unit::Count, 1);
    Ok(json!({"placed": true}))
}

#[cfg(test)]
mod tests {
    use powertools_lambda::test_util::{TestFunction, events};

    use super::*;

    #[tokio::test]
    async fn an_order_is_placed() {
        let test = TestFunction::new();
        let order = events::json(&json!({"id": "A-1"}));
        let response: Value = test.invoke(service_fn(handler), order).await.unwrap();
        assert_eq!(response["placed"], true);
        assert_eq!(test.record("placing an order")["order_id"], "A-1");
        assert_eq!(test.metrics().sum("OrdersPlaced"), 1.0);
    }
}
"#;

/// A program that opens an invocation of one core and logs by a logger of another.
const TWO_CORES: &str = r#"use lambda_runtime::Context;
use powertools_lambda_core::{Environment, Invocation};
use powertools_lambda_logger::{Logger, append_key};

fn main() {
    Logger::from_env().init().unwrap();
    let invocation = Invocation::new(Context::default(), &Environment::process());
    invocation.in_scope(|| {
        append_key("order_id", "A-1");
        tracing::info!("placing an order");
    });
}
"#;

/// The same two cores, with a value that is passed from one to the other.
const MIXED_TYPES: &str = r"use powertools_lambda_core::Environment;
use powertools_lambda_logger::Logger;

fn main() {
    let _ = Logger::builder().environment(&Environment::process());
}
";

/// Makes a project with `cargo add`, as the README says, and runs its test.
pub(super) fn run(scene: &Scene) -> Result<()> {
    let folder = scene.package("new-function", FUNCTION)?;
    for arguments in [
        &["add", "--quiet", "powertools-lambda", "--features", "batch-sqs"][..],
        &[
            "add",
            "--quiet",
            "--dev",
            "powertools-lambda",
            "--features",
            "test-util",
        ],
        &["add", "--quiet", "serde_json", "tracing"],
        &["add", "--quiet", "tokio", "--features", "macros"],
    ] {
        printed(&scene.cargo(&folder, arguments)?)?;
    }
    let text = printed(&scene.cargo(&folder, &["test", "--quiet"])?)?;
    ensure!(text.contains("1 passed"), "the project's test did not run:\n{text}");
    let tree = printed(&scene.cargo(&folder, &["tree", "--prefix", "none", "--invert", CORE])?)?;
    let latest = scene.version(CORE)?;
    ensure!(
        tree.starts_with(&format!("{CORE} v{latest}")),
        "the project has the latest core, alone:\n{tree}"
    );
    Ok(())
}

/// Shows how a program behaves with the core of the last release and a logger of the release before. The compiler refuses to pass
/// values between them, and says why. If no values are passed, the program runs, and the logger sees no invocation.
pub(super) fn two_cores(scene: &Scene) -> Result<()> {
    let folder = scene.package("two-cores", TWO_CORES)?;
    std::fs::create_dir(folder.join("src/bin"))?;
    std::fs::write(folder.join("src/bin/mixed-types.rs"), MIXED_TYPES)?;
    let (core, logger) = (scene.version(CORE)?, scene.version(LOGGER)?);
    let older = scene.released(LOGGER)?.into_iter().filter(|version| *version < logger);
    let older = older.max().context("the logger has an older version")?;
    for of in [format!("{CORE}@={core}"), format!("{LOGGER}@={older}")] {
        printed(&scene.cargo(&folder, &["add", "--quiet", &of])?)?;
    }
    printed(&scene.cargo(&folder, &["add", "--quiet", "lambda_runtime", "tracing"])?)?;

    let mixed = scene.cargo(&folder, &["check", "--quiet", "--bin", "mixed-types"])?;
    let said = both(&mixed);
    ensure!(!mixed.status.success(), "values of two cores mix");
    ensure!(
        said.contains("different versions of crate `powertools_lambda_core`"),
        "the compiler does not say that there are two cores:\n{said}"
    );
    let duplicates = printed(&scene.cargo(&folder, &["tree", "--duplicates", "--depth", "0"])?)?;
    ensure!(
        duplicates.matches(CORE).count() == 2,
        "`cargo tree --duplicates` does not show the two cores:\n{duplicates}"
    );

    let text = printed(&scene.cargo(&folder, &["run", "--quiet", "--bin", "two-cores"])?)?;
    let record = text.lines().find(|line| line.contains("placing an order"));
    let record = record.with_context(|| format!("the record is missing:\n{text}"))?;
    ensure!(
        !record.contains("order_id"),
        "the logger sees the invocation of another core: {record}"
    );
    ensure!(
        text.contains("log keys were appended outside an invocation and are left out"),
        "no warning says that the key is left out:\n{text}"
    );
    Ok(())
}
