//! [`HttpResponse`], the response to a request in the form of its event source.

mod body;
mod buffered;
mod single_values;
mod size;
mod stream;

use std::fmt;

use bytes::Bytes;
use http::header::SET_COOKIE;
use http::response::Parts;
use http::{HeaderMap, HeaderValue};
use lambda_runtime::{FunctionResponse, IntoFunctionResponse, MetadataPrelude, StreamResponse};
use powertools_lambda_core::Warnings;

pub(crate) use self::body::collect;
pub use self::buffered::BufferedResponse;
use self::single_values::to_single_values;
pub use self::stream::ResponseStream;

/// The response to a request, buffered or streamed, for [`lambda_runtime`].
pub struct HttpResponse {
    pub(crate) parts: Parts,
    pub(crate) body: ResponseBody,
    pub(crate) format: crate::event::Format,
    pub(crate) warnings: Warnings,
}

pub(crate) enum ResponseBody {
    Whole(Bytes),
    Stream(ResponseStream),
}

impl HttpResponse {
    /// Returns whether the JSON of the response has at most `limit` bytes; one that is streamed has no limit here.
    pub(crate) fn fits(&self, limit: usize) -> bool {
        match &self.body {
            ResponseBody::Whole(body) => size::fits(&self.parts, body, self.format, &self.warnings, limit),
            ResponseBody::Stream(_) => true,
        }
    }
}

impl IntoFunctionResponse<BufferedResponse, ResponseStream> for HttpResponse {
    fn into_response(self) -> FunctionResponse<BufferedResponse, ResponseStream> {
        match self.body {
            ResponseBody::Whole(body) => {
                FunctionResponse::BufferedResponse(BufferedResponse::new(self.parts, body, self.format, &self.warnings))
            }
            ResponseBody::Stream(stream) => FunctionResponse::StreamingResponse(StreamResponse {
                metadata_prelude: prelude(self.parts, &self.warnings),
                stream,
            }),
        }
    }
}

/// Returns what is sent before a streamed body. The sources that stream take one value of each header.
fn prelude(mut parts: Parts, warnings: &Warnings) -> MetadataPrelude {
    let cookies = parts.headers.get_all(SET_COOKIE).iter();
    let cookies = cookies
        .map(|cookie| String::from_utf8_lossy(cookie.as_bytes()).into_owned())
        .collect();
    parts.headers.remove(SET_COOKIE);
    to_single_values(&mut parts.headers, warnings);
    to_ascii(&mut parts.headers, warnings);
    MetadataPrelude {
        status_code: parts.status,
        headers: parts.headers,
        cookies,
    }
}

/// Replaces characters that are not ASCII, because the runtime leaves out the value of a header that has any.
fn to_ascii(headers: &mut HeaderMap, warnings: &Warnings) {
    for (name, value) in headers {
        if value.to_str().is_ok() {
            continue;
        }
        warnings.once(
            &format!("characters of {name}"),
            format_args!(
                "a streamed response has a header {name} that is not ASCII: question marks are sent in place of those characters"
            ),
        );
        let replaced = |char: char| if char.is_ascii() { char } else { '?' };
        let text: String = String::from_utf8_lossy(value.as_bytes())
            .chars()
            .map(replaced)
            .collect();
        if let Ok(ascii) = HeaderValue::from_str(&text) {
            *value = ascii;
        }
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.parts.status)
            .finish_non_exhaustive()
    }
}
