//! A proxy in front of the local AWS that injects faults: microburst, in the same Python environment.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::{LocalAws, PYTHON};
use crate::process::Group;
use crate::{ui, workspace};

/// How long the proxy may take to start.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// The reserved address of a proxy, for functions whose environment is set before the proxy starts.
pub(crate) struct Reservation(TcpListener);

impl Reservation {
    pub(crate) fn new() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port on 127.0.0.1")?;
        Ok(Self(listener))
    }

    pub(crate) fn endpoint(&self) -> Result<String> {
        Ok(format!("http://{}", self.0.local_addr()?))
    }
}

/// A running proxy. It is ended on drop. Its rules are set through its HTTP interface, `/_microburst/rules`.
pub(crate) struct Faults {
    process: Group,
    endpoint: String,
}

impl Faults {
    /// Starts the proxy in front of `aws`, without rules.
    pub(crate) fn start(aws: &LocalAws) -> Result<Self> {
        Self::start_at(Reservation::new()?, aws)
    }

    /// Starts the proxy at a reserved address.
    pub(crate) fn start_at(place: Reservation, aws: &LocalAws) -> Result<Self> {
        let folder = workspace::target()?.join("local-aws");
        let environment = PYTHON.install()?;
        let (port, endpoint) = (place.0.local_addr()?.port(), place.endpoint()?);
        drop(place);
        let log = folder.join("microburst.log");
        let output = File::create(&log).with_context(|| format!("{} cannot be written", log.display()))?;
        let mut command = Command::new(environment.join("bin/microburst"));
        command
            .args([
                "--upstream",
                aws.client().endpoint(),
                "--host",
                "127.0.0.1",
                "--port",
                &port.to_string(),
            ])
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        let mut faults = Self {
            process: Group::start(&mut command)?,
            endpoint,
        };
        ui::task("Starting microburst, which injects faults", || {
            let started = Instant::now();
            while ureq::get(format!("{}/_microburst/health", faults.endpoint))
                .call()
                .is_err()
            {
                if faults.process.has_ended() || started.elapsed() > START_TIMEOUT {
                    bail!("microburst did not answer; its log is {}", log.display());
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            Ok(())
        })?;
        Ok(faults)
    }

    /// Returns its address, to use instead of the local AWS's own.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Replaces the rules for faults. The first rule that matches a request and whose probability is met applies.
    pub(crate) fn set_rules(&self, rules: &Value) -> Result<()> {
        let request = ureq::post(format!("{}/_microburst/rules", self.endpoint));
        let answer = request.content_type("application/json").send(rules.to_string());
        answer.with_context(|| format!("microburst rejected the rules {rules}"))?;
        Ok(())
    }

    /// Returns the number of injected faults of each kind, such as `dynamodb TransactWriteItems reset`.
    pub(crate) fn made(&self) -> Result<BTreeMap<String, u64>> {
        let mut answer = ureq::get(format!("{}/_microburst/metrics", self.endpoint)).call()?;
        let text = answer.body_mut().read_to_string()?;
        // microburst_faults_total{service="dynamodb",operation="Query",action="reset"} 7
        let counters = text
            .lines()
            .filter_map(|line| line.strip_prefix("microburst_faults_total{"));
        let counter = |line: &str| {
            let (labels, count) = line.rsplit_once("} ")?;
            let kind: Vec<_> = labels.split('"').skip(1).step_by(2).collect();
            Some((kind.join(" "), count.parse().ok()?))
        };
        Ok(counters.filter_map(counter).collect())
    }
}
