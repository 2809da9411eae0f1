//! [`Receiver`]: receives OTLP over HTTP, as compressed protobuf.

use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;

/// Receives OTLP over HTTP until the process ends, and keeps the messages as JSON.
pub(super) struct Receiver {
    address: SocketAddr,
    received: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    pub(super) fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let received = Arc::default();
        let messages = Arc::clone(&received);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let messages = Arc::clone(&messages);
                std::thread::spawn(move || serve(&stream, &messages));
            }
        });
        Ok(Self { address, received })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn received(&self) -> Vec<String> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Answers the requests of a connection until it ends.
fn serve(stream: &TcpStream, received: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    while let Ok(Some(body)) = read(&mut reader) {
        let message = json(&body);
        let status = if message.is_some() { "200 OK" } else { "400 Bad Request" };
        received.lock().unwrap_or_else(PoisonError::into_inner).extend(message);
        let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n");
        if writer.write_all(head.as_bytes()).is_err() {
            return;
        }
    }
}

/// Returns the body of the next request, if there is one.
fn read(reader: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut length = 0;
    for number in 0.. {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        if number > 0 && line.trim_end().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(body))
}

/// Decodes a message, which the collector always compresses.
fn json(body: &[u8]) -> Option<String> {
    let mut plain = Vec::new();
    GzDecoder::new(body).read_to_end(&mut plain).ok()?;
    let message = ExportTraceServiceRequest::decode(&*plain).ok()?;
    serde_json::to_string(&message).ok()
}
