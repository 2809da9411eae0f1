//! [`RuntimeApi`]: a minimal Runtime API for one function with sequential invocations, which measures times.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// A Runtime API on a port that the system chooses. Its threads end with their connections.
pub(super) struct RuntimeApi {
    address: SocketAddr,
    seen: Receiver<(Step, Instant)>,
    events: Sender<String>,
}

/// A step of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It requests the next event.
    Next,
    /// It answers, with a response or an error.
    Answer,
}

const PATIENCE: Duration = Duration::from_secs(30);

impl RuntimeApi {
    pub(super) fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port on 127.0.0.1")?;
        let address = listener.local_addr()?;
        let (tell, seen) = channel();
        let (events, waiting) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (tell, waiting) = (tell.clone(), Arc::clone(&waiting));
                std::thread::spawn(move || serve(stream, &tell, &waiting));
            }
        });
        Ok(Self { address, seen, events })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends an event.
    pub(super) fn push(&self, event: &str) -> Result<()> {
        Ok(self.events.send(event.to_owned())?)
    }

    /// Waits for a step and returns its time.
    pub(super) fn wait_for(&self, step: Step) -> Result<Instant> {
        match self.seen.recv_timeout(PATIENCE) {
            Ok((seen, at)) if seen == step => Ok(at),
            Ok((seen, _)) => bail!("expected {step:?} from the function, found {seen:?}"),
            Err(_) => bail!("the function did not reach {step:?} in {PATIENCE:?}"),
        }
    }
}

/// Serves a connection until the function closes it.
fn serve(stream: TcpStream, tell: &Sender<(Step, Instant)>, events: &Mutex<Receiver<String>>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    for id in 1_u64.. {
        let line = read_request(&mut reader)?;
        let step = if line.starts_with("GET ") {
            Step::Next
        } else {
            Step::Answer
        };
        tell.send((step, Instant::now())).ok()?;
        let answer = match step {
            Step::Answer => "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n".to_owned(),
            Step::Next => {
                let event = events.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()?;
                format!(
                    "HTTP/1.1 200 OK\r\nlambda-runtime-aws-request-id: request-{id}\r\nlambda-runtime-deadline-ms: 4102444800000\r\n\
                     lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:000000000000:function:measured\r\n\
                     lambda-runtime-trace-id: Root=1-6925a0c0-0123456789abcdef01234567;Parent={id:016x};Sampled=1\r\n\
                     content-type: application/json\r\ncontent-length: {}\r\n\r\n{event}",
                    event.len()
                )
            }
        };
        stream.write_all(answer.as_bytes()).ok()?;
    }
    Some(())
}

/// Reads a whole request and returns its first line.
fn read_request(reader: &mut impl BufRead) -> Option<String> {
    let mut first = String::new();
    let (mut length, mut chunked) = (0, false);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let header = line.trim_end().to_ascii_lowercase();
        if first.is_empty() {
            first = line;
        } else if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        } else if header.starts_with("transfer-encoding:") {
            chunked = header.contains("chunked");
        } else if header.is_empty() {
            break;
        }
    }
    while chunked {
        let mut size = String::new();
        reader.read_line(&mut size).ok()?;
        let size = u64::from_str_radix(size.trim(), 16).ok()?;
        skip(reader, size + 2)?;
        chunked = size > 0;
    }
    skip(reader, length)?;
    Some(first)
}

fn skip(reader: &mut impl BufRead, length: u64) -> Option<u64> {
    std::io::copy(&mut reader.take(length), &mut std::io::sink()).ok()
}
