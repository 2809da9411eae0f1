//! [`XRayDaemon`], which sends spans to the daemon that Lambda runs next to the function.

use std::cell::Cell;
use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};

use powertools_lambda_core::{Environment, Warnings};

use super::document::MAX_DOCUMENT;
use super::packer::Packer;
use crate::{Emitter, SpanRecord, Spans};

/// Sends spans to the X-Ray daemon in UDP datagrams, each with one document.
///
/// The spans that are emitted together, usually all spans of an invocation, are nested in each other in one document of
/// up to 64,000 bytes. If they exceed that, or if the parents of some are not among them, they are divided into as few
/// documents as possible; the one with the handler's span is sent first, then those with failed spans.
///
/// It uses one connected socket that never blocks. If the socket's buffer is full or the daemon cannot be reached,
/// spans are dropped and counted, with one warning for each reason, written after the response. Datagrams that the
/// system drops later are not noticed.
pub struct XRayDaemon {
    address: SocketAddr,
    socket: RwLock<Option<UdpSocket>>,
    nested: bool,
    warnings: Warnings,
    /// How many spans could not be sent since the process started.
    lost: AtomicU64,
    /// How many spans the last datagram had.
    last: AtomicU64,
    /// The reasons, for the warnings after the response.
    reasons: Reasons,
}

#[derive(Default)]
struct Reasons {
    full: AtomicBool,
    unreachable: Mutex<Option<io::Error>>,
}

thread_local! {
    static PACKER: Cell<Option<Box<Packer>>> = const { Cell::new(None) };
}

impl XRayDaemon {
    /// The variable with the daemon's address, which Lambda sets.
    pub const ADDRESS: &str = "AWS_XRAY_DAEMON_ADDRESS";

    /// The variable that turns nested documents off, if it is false; see
    /// [`nested_documents`](Self::nested_documents).
    pub const NESTED_DOCUMENTS: &str = "POWERTOOLS_TRACER_NESTED_DOCUMENTS";

    /// The address if the variable is not set: `127.0.0.1:2000`.
    pub const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 2_000);

    /// Connects to the daemon at `AWS_XRAY_DAEMON_ADDRESS`. A host name is resolved once.
    ///
    /// The variable is `host:port` or `tcp:host:port udp:host:port`. If it is invalid, the default is used and one
    /// warning is written. Default: [`DEFAULT_ADDRESS`](Self::DEFAULT_ADDRESS).
    pub fn from_env(environment: &Environment) -> Self {
        let address =
            environment
                .variables()
                .parse_with(Self::ADDRESS, "host:port, or tcp:host:port udp:host:port", |text| {
                    udp_address(text)?.to_socket_addrs().ok()?.next()
                });
        Self::new(address.unwrap_or(Self::DEFAULT_ADDRESS), environment)
    }

    /// Connects to the daemon at `address`. If that fails, one warning is written and spans are lost.
    pub fn new(address: SocketAddr, environment: &Environment) -> Self {
        let daemon = Self {
            address,
            socket: RwLock::new(None),
            nested: environment.variables().flag(Self::NESTED_DOCUMENTS).unwrap_or(true),
            warnings: environment.warnings().clone(),
            lost: AtomicU64::new(0),
            last: AtomicU64::new(0),
            reasons: Reasons::default(),
        };
        daemon.connect();
        daemon
    }

    /// Sets whether the spans of an invocation share documents; if false, each span has a separate document and
    /// datagram. Default: `POWERTOOLS_TRACER_NESTED_DOCUMENTS`, or true.
    #[must_use]
    pub fn nested_documents(mut self, nested: bool) -> Self {
        self.nested = nested;
        self
    }

    fn connect(&self) {
        let socket = match connected(self.address) {
            Ok(socket) => Some(socket),
            Err(error) => {
                self.warn(
                    "connect",
                    format_args!("cannot open a socket to the X-Ray daemon: {error}: spans are lost"),
                );
                None
            }
        };
        *self.socket.write().unwrap_or_else(PoisonError::into_inner) = socket;
    }

    fn send(&self, datagram: &[u8], spans: usize) {
        let spans = spans as u64;
        let socket = self.socket.read().unwrap_or_else(PoisonError::into_inner);
        let Some(socket) = &*socket else {
            self.lost.fetch_add(spans, Ordering::Relaxed);
            return;
        };
        let earlier = self.last.swap(spans, Ordering::Relaxed);
        let result = match socket.send(datagram) {
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                // The error of an earlier datagram; this one was not sent.
                self.note_lost(earlier, error);
                socket.send(datagram)
            }
            result => result,
        };
        if let Err(error) = result {
            self.note_lost(spans, error);
        }
    }

    /// Counts the spans of a lost datagram; the warning is written later, because a span may close before the response.
    fn note_lost(&self, spans: u64, error: io::Error) {
        self.lost.fetch_add(spans, Ordering::Relaxed);
        if error.kind() == ErrorKind::WouldBlock {
            self.reasons.full.store(true, Ordering::Relaxed);
        } else {
            let mut unreachable = self.reasons.unreachable.lock().unwrap_or_else(PoisonError::into_inner);
            unreachable.get_or_insert(error);
        }
    }

    fn warn_lost(&self) {
        let lost = self.lost();
        if lost == 0 {
            return;
        }
        if self.reasons.full.swap(false, Ordering::Relaxed) {
            self.warn(
                "full",
                format_args!("the X-Ray daemon does not keep up: {lost} spans lost so far"),
            );
        }
        let unreachable = self
            .reasons
            .unreachable
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(error) = unreachable {
            let address = self.address;
            self.warn(
                "unreachable",
                format_args!("cannot reach the X-Ray daemon at {address}: {error}: {lost} spans lost so far"),
            );
        }
    }

    fn warn_cut(&self, span: &SpanRecord, values: usize) {
        self.warn(
            "cut",
            format_args!(
                "the document of a span exceeds {MAX_DOCUMENT} bytes: {values} values of {:?} are left out",
                span.name()
            ),
        );
    }

    fn warn(&self, key: &str, message: fmt::Arguments<'_>) {
        self.warnings.once(&format!("x-ray daemon {key}"), message);
    }
}

impl Emitter for XRayDaemon {
    fn emit(&self, spans: Spans<'_>) {
        let mut packer = PACKER.take().unwrap_or_default();
        if self.nested {
            packer.nested(spans, MAX_DOCUMENT, |datagram, spans| self.send(datagram, spans));
        } else {
            packer.single(spans, |datagram| self.send(datagram, 1));
        }
        if packer.cut.values > 0 {
            self.warn_cut(spans.at(packer.cut.span), packer.cut.values);
        }
        PACKER.set(Some(packer));
    }

    fn flush(&self) {
        self.warn_lost();
    }

    fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    fn after_restore(&self) {
        self.connect();
    }
}

impl fmt::Debug for XRayDaemon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("XRayDaemon")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

fn connected(address: SocketAddr) -> io::Result<UdpSocket> {
    let any: SocketAddr = if address.is_ipv4() {
        (Ipv4Addr::UNSPECIFIED, 0).into()
    } else {
        (Ipv6Addr::UNSPECIFIED, 0).into()
    };
    let socket = UdpSocket::bind(any)?;
    socket.connect(address)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Returns the UDP part of the variable's value.
fn udp_address(text: &str) -> Option<&str> {
    let mut parts = text.split_whitespace();
    let (first, second) = (parts.next()?, parts.next());
    if parts.next().is_some() {
        return None;
    }
    match second {
        None => Some(first.strip_prefix("udp:").unwrap_or(first)),
        Some(second) => {
            let both = [first, second];
            both.iter().find(|part| part.starts_with("tcp:"))?;
            both.iter().find_map(|part| part.strip_prefix("udp:"))
        }
    }
}

#[cfg(test)]
mod tests {
    use powertools_lambda_core::test_util::TestEnvironment;

    use super::*;

    #[test]
    fn spans_lost_to_a_full_buffer_are_counted_and_reported_once_after_the_response() {
        let environment = TestEnvironment::new();
        let daemon = XRayDaemon::new(XRayDaemon::DEFAULT_ADDRESS, environment.environment());
        for _ in 0..3 {
            daemon.note_lost(1, ErrorKind::WouldBlock.into());
        }
        assert_eq!((daemon.lost(), environment.warnings().len()), (3, 0));
        daemon.flush();
        daemon.note_lost(1, ErrorKind::WouldBlock.into());
        daemon.flush();
        assert_eq!(daemon.lost(), 4);
        assert_eq!(
            environment.warnings(),
            ["the X-Ray daemon does not keep up: 3 spans lost so far"]
        );
    }

    #[test]
    fn both_forms_of_the_address_are_read() {
        for (text, expected) in [
            ("127.0.0.1:3000", Some("127.0.0.1:3000")),
            ("169.254.79.129:2000", Some("169.254.79.129:2000")),
            ("tcp:127.0.0.1:2001 udp:127.0.0.2:2002", Some("127.0.0.2:2002")),
            ("udp:127.0.0.2:2002 tcp:127.0.0.1:2001", Some("127.0.0.2:2002")),
            ("udp:127.0.0.2:2002 udp:127.0.0.1:2001", None),
            ("tcp:127.0.0.1:2001 127.0.0.1:2000", None),
            ("a b c", None),
        ] {
            assert_eq!(udp_address(text), expected, "{text}");
        }
    }
}
