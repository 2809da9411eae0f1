//! What those who use the published crates do: [`run`], a new project, and [`two_cores`], a program that mixes versions.

use anyhow::{Context, Result, ensure};

use super::scene::{Scene, both, printed};
use super::{CORE, LOGGER};

/// A function with its test.
const FUNCTION: &str = r#"use powertools_lambda::lambda_runtime::{Error, LambdaEvent};
use powertools_lambda::{Powertools, logger, metrics};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Error> {
    Powertools::from_env().run(handler).await
}

async fn handler(event: LambdaEvent<Value>) -> Result<Value, Error> {
    logger::append_key("order_id", event.payload["id"].as_str().unwrap_or_default());
    tracing::info!("placing an order");
    metrics::add("OrdersPlaced", metrics::Unit::Count, 1);
    Ok(json!({"placed": true}))
}

#[cfg(test)]
mod tests {
    use powertools_lambda::lambda_runtime::service_fn;
    use powertools_lambda::test_util::TestFunction;

    use super::*;

    #[tokio::test]
    async fn an_order_is_placed() {
        let test = TestFunction::new();
        let response: Value = test.invoke(service_fn(handler), json!({"id": "A-1"})).await.unwrap();
        assert_eq!(response["placed"], true);
        assert_eq!(test.records()[0]["order_id"], "A-1");
        assert_eq!(test.metrics().sum("OrdersPlaced"), 1.0);
    }
}
"#;

/// A program whose layer is of one core and whose logger is of another.
const TWO_CORES: &str = r#"use powertools_lambda_core::InvocationLayer;
use powertools_lambda_logger::Logger;

fn main() {
    let _ = InvocationLayer::new().with(&Logger::from_env());
}
"#;

/// Makes a project by `cargo add`, as the README says, and runs its test.
pub(super) fn run(scene: &Scene) -> Result<()> {
    let folder = scene.package("new-function", FUNCTION)?;
    for arguments in [
        &["add", "--quiet", "powertools-lambda", "--features", "batch-sqs"][..],
        &["add", "--quiet", "--dev", "powertools-lambda", "--features", "test-util"],
        &["add", "--quiet", "serde_json", "tracing"],
        &["add", "--quiet", "tokio", "--features", "macros"],
    ] {
        printed(&scene.cargo(&folder, arguments)?)?;
    }
    let text = printed(&scene.cargo(&folder, &["test", "--quiet"])?)?;
    ensure!(text.contains("1 passed"), "the project's test did not run:\n{text}");
    let tree = printed(&scene.cargo(&folder, &["tree", "--prefix", "none", "--invert", CORE])?)?;
    let latest = super::version(scene, CORE)?;
    ensure!(tree.starts_with(&format!("{CORE} v{latest}")), "the project has the latest core, alone:\n{tree}");
    Ok(())
}

/// Compiles a program with the core of the last release and a logger of the one before. The compiler refuses it and says
/// why, so that no invocation has a half that the other does not see.
pub(super) fn two_cores(scene: &Scene) -> Result<()> {
    let folder = scene.package("two-cores", TWO_CORES)?;
    let (core, logger) = (super::version(scene, CORE)?, super::version(scene, LOGGER)?);
    let tags = scene.git(&["tag", "--list", &format!("{LOGGER}-v*"), "--sort=-version:refname"])?;
    let older = tags.lines().filter_map(|tag| tag.strip_prefix(&format!("{LOGGER}-v")));
    let older = older.filter(|version| *version != logger.to_string());
    let older = older.max().context("the logger has an older version")?;
    for of in [format!("{CORE}@={core}"), format!("{LOGGER}@={older}")] {
        printed(&scene.cargo(&folder, &["add", "--quiet", &of])?)?;
    }
    let output = scene.cargo(&folder, &["check", "--quiet"])?;
    let said = both(&output);
    ensure!(!output.status.success(), "a program with two cores compiles");
    ensure!(
        said.contains("multiple different versions of crate `powertools_lambda_core`"),
        "the compiler does not say that there are two cores:\n{said}"
    );
    let duplicates = printed(&scene.cargo(&folder, &["tree", "--duplicates", "--depth", "0"])?)?;
    ensure!(duplicates.matches(CORE).count() == 2, "`cargo tree --duplicates` does not show the two cores:\n{duplicates}");
    Ok(())
}
