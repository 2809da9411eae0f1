//! [`Daemon`], a socket that takes the place of the X-Ray daemon.

use std::fs::File;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};

use super::faults::Receiver;
use crate::count::{Capture, append_datagram};

/// A socket of 127.0.0.1 that writes what it receives to a file.
pub(super) struct Daemon {
    address: SocketAddr,
    socket: Option<Arc<UdpSocket>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

/// How long the thread waits for a datagram before it looks whether it is over.
const STOP: Duration = Duration::from_millis(20);

impl Daemon {
    pub(super) fn start(receiver: Receiver, capture: &Capture) -> Result<Self> {
        let socket = UdpSocket::bind(("127.0.0.1", 0))?;
        let address = socket.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        if receiver == Receiver::Absent {
            // The port is closed from here on.
            return Ok(Self {
                address,
                socket: None,
                stop,
                thread: None,
            });
        }
        socket.set_read_timeout(Some(STOP))?;
        let buffer = if receiver == Receiver::Listening {
            4 << 20
        } else {
            64 << 10
        };
        rustix::net::sockopt::set_socket_recv_buffer_size(&socket, buffer)?;
        let socket = Arc::new(socket);
        let file = capture.file("datagrams")?;
        let (shared, stopped) = (Arc::clone(&socket), Arc::clone(&stop));
        let thread = std::thread::Builder::new()
            .name("daemon".to_owned())
            .spawn(move || receive(&shared, receiver, &stopped, file))?;
        let thread = Some(thread);
        Ok(Self {
            address,
            socket: Some(socket),
            stop,
            thread,
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Reads what is left, and notes how many datagrams the system dropped.
    pub(super) fn finish(mut self, capture: &Capture) -> Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let received = thread.join().map_err(|_| anyhow::anyhow!("the daemon panicked"))?;
            received.context("a datagram cannot be kept")?;
        }
        let dropped = if self.socket.is_some() {
            dropped(self.address)?
        } else {
            0
        };
        std::fs::write(capture.folder().join("dropped"), dropped.to_string())?;
        Ok(())
    }
}

fn receive(socket: &UdpSocket, receiver: Receiver, stop: &AtomicBool, mut file: File) -> std::io::Result<()> {
    let (mut buffer, mut bytes) = (vec![0; 65_536], Vec::new());
    while receiver == Receiver::Full && !stop.load(Ordering::Relaxed) {
        std::thread::sleep(STOP);
    }
    loop {
        let is_over = stop.load(Ordering::Relaxed);
        match socket.recv(&mut buffer) {
            Ok(length) => {
                bytes.clear();
                append_datagram(&mut bytes, &buffer[..length])?;
                std::io::Write::write_all(&mut file, &bytes)?;
                if receiver == Receiver::Slow && !is_over {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
            // Nothing was there after it was over.
            Err(_) if is_over => return Ok(()),
            Err(_) => {}
        }
    }
}

/// Returns how many datagrams the system dropped because the buffer of the socket was full: the last column of its table.
fn dropped(address: SocketAddr) -> Result<u64> {
    let table = std::fs::read_to_string("/proc/net/udp").context("the system does not count what it drops")?;
    let port = format!(":{:04X}", address.port());
    let mut rows = table.lines().filter(|row| {
        let local = row.split_whitespace().nth(1);
        local.is_some_and(|local| local.ends_with(&port))
    });
    let row = rows.next().context("the system does not list the daemon's socket")?;
    let drops = row.split_whitespace().last().unwrap_or_default();
    drops.parse().with_context(|| format!("not a number of drops: {row}"))
}
