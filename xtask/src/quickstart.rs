//! The quickstart function: built, deployed, called.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::datagrams::Datagrams;
use crate::local_aws::{Client, LocalAws};
use crate::telemetry::Telemetry;
use crate::{stack, ui, workspace};

const LOG_GROUP: &str = "/aws/lambda/quickstart";

/// How long the last lines and datagrams may take to arrive.
const SETTLE: Duration = Duration::from_secs(15);

/// The orders that are sent: what they show, the body, and the status that API Gateway answers with.
pub(crate) const ORDERS: [(&str, &str, u16); 4] = [
    (
        "an order",
        r#"{"id":"A-1","item":"book","quantity":2,"card":"4242"}"#,
        201,
    ),
    (
        "another order, on the warm function",
        r#"{"id":"A-2","item":"lamp","quantity":1,"card":"4242"}"#,
        201,
    ),
    (
        "a bad order",
        r#"{"id":"A-3","item":"book","quantity":0,"card":"4242"}"#,
        400,
    ),
    (
        "an order whose payment fails",
        r#"{"id":"A-4","item":"bicycle","quantity":1,"card":"0000"}"#,
        502,
    ),
];

/// A request with its answer.
pub(crate) struct Exchange {
    pub(crate) title: &'static str,
    pub(crate) request: &'static str,
    pub(crate) expected: u16,
    pub(crate) status: u16,
    pub(crate) answer: String,
}

/// The function, deployed and called.
pub(crate) struct Run {
    pub(crate) aws: LocalAws,
    pub(crate) path: String,
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) telemetry: Telemetry,
}

/// Builds the function, deploys its template to a local AWS, sends [`ORDERS`], and collects what came out.
pub(crate) fn run(release: bool) -> Result<Run> {
    let programs = build(release)?;
    let datagrams = Datagrams::listen()?;
    let daemon = [("AWS_XRAY_DAEMON_ADDRESS", datagrams.address().to_string())];
    let aws = LocalAws::start(&daemon)?;
    let path = ui::task(
        "Deploying examples/quickstart/template.yaml through CloudFormation",
        || deploy(aws.client(), &programs),
    )?;
    let exchanges = ui::task("Sending orders through API Gateway", || send(aws.client(), &path))?;
    let telemetry = ui::task("Collecting log lines and X-Ray datagrams", || {
        collect(aws.client(), &datagrams)
    })?;
    Ok(Run {
        aws,
        path,
        exchanges,
        telemetry,
    })
}

/// Builds the function and the payment provider; returns the folder they are in.
fn build(release: bool) -> Result<PathBuf> {
    let profile = if release { "release" } else { "dev" };
    ui::task(format!("Building the function ({profile} profile)"), || {
        let output =
            workspace::cargo(&["build", "--quiet", "--package", "quickstart", "--profile", profile]).output()?;
        if !output.status.success() {
            bail!(
                "the function does not build:\n{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(())
    })?;
    Ok(workspace::target()?.join(if release { "release" } else { "debug" }))
}

fn deploy(client: &Client, programs: &Path) -> Result<String> {
    let template = workspace::root().join("examples/quickstart/template.yaml");
    let read = |name: &str| {
        let program = programs.join(name);
        std::fs::read(&program).with_context(|| format!("{} cannot be read", program.display()))
    };
    let outputs = stack::deploy(client, "quickstart", &template, read)?;
    let api = outputs
        .iter()
        .find(|(name, _)| name == "ApiId")
        .context("the stack has no output ApiId")?;
    Ok(format!("restapis/{}/Prod/_user_request_/orders", api.1))
}

fn send(client: &Client, path: &str) -> Result<Vec<Exchange>> {
    let exchange = |(title, request, expected)| {
        let (status, answer) = client.post(path, request)?;
        Ok(Exchange {
            title,
            request,
            expected,
            status,
            answer,
        })
    };
    ORDERS.into_iter().map(exchange).collect()
}

/// Waits until the metrics and the handler's subsegment of every order are there: they leave after the response, the
/// handler's subsegment last.
fn collect(client: &Client, datagrams: &Datagrams) -> Result<Telemetry> {
    let started = Instant::now();
    loop {
        let telemetry = Telemetry::read(&client.log_lines(LOG_GROUP).unwrap_or_default(), &datagrams.received());
        let handlers = telemetry
            .subsegments
            .iter()
            .filter(|subsegment| subsegment["name"] == "## handler");
        let complete = handlers.count() == ORDERS.len() && telemetry.emf.len() > ORDERS.len();
        if complete || started.elapsed() > SETTLE {
            return Ok(telemetry);
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}
