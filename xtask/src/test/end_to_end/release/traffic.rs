//! [`Traffic`]: what each cargo of the suite sent to registries.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// Calls the real cargo, which can log what it sends, and writes the log to a separate file.
const CARGO: &str = r#"#!/bin/sh
said="$0.$$"
CARGO_HTTP_DEBUG=true CARGO_LOG=network=debug "$OUTER_CARGO" "$@" 2>"$said"
code=$?
grep -a 'http-debug: >' "$said" >>"$0.log"
sed -e '/ DEBUG network: Version {/,/^}/d' -e '/ DEBUG network/d' "$said" >&2
rm "$said"
exit $code
"#;

pub(super) struct Traffic {
    cargo: PathBuf,
    log: PathBuf,
}

/// A request that left a cargo.
#[derive(Debug, PartialEq, Eq)]
struct Sent<'a> {
    method: &'a str,
    host: &'a str,
}

impl Traffic {
    /// Puts a cargo into `folder` that records what it sends.
    pub(super) fn record(folder: &Path) -> Result<Self> {
        let (cargo, log) = (folder.join("cargo"), folder.join("cargo.log"));
        std::fs::write(&cargo, CARGO)?;
        std::fs::set_permissions(&cargo, std::fs::Permissions::from_mode(0o755))?;
        std::fs::write(&log, "")?;
        Ok(Self { cargo, log })
    }

    /// Returns the variables that make this program and its children call the recording cargo.
    pub(super) fn variables(&self) -> [(&str, PathBuf); 2] {
        let outer = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        [("CARGO", self.cargo.clone()), ("OUTER_CARGO", outer.into())]
    }

    pub(super) fn cargo(&self) -> &Path {
        &self.cargo
    }

    /// Checks that each request except reads went to the test's registry, and that the registry received as many as it
    /// counted.
    pub(super) fn check_only_reads_left(&self, ours: SocketAddr, publications: usize) -> Result<()> {
        let log = std::fs::read_to_string(&self.log).context("nothing was recorded")?;
        let ours = ours.to_string();
        let all = sent(&log);
        let (writes, reads): (Vec<_>, Vec<_>) = all.into_iter().partition(|of| of.method != "GET");
        let elsewhere: Vec<_> = writes.iter().filter(|of| of.host != ours).collect();
        ensure!(
            elsewhere.is_empty(),
            "a registry that is not the test's was written to: {elsewhere:?}"
        );
        ensure!(
            writes.len() == publications,
            "{publications} publications reached the registry, and {} were recorded",
            writes.len()
        );
        ensure!(
            reads.iter().any(|of| of.host != ours),
            "no read of the configured registry was recorded, so a write would not have been either"
        );
        Ok(())
    }
}

/// Reads requests from cargo's log: a line with the method, and then one with the host.
fn sent(log: &str) -> Vec<Sent<'_>> {
    let mut method = "";
    let mut all = Vec::new();
    for header in log
        .lines()
        .filter_map(|line| Some(line.split_once("http-debug: > ")?.1))
    {
        if header.contains(" HTTP/") {
            method = header.split(' ').next().unwrap_or_default();
        } else if let Some(host) = header.strip_prefix("Host: ") {
            let host = host.trim_end();
            all.push(Sent { method, host });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_from_what_cargo_says() {
        let log = "   0.4s DEBUG network: http-debug: > GET /config.json HTTP/2\n\
                      0.4s DEBUG network: http-debug: > Host: index.example.com\n\
                      0.4s DEBUG network: http-debug: > accept: text/plain\n\
                      0.5s DEBUG network: http-debug: > PUT /api/v1/crates/new HTTP/1.1\n\
                      0.5s DEBUG network: http-debug: > Host: 127.0.0.1:4000\n";
        let sent = sent(log);
        let sent: Vec<_> = sent.iter().map(|of| (of.method, of.host)).collect();
        assert_eq!(sent, [("GET", "index.example.com"), ("PUT", "127.0.0.1:4000")]);
    }
}
