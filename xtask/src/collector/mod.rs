//! [`Collector`]: rotel, an OpenTelemetry collector from the Python package index, and what it forwards.

mod receiver;

use std::fs::File;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use self::receiver::Receiver;
use crate::local_aws::free_port;
use crate::process::Group;
use crate::python::Environment;
use crate::{ui, workspace};

/// The Python environment of rotel and botocore.
pub(crate) const TOOLS: Environment = Environment {
    folder: "opentelemetry",
    about: "the collector rotel, and botocore (25 MB)",
    requirements: include_str!("requirements.txt"),
};

/// How long the collector may take to start.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// A running collector, to which functions send their spans, and which forwards them to this process. It is ended on
/// drop.
pub(crate) struct Collector {
    _process: Group,
    port: u16,
    receiver: Receiver,
}

impl Collector {
    /// Starts rotel, and installs it first if needed.
    pub(crate) fn start() -> Result<Self> {
        let agent = agent()?;
        let receiver = Receiver::start().context("no free port on 127.0.0.1")?;
        let (port, grpc) = (free_port()?, free_port()?);
        let folder = workspace::target()?.join(TOOLS.folder);
        let log = folder.join("rotel.log");
        let output = File::create(&log).with_context(|| format!("{} cannot be written", log.display()))?;
        let mut command = Command::new(agent);
        command
            .args(["start", "--exporter", "otlp", "--otlp-exporter-protocol", "http"])
            .args(["--batch-timeout", "200ms"])
            .args(["--otlp-exporter-endpoint", &format!("http://{}", receiver.address())])
            .args(["--otlp-http-endpoint", &format!("127.0.0.1:{port}")])
            .args(["--otlp-grpc-endpoint", &format!("127.0.0.1:{grpc}")])
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        let mut process = Group::start(&mut command)?;
        ui::task("Starting rotel, an OpenTelemetry collector", || {
            let started = Instant::now();
            while TcpStream::connect(("127.0.0.1", port)).is_err() {
                if process.has_ended() || started.elapsed() > START_TIMEOUT {
                    bail!("rotel did not answer; its log is {}", log.display());
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            Ok(())
        })?;
        Ok(Self {
            _process: process,
            port,
            receiver,
        })
    }

    /// Returns its address for OTLP over HTTP.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Returns the messages that it has forwarded so far, as JSON.
    pub(crate) fn received(&self) -> Vec<String> {
        self.receiver.received()
    }
}

/// Returns the program of rotel, and installs it first if needed.
pub(crate) fn agent() -> Result<PathBuf> {
    const FIND: &str = "import os, rotel; print(os.path.join(os.path.dirname(rotel.__file__), 'rotel-agent'))";
    let python = TOOLS.install()?;
    let found = Command::new(python.join("bin/python")).args(["-c", FIND]).output()?;
    ensure!(found.status.success(), "rotel was installed, but cannot be found");
    let path = String::from_utf8(found.stdout).context("the path of rotel is not UTF-8")?;
    Ok(path.trim().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_requirement_is_pinned() {
        assert!(TOOLS.is_pinned());
    }
}
