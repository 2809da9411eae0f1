//! Checks the parameters example with all four stores, and the stores with the real SDK and injected faults.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::application::{Application, Traces};
use crate::local_aws::{Client, Faults, LocalAws};
use crate::{ui, workspace};

const APPLICATION: Application = Application {
    name: "parameters",
    package: FUNCTION,
};

const FUNCTION: &str = "parameters-function";

/// The function's secret values, to check that they are not logged.
const API_KEY: &str = "k3y-of-the-api";

pub(super) fn run() -> Result<()> {
    let programs = APPLICATION.build(false, Traces::XRay)?;
    let aws = LocalAws::start(&[])?;
    let outcomes = [
        the_function_reads_all_four_stores(&aws, &programs),
        the_stores_by_the_real_sdk(&aws),
    ];
    let failed = outcomes.iter().filter(|outcome| outcome.is_err()).count();
    for error in outcomes.into_iter().filter_map(Result::err) {
        ui::error(&error);
    }
    if failed > 0 {
        bail!(
            "{failed} of 2 parts failed; the log of MiniStack is {}",
            aws.log().display()
        );
    }
    Ok(())
}

fn the_function_reads_all_four_stores(aws: &LocalAws, programs: &Path) -> Result<()> {
    let client = aws.client();
    let key = json!({ "Name": "/shop/api-key", "Value": API_KEY, "Type": "SecureString" });
    client.json("ssm", "AmazonSSM.PutParameter", &key)?;
    APPLICATION.deploy(client, programs)?;
    let item = json!({ "id": { "S": "greeting" }, "value": { "S": "hello" } });
    let put = json!({ "TableName": "shop-settings", "Item": item });
    client.json("dynamodb", "DynamoDB_20120810.PutItem", &put)?;
    let expected = json!({
        "currency": "EUR", "orders": 10, "api_key": true, "database": { "user": "shop", "password": true },
        "greeting": "hello", "checkout": true,
    });
    for _ in 0..3 {
        let answer = client.invoke(FUNCTION, &json!({}))?;
        ensure!(answer == expected, "{answer}");
    }
    println!("ok      the function reads all four stores");
    the_log_shows_no_secret(client)
}

fn the_log_shows_no_secret(client: &Client) -> Result<()> {
    let lines = client.log_lines(&format!("/aws/lambda/{FUNCTION}"))?;
    ensure!(
        lines.iter().any(|line| line.contains("configured")),
        "the function logged nothing: {lines:?}"
    );
    let secret = client.json(
        "secretsmanager",
        "secretsmanager.GetSecretValue",
        &json!({ "SecretId": "shop/database" }),
    )?;
    let secret: Value = serde_json::from_str(secret["SecretString"].as_str().unwrap_or_default())?;
    let password = secret["password"].as_str().context("the secret has no password")?;
    let shown = lines
        .iter()
        .find(|line| line.contains(API_KEY) || line.contains(password));
    ensure!(shown.is_none(), "a secret is in the log: {shown:?}");
    println!("ok      its log shows the configuration, but no secrets");
    Ok(())
}

/// Runs the crate's tests that need a local AWS. They print their own summary.
fn the_stores_by_the_real_sdk(aws: &LocalAws) -> Result<()> {
    let faults = Faults::start(aws)?;
    // For the whole workspace, so that the features are the same as in the previous step and nothing is compiled twice.
    let arguments = [
        "test",
        "--workspace",
        "--all-features",
        "--test",
        "local_aws",
        "--",
        "--ignored",
        "--test-threads=1",
    ];
    let status = workspace::cargo(&arguments)
        .env("POWERTOOLS_TEST_AWS", aws.client().endpoint())
        .env("POWERTOOLS_TEST_AWS_FAULTS", faults.endpoint())
        .status()
        .context("cargo cannot be started")?;
    ensure!(status.success(), "the tests of the stores failed ({status})");
    Ok(())
}
