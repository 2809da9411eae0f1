//! [`Application`] and [`Deployment`]: builds an example, deploys it to a local AWS, and collects its telemetry.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use powertools_telemetry::{Capture, Datagrams, Telemetry};
use serde_json::{Value, json};

use crate::collector::Collector;
use crate::local_aws::{Client, LocalAws, stack};
use crate::{ui, workspace};

/// Where an application sends its traces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Traces {
    XRay,
    /// To a collector. The application has a feature `opentelemetry` for that.
    Otlp,
}

/// An example application.
pub(crate) struct Application {
    /// The name of its folder and its stack.
    pub(crate) name: &'static str,
    /// The package with its functions as programs.
    pub(crate) package: &'static str,
}

impl Application {
    /// Builds all functions and returns their folder.
    pub(crate) fn build(&self, release: bool, traces: Traces) -> Result<PathBuf> {
        let profile = if release { "release" } else { "dev" };
        ui::task(format!("Building {} ({profile} profile)", self.package), || {
            let arguments = ["build", "--quiet", "--package", self.package, "--profile", profile];
            let mut command = workspace::cargo(&arguments);
            if traces == Traces::Otlp {
                command.args(["--features", "opentelemetry"]);
            }
            let output = command.output()?;
            ensure!(
                output.status.success(),
                "{} does not build:\n{}",
                self.package,
                String::from_utf8_lossy(&output.stderr)
            );
            Ok(workspace::target()?.join(if release { "release" } else { "debug" }))
        })
    }

    /// Creates the stack from the template and the built functions, and returns its outputs.
    pub(crate) fn deploy(&self, client: &Client, programs: &Path) -> Result<BTreeMap<String, String>> {
        let template = format!("examples/{}/template.yaml", self.name);
        let read = |name: &str| {
            let program = programs.join(name);
            std::fs::read(&program).with_context(|| format!("{} cannot be read", program.display()))
        };
        ui::task(format!("Deploying {template} through CloudFormation"), || {
            stack::deploy(client, self.name, &workspace::root().join(&template), read)
        })
    }

    /// Builds the application and deploys it to a new local AWS, whose functions send their traces to this process.
    ///
    /// The functions' environment includes `environment`.
    pub(crate) fn start(&self, release: bool, traces: Traces, environment: &[(&str, String)]) -> Result<Deployment> {
        let programs = self.build(release, traces)?;
        Deployment::start(traces, environment, |client| self.deploy(client, &programs))
    }
}

/// A running application.
pub(crate) struct Deployment {
    pub(crate) aws: LocalAws,
    outputs: BTreeMap<String, String>,
    datagrams: Datagrams,
    collector: Option<Collector>,
}

/// How long the last lines and datagrams may take to arrive.
const SETTLE: Duration = Duration::from_secs(15);

impl Deployment {
    /// Starts a local AWS whose functions send their traces to this process, and deploys to it: `deploy` returns the outputs of
    /// a stack. The functions' environment includes `environment`.
    pub(crate) fn start(
        traces: Traces,
        environment: &[(&str, String)],
        deploy: impl FnOnce(&Client) -> Result<BTreeMap<String, String>>,
    ) -> Result<Self> {
        let collector = match traces {
            Traces::XRay => None,
            Traces::Otlp => Some(Collector::start()?),
        };
        let receiver = collector.iter();
        let receiver = receiver.map(|collector| ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint()));
        let datagrams = Datagrams::listen().context("no free UDP port on 127.0.0.1")?;
        let daemon = ("AWS_XRAY_DAEMON_ADDRESS", datagrams.address().to_string());
        let environment: Vec<_> = environment.iter().cloned().chain([daemon]).chain(receiver).collect();
        let aws = LocalAws::start(&environment)?;
        let outputs = deploy(aws.client())?;
        Ok(Self {
            aws,
            outputs,
            datagrams,
            collector,
        })
    }

    pub(crate) fn client(&self) -> &Client {
        self.aws.client()
    }

    /// Returns an output of the stack.
    pub(crate) fn output(&self, name: &str) -> Result<&str> {
        let value = self.outputs.get(name);
        Ok(value.with_context(|| format!("the stack has no output {name}"))?)
    }

    /// Sets the parameter whose name is this output.
    pub(crate) fn set_parameter(&self, output: &str, value: &str) -> Result<()> {
        let name = self.output(output)?;
        let put = json!({ "Name": name, "Value": value, "Type": "String", "Overwrite": true });
        self.client().json("ssm", "AmazonSSM.PutParameter", &put)?;
        Ok(())
    }

    /// Starts an environment of every function. MiniStack allows ten seconds, which may not be enough on a busy machine.
    pub(crate) fn start_functions(&self) -> Result<()> {
        const ATTEMPTS: usize = 6;
        for function in self.capture()?.logs.keys() {
            // The result of the function does not matter.
            let start = || self.client().invoke(function, &json!({ "Records": [] }));
            let mut late = (0..ATTEMPTS).map_while(|_| {
                start()
                    .err()
                    .filter(|error| error.to_string().contains("did not reach"))
            });
            ensure!(late.nth(ATTEMPTS - 1).is_none(), "{function} does not start");
        }
        Ok(())
    }

    /// Returns all items of the table whose name is this output, as DynamoDB's JSON.
    pub(crate) fn items(&self, table: &str) -> Result<Vec<Value>> {
        let (mut items, mut start) = (Vec::new(), Value::Null);
        loop {
            let mut ask = json!({ "TableName": self.output(table)?, "ConsistentRead": true });
            if !start.is_null() {
                ask["ExclusiveStartKey"] = start;
            }
            let answer = self.client().json("dynamodb", "DynamoDB_20120810.Scan", &ask)?;
            items.extend(answer["Items"].as_array().into_iter().flatten().cloned());
            start = answer["LastEvaluatedKey"].clone();
            if start.is_null() {
                return Ok(items);
            }
        }
    }

    /// Returns the records of a piece of work, such as `checkout.order`, from the idempotency table, sorted by id.
    pub(crate) fn idempotency_records(&self, work: &str) -> Result<Vec<Value>> {
        let prefix = format!("{work}#");
        let is_of = |item: &Value| item["id"]["S"].as_str().is_some_and(|id| id.starts_with(&prefix));
        let mut records: Vec<_> = self.items("IdempotencyTableName")?.into_iter().filter(is_of).collect();
        records.sort_by_key(|item| item["id"].to_string());
        Ok(records)
    }

    /// Returns the number of messages, including those in flight, in the queue whose URL is this output.
    pub(crate) fn messages(&self, queue: &str) -> Result<u64> {
        let ask = json!({ "QueueUrl": self.output(queue)?, "AttributeNames": ["All"] });
        let answer = self.client().json("sqs", "AmazonSQS.GetQueueAttributes", &ask)?;
        let count = |name: &str| answer["Attributes"][name].as_str()?.parse::<u64>().ok();
        Ok(count("ApproximateNumberOfMessages").unwrap_or(0)
            + count("ApproximateNumberOfMessagesNotVisible").unwrap_or(0))
    }

    /// Returns the log lines and traces so far.
    pub(crate) fn capture(&self) -> Result<Capture> {
        const GROUPS: &str = "/aws/lambda/";
        let groups = self.client().log_groups(GROUPS)?;
        let logs = groups.iter().map(|group| {
            let function = group.trim_start_matches(GROUPS).to_owned();
            Ok((function, self.client().log_lines(group)?))
        });
        Ok(Capture {
            logs: logs.collect::<Result<_>>()?,
            datagrams: self.datagrams.received(),
            otlp: self.collector.as_ref().map(Collector::received).unwrap_or_default(),
        })
    }

    /// Waits until the telemetry is complete or a timeout passes, because metrics and subsegments are sent after the
    /// response.
    pub(crate) fn collect(&self, is_complete: impl Fn(&Telemetry) -> bool) -> Result<(Capture, Telemetry)> {
        let started = Instant::now();
        ui::task("Collecting log lines and traces", || {
            loop {
                let capture = self.capture()?;
                let telemetry = capture.read();
                if is_complete(&telemetry) || started.elapsed() > SETTLE {
                    return Ok((capture, telemetry));
                }
                std::thread::sleep(Duration::from_millis(200));
            }
        })
    }
}
