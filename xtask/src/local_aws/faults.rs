//! A proxy in front of the local AWS that makes faults: microburst, in the same Python environment.

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::{LocalAws, free_port, python};
use crate::process::Group;
use crate::{ui, workspace};

/// How long the proxy may take until it answers.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// A running proxy, ended when this is dropped. Its rules are set over its own HTTP interface, `/_microburst/rules`.
pub(crate) struct Faults {
    process: Group,
    endpoint: String,
}

impl Faults {
    /// Starts the proxy in front of `aws`, without rules.
    pub(crate) fn start(aws: &LocalAws) -> Result<Self> {
        let folder = workspace::target()?.join("local-aws");
        let environment = python::environment(&folder)?;
        let port = free_port()?;
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
            endpoint: format!("http://127.0.0.1:{port}"),
        };
        ui::task("Starting microburst, which makes faults", || {
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

    /// Returns its address, which takes the place of the local AWS's own.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }
}
