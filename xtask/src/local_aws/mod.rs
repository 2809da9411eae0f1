//! A local AWS: MiniStack in a Python environment under `target/`, on a port the system chose.

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

pub(crate) use client::{Answer, Client, Request};
pub(crate) use event_source::{EventSource, TableStream};
pub(crate) use faults::{Faults, Reservation};

use crate::process::Group;
use crate::python::Environment;
use crate::{ui, workspace};

/// What MiniStack and microburst live in.
const PYTHON: Environment = Environment {
    folder: "local-aws",
    about: "MiniStack (about 90 MB)",
    requirements: include_str!("requirements.txt"),
};

/// How long MiniStack may take until it answers.
const START_TIMEOUT: Duration = Duration::from_mins(1);

/// A running local AWS, ended when this is dropped.
pub(crate) struct LocalAws {
    process: Group,
    client: Client,
    log: PathBuf,
}

impl LocalAws {
    /// Installs MiniStack where it is not yet, and starts it.
    ///
    /// `function_environment` is what every function finds in its environment beside what Lambda sets, because MiniStack
    /// hands its own on: the address of an X-Ray daemon above all.
    pub(crate) fn start(function_environment: &[(&str, String)]) -> Result<Self> {
        let folder = workspace::target()?.join("local-aws");
        std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be created", folder.display()))?;
        let environment = PYTHON.install()?;
        ui::task("Starting MiniStack, the local AWS", || {
            let aws = launch(&environment, &folder, function_environment)?;
            aws.wait_until_ready()
        })
    }

    /// Returns the way to call it.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Returns the file it logs to.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// Leaves it running; returns the process group by which it can be ended.
    pub(crate) fn keep(self) -> u32 {
        let id = self.process.id();
        self.process.keep();
        id
    }

    fn wait_until_ready(mut self) -> Result<Self> {
        let started = Instant::now();
        while !self.client.is_ready() {
            if self.process.has_ended() {
                bail!("MiniStack ended at once; its log is {}", self.log.display());
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
    // Functions are unpacked into the temporary folder: keep that under `target/` too.
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
    // What the caller's own shell has for AWS must not reach the functions.
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

/// Lets the system choose a port. It is free again when this returns; nobody else is given it in the short while until
/// MiniStack takes it, because the system hands such ports out in turn.
fn free_port() -> Result<u16> {
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
