//! [`Link`], two network namespaces and the devices that connect them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::burst::{BURSTS, INVOCATIONS};
use crate::daemon::Reading;
use crate::trace::{self, Tree};

/// The network; dropping it removes it.
pub(crate) struct Link {
    /// The names of the namespaces.
    function: &'static str,
    daemon: &'static str,
}

/// What was lost of a burst, on average.
pub(crate) struct Outcome {
    /// Bytes of an invocation.
    pub(crate) lost: usize,
    pub(crate) percent: usize,
    /// How many invocations lost nothing.
    pub(crate) whole: usize,
}

impl Link {
    pub(crate) fn create() -> Result<Self> {
        let link = Self {
            function: "datagrams-function",
            daemon: "datagrams-daemon",
        };
        let Self { function, daemon } = link;
        for end in [function, daemon] {
            ip(&format!("netns add {end}"))?;
        }
        ip(&format!(
            "link add end0 mtu 1500 netns {function} type veth peer name end0 mtu 1500 netns {daemon}"
        ))?;
        for (end, address) in [(function, "169.254.79.130/30"), (daemon, "169.254.79.129/30")] {
            ip(&format!("-n {end} address add {address} dev end0"))?;
            ip(&format!("-n {end} link set end0 up"))?;
        }
        Ok(link)
    }

    pub(crate) fn burst(&self, tree: Tree, limit: usize, reading: Reading) -> Result<Outcome> {
        let sent: usize = trace::datagrams(tree, limit)
            .iter()
            .map(|datagram| datagram.bytes)
            .sum();
        let mut daemon = within(self.daemon, &["daemon", reading.name()])?
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut said = BufReader::new(daemon.stdout.take().context("the daemon's output")?).lines();
        let mut said = move || {
            said.next()
                .context("the daemon has ended")?
                .context("the daemon's output")
        };
        said()?;
        let mut trigger = daemon.stdin.take().context("the daemon's input")?;
        let (mut arrived, mut whole) = (0, 0);
        for _ in 0..BURSTS {
            let function = within(self.function, &["function", tree.name(), &limit.to_string()])?.output()?;
            ensure!(function.status.success(), "the function failed");
            if reading == Reading::Late {
                trigger.write_all(b"\n")?;
            }
            let line = said()?;
            let counts: Vec<usize> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
            arrived += counts.iter().sum::<usize>();
            whole += counts.iter().filter(|count| **count == sent).count();
            if reading == Reading::Immediately {
                trigger.write_all(b"\n")?;
            }
        }
        drop(trigger);
        daemon.wait()?;
        let all = sent * INVOCATIONS * BURSTS;
        Ok(Outcome {
            lost: (all - arrived) / (INVOCATIONS * BURSTS),
            percent: (all - arrived) * 100 / all,
            whole: whole / BURSTS,
        })
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        for end in [self.function, self.daemon] {
            let _ = ip(&format!("netns delete {end}"));
        }
    }
}

fn ip(arguments: &str) -> Result<()> {
    let status = Command::new("ip").args(arguments.split(' ')).status().context("ip")?;
    ensure!(status.success(), "ip {arguments} failed: run it as root");
    Ok(())
}

/// Returns the command that runs this program in a namespace.
fn within(end: &str, arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new("ip");
    command
        .args(["netns", "exec", end])
        .arg(std::env::current_exe()?)
        .args(arguments);
    Ok(command)
}
