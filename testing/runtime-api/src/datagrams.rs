//! A socket in the place of the X-Ray daemon.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Keeps what is sent to a UDP port of 127.0.0.1 that the system chose.
pub struct Datagrams {
    address: SocketAddr,
    received: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Datagrams {
    /// Listens on a thread of its own, until this is dropped.
    ///
    /// # Errors
    ///
    /// Returns an error when no port or no thread can be had.
    pub fn listen() -> io::Result<Self> {
        let socket = UdpSocket::bind(("127.0.0.1", 0))?;
        socket.set_read_timeout(Some(Duration::from_millis(20)))?;
        let address = socket.local_addr()?;
        let (received, stop) = (Arc::<Mutex<Vec<String>>>::default(), Arc::new(AtomicBool::new(false)));
        let thread = std::thread::Builder::new().name("datagrams".to_owned()).spawn({
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
        })?;
        Ok(Self {
            address,
            received,
            stop,
            thread: Some(thread),
        })
    }

    /// Returns the address, as `AWS_XRAY_DAEMON_ADDRESS` takes it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the datagrams so far.
    pub fn received(&self) -> Vec<String> {
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
