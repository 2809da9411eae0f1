//! [`run`], the daemon's end: counts what arrives.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::UdpSocket;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::burst::DAEMON;

/// When the daemon reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// As soon as it can.
    Immediately,
    /// After the burst, because it has no processor until then.
    Late,
}

impl Reading {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        match text {
            "immediately" => Ok(Self::Immediately),
            "late" => Ok(Self::Late),
            _ => bail!("no way of reading is named {text}"),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Immediately => "immediately",
            Self::Late => "late",
        }
    }
}

/// Prints a line when it is ready; then, for each line on standard input, the bytes that arrived for each invocation.
pub(crate) fn run(reading: Reading) -> Result<()> {
    let socket = UdpSocket::bind(DAEMON)?;
    println!("ready");
    let mut line = String::new();
    let mut buffer = vec![0; 65_536];
    loop {
        if reading == Reading::Late && std::io::stdin().read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut arrived = BTreeMap::<u8, usize>::new();
        // The first datagram of a burst may take as long as it takes; a pause ends the burst.
        let mut pause = Duration::from_secs(10);
        loop {
            socket.set_read_timeout(Some(pause))?;
            match socket.recv(&mut buffer) {
                Ok(length) => *arrived.entry(buffer[0]).or_default() += length,
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break,
                Err(error) => return Err(error.into()),
            }
            pause = Duration::from_millis(150);
        }
        let counts: Vec<_> = arrived.values().map(usize::to_string).collect();
        println!("{}", counts.join(" "));
        if reading == Reading::Immediately && std::io::stdin().read_line(&mut line)? == 0 {
            return Ok(());
        }
    }
}
