//! [`LocalAws`]: MiniStack in a Python environment under `target/`, on a port that the system chooses.

mod client;
mod event_source;
mod faults;
pub(crate) mod stack;

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

pub(crate) use client::{Answer, Client, MAX_IDLE_AGE, Request};
pub(crate) use event_source::{EventSource, TableStream};
pub(crate) use faults::{Faults, Reservation};

use crate::process::Group;
use crate::python::Environment;
use crate::{ui, workspace};

/// The Python environment of MiniStack and microburst.
const PYTHON: Environment = Environment {
    folder: "local-aws",
    about: "MiniStack (about 90 MB)",
    requirements: include_str!("requirements.txt"),
};

/// Returns the program of microburst, and installs it first if needed.
pub(crate) fn microburst() -> Result<PathBuf> {
    Ok(PYTHON.install()?.join("bin/microburst"))
}

/// How long MiniStack may take to start.
const START_TIMEOUT: Duration = Duration::from_mins(1);

/// A running local AWS. It is ended on drop.
pub(crate) struct LocalAws {
    process: Group,
    client: Client,
    log: PathBuf,
}

impl LocalAws {
    /// Starts MiniStack, and installs it first if needed.
    ///
    /// `function_environment` is added to the environment of every function, because MiniStack passes on its own environment:
    /// above all, the address of an X-Ray daemon.
    pub(crate) fn start(function_environment: &[(&str, String)]) -> Result<Self> {
        let folder = workspace::target()?.join("local-aws");
        std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be created", folder.display()))?;
        let environment = PYTHON.install()?;
        ui::task("Starting MiniStack, the local AWS", || {
            let aws = launch(&environment, &folder, function_environment)?;
            aws.wait_until_ready()
        })
    }

    /// Returns its client.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Returns its log file.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// Leaves it running, and returns its process group, with which it can be ended.
    pub(crate) fn keep(self) -> u32 {
        let id = self.process.id();
        self.process.keep();
        id
    }

    fn wait_until_ready(mut self) -> Result<Self> {
        let started = Instant::now();
        while !self.client.is_ready() {
            if self.process.has_ended() {
                bail!("MiniStack ended immediately; its log is {}", self.log.display());
            }
            if started.elapsed() > START_TIMEOUT {
                bail!(
                    "MiniStack did not answer for {START_TIMEOUT:?}; its log is {}",
                    self.log.display()
                );
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(self)
    }
}

fn launch(environment: &Path, folder: &Path, function_environment: &[(&str, String)]) -> Result<LocalAws> {
    let port = free_port()?;
    let log = folder.join("ministack.log");
    let output = File::create(&log).with_context(|| format!("{} cannot be written", log.display()))?;
    // Functions are unpacked into the temporary folder, which is also under `target/`.
    let temporary = folder.join("tmp");
    std::fs::create_dir_all(&temporary)?;
    let endpoint = format!("http://127.0.0.1:{port}");

    let mut command = Command::new(environment.join("bin/hypercorn"));
    command
        .args(["ministack.app:app", "-b", &format!("127.0.0.1:{port}")])
        .env("GATEWAY_PORT", port.to_string())
        .env("MINISTACK_HOST", "127.0.0.1")
        .env("LAMBDA_EXECUTOR", "local")
        .env("AWS_ENDPOINT_URL", &endpoint)
        .env("TMPDIR", &temporary)
        .envs(function_environment.iter().map(|(name, value)| (*name, value)))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output);
    // The AWS variables of the caller's shell must not reach the functions.
    for name in [
        "AWS_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    ] {
        command.env_remove(name);
    }
    Ok(LocalAws {
        process: Group::start(&mut command)?,
        client: Client::new(endpoint),
        log,
    })
}

/// Lets the system choose a port. The port is free when this returns. No other process gets the port in the short time
/// until MiniStack uses it, because the system assigns such ports in turn.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_requirement_is_pinned() {
        assert!(PYTHON.is_pinned());
    }
}
