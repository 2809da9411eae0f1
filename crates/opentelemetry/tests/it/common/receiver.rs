//! [`Receiver`], an OTLP receiver on a local port, whose messages a published package decodes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

/// How the receiver answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    Accept,
    Status(u16),
    /// Answers with a text that is longer than what is read.
    Long(u16),
    /// Accepts all but so many spans.
    Partial(i64),
    /// Never answers.
    Hang,
    /// Closes the connection in the middle of the answer.
    CloseMidway,
}

pub(crate) struct Receiver {
    address: SocketAddr,
    answer: Arc<Mutex<Answer>>,
    received: Arc<Mutex<Vec<Received>>>,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether the answer said that all of it was accepted.
    pub(crate) accepted: bool,
}

impl Receiver {
    pub(crate) fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let receiver = Self {
            address: listener.local_addr().unwrap(),
            answer: Arc::new(Mutex::new(answer)),
            received: Arc::default(),
        };
        let (answer, received) = (Arc::clone(&receiver.answer), Arc::clone(&receiver.received));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, received) = (Arc::clone(&answer), Arc::clone(&received));
                std::thread::spawn(move || serve(&stream, &answer, &received));
            }
        });
        receiver
    }

    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn set_answer(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// Returns the spans of the requests that were accepted.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let accepted = self.received().into_iter().filter(|request| request.accepted);
        accepted.flat_map(|request| request.spans()).collect()
    }
}

impl Received {
    pub(crate) fn message(&self) -> ExportTraceServiceRequest {
        let mut body = self.body.clone();
        if self.header("content-encoding") == Some("gzip") {
            body.clear();
            GzDecoder::new(self.body.as_slice()).read_to_end(&mut body).unwrap();
        }
        ExportTraceServiceRequest::decode(body.as_slice()).unwrap()
    }

    pub(crate) fn spans(&self) -> Vec<Span> {
        let scopes = self
            .message()
            .resource_spans
            .into_iter()
            .flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

fn serve(stream: &TcpStream, answer: &Mutex<Answer>, received: &Mutex<Vec<Received>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut request = read_request(&mut reader)?;
        let answer = *answer.lock().unwrap();
        request.accepted = matches!(answer, Answer::Accept | Answer::Partial(_));
        received.lock().unwrap().push(request);
        let mut stream = stream;
        let write = |mut stream: &TcpStream, status: u16, body: &[u8]| {
            let head = format!(
                "HTTP/1.1 {status} Status\r\ncontent-type: application/x-protobuf\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all(&[head.as_bytes(), body].concat())
        };
        match answer {
            Answer::Accept => write(stream, 200, &[]).ok()?,
            Answer::Status(status) => write(stream, status, b"").ok()?,
            Answer::Long(status) => write(stream, status, &vec![b'x'; 100 << 10]).ok()?,
            Answer::Partial(rejected_spans) => {
                let partial = ExportTracePartialSuccess {
                    rejected_spans,
                    error_message: "too old".to_owned(),
                };
                let answer = ExportTraceServiceResponse {
                    partial_success: Some(partial),
                };
                write(stream, 200, &answer.encode_to_vec()).ok()?;
            }
            Answer::Hang => std::thread::sleep(Duration::from_secs(30)),
            Answer::CloseMidway => {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
                    .ok()?;
                return None;
            }
        }
    }
}

fn read_request(reader: &mut BufReader<&TcpStream>) -> Option<Received> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length")?;
    let mut body = vec![0; length.1.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    Some(Received {
        path,
        headers,
        body,
        accepted: false,
    })
}
