//! What the X-Ray daemon would receive.

use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};

/// A UDP socket in the place of the X-Ray daemon, on a port the system chose.
pub(crate) struct Datagrams {
    address: SocketAddr,
    received: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// What is to wait until the thread comes to it, in bytes.
const RECEIVE_BUFFER: usize = 4 << 20;

impl Datagrams {
    pub(crate) fn listen() -> Result<Self> {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).context("no free UDP port on 127.0.0.1")?;
        socket.set_read_timeout(Some(Duration::from_millis(50)))?;
        // A batch sends its trace at once. The system gives what it allows.
        rustix::net::sockopt::set_socket_recv_buffer_size(&socket, RECEIVE_BUFFER)?;
        let address = socket.local_addr()?;
        let (received, stop) = (Arc::<Mutex<Vec<String>>>::default(), Arc::new(AtomicBool::new(false)));
        let thread = std::thread::spawn({
            let (received, stop) = (Arc::clone(&received), Arc::clone(&stop));
            move || {
                let mut buffer = vec![0; 65_536];
                while !stop.load(Ordering::Relaxed) {
                    if let Ok(length) = socket.recv(&mut buffer) {
                        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
                        received.lock().unwrap_or_else(PoisonError::into_inner).push(text);
                    }
                }
            }
        });
        Ok(Self {
            address,
            received,
            stop,
            thread: Some(thread),
        })
    }

    /// Returns the address, as `AWS_XRAY_DAEMON_ADDRESS` takes it.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the datagrams so far.
    pub(crate) fn received(&self) -> Vec<String> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Datagrams {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
