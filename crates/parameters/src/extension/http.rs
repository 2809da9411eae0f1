//! `get`, a request to an extension: HTTP/1.1, only to 127.0.0.1.

use std::error::Error;
use std::fmt;
use std::fmt::Write;
use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::header::HOST;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::ProviderError;
use crate::aws_error_code::{Meaning, of_code};

/// The timeout of a request, retries included.
const TIMEOUT: Duration = Duration::from_secs(3);

/// The largest response; AppConfig's largest configuration has 4 MB.
const MAX_BODY: usize = 8 << 20;

/// The pause before an extension that is not ready is asked again.
const NOT_READY: Duration = Duration::from_millis(25);

/// Asks the extension at `port` for `target`, a path with its query.
///
/// It connects to the loopback directly, so neither proxy variables nor a resolver have an effect. An extension that is
/// still starting is asked again, for at most three seconds altogether.
pub(super) async fn get(
    port: u16,
    target: &str,
    headers: &[(&'static str, &str)],
    not_found: &[&str],
) -> Result<Bytes, ProviderError> {
    let asked = async {
        loop {
            let (status, body) = ask(port, target, headers).await?;
            let starting = status == StatusCode::BAD_REQUEST && contains(&body, b"not ready");
            if !starting {
                return Ok::<_, Failure>((status, body));
            }
            tokio::time::sleep(NOT_READY).await;
        }
    };
    let (status, body) = match tokio::time::timeout(TIMEOUT, asked).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(failure)) => return Err(ProviderError::unavailable(failure)),
        Err(_) => {
            return Err(ProviderError::unavailable(Failure::new(
                port,
                "did not answer within 3 s",
                None,
            )));
        }
    };
    if status.is_success() {
        return Ok(body);
    }
    let text = String::from_utf8_lossy(&body[..body.len().min(500)]).into_owned();
    let meaning = match status {
        // An extension that passes on the error codes of its store reports a missing parameter with one of those.
        StatusCode::NOT_FOUND if not_found.is_empty() => Meaning::NotFound,
        _ => {
            let missing = not_found.iter().find(|code| text.contains(**code));
            of_code(missing.copied().unwrap_or(&text), status.as_u16(), not_found)
        }
    };
    Err(meaning.because(format!("the extension answered {status}: {text}").into()))
}

async fn ask(port: u16, target: &str, headers: &[(&'static str, &str)]) -> Result<(StatusCode, Bytes), Failure> {
    let failed = |what: &'static str, error: Box<dyn Error + Send + Sync>| Failure::new(port, what, Some(error));
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
        let refused = error.kind() == io::ErrorKind::ConnectionRefused;
        let what = if refused {
            "is not running; add its layer to the function"
        } else {
            "cannot be reached"
        };
        failed(what, error.into())
    })?;
    let request = Request::get(target).header(HOST, format!("127.0.0.1:{port}"));
    let request = headers
        .iter()
        // From bytes, because text outside ASCII is allowed here.
        .fold(request, |request, (name, value)| request.header(*name, value.as_bytes()));
    let request = request
        .body(Empty::<Bytes>::new())
        .map_err(|error| failed("cannot receive this request", error.into()))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| failed("does not answer with HTTP", error.into()))?;
    let exchange = async move {
        let answer = sender.send_request(request).await?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), MAX_BODY).collect().await?;
        Ok((status, body.to_bytes()))
    };
    // The connection ends with the exchange, which owns the sender.
    let (_, answer) = futures_util::future::join(connection, exchange).await;
    answer.map_err(|error| failed("closed the connection", error))
}

fn contains(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}

/// Appends `text` percent-encoded, as one part of a path or of a query.
pub(super) fn push_encoded(target: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            target.push(char::from(byte));
        } else {
            // Writing to a `String` does not fail.
            let _ = write!(target, "%{byte:02X}");
        }
    }
}

/// The error of a request to an extension.
#[derive(Debug)]
struct Failure {
    port: u16,
    what: &'static str,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Failure {
    fn new(port: u16, what: &'static str, source: Option<Box<dyn Error + Send + Sync>>) -> Self {
        Self { port, what, source }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the extension at 127.0.0.1:{} {}", self.port, self.what)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_encoded_as_one_part() {
        let mut target = String::new();
        push_encoded(&mut target, "/shop/a b?c=ü");
        assert_eq!(target, "%2Fshop%2Fa%20b%3Fc%3D%C3%BC");
    }
}
