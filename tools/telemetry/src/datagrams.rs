//! [`Datagrams`]: a socket that takes the place of the X-Ray daemon.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// The header before the document in a datagram to the X-Ray daemon.
pub const DATAGRAM_HEADER: &str = "{\"format\": \"json\", \"version\": 1}\n";

/// How many bytes the system should buffer until the thread reads them.
const RECEIVE_BUFFER: usize = 4 << 20;

/// How long the thread may take to notice that it should stop.
const STOP: Duration = Duration::from_millis(20);

/// Records the datagrams sent to a UDP port of 127.0.0.1 that the system chooses.
pub struct Datagrams {
    address: SocketAddr,
    received: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Datagrams {
    /// Listens on a new thread until it is dropped.
    ///
    /// # Errors
    ///
    /// If no port or no thread is available.
    pub fn listen() -> io::Result<Self> {
        let socket = UdpSocket::bind(("127.0.0.1", 0))?;
        socket.set_read_timeout(Some(STOP))?;
        // A batch sends its whole trace in one burst. The system may grant less than requested.
        rustix::net::sockopt::set_socket_recv_buffer_size(&socket, RECEIVE_BUFFER)?;
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

    /// Returns the address for `AWS_XRAY_DAEMON_ADDRESS`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the datagrams so far.
    pub fn received(&self) -> Vec<String> {
        self.received_after(0)
    }

    /// Returns the datagrams so far, without the first `count`.
    pub fn received_after(&self, count: usize) -> Vec<String> {
        let received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        received.get(count..).unwrap_or_default().to_vec()
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
