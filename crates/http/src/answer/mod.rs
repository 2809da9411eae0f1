//! [`HttpAnswer`], the answer to a request in the form of its event source.

mod body;
mod buffered;
mod single_values;
mod size;
mod stream;

use std::fmt;

use bytes::Bytes;
use http::header::SET_COOKIE;
use http::response::Parts;
use lambda_runtime::{FunctionResponse, IntoFunctionResponse, MetadataPrelude, StreamResponse};
use powertools_lambda_core::Warnings;

pub(crate) use self::body::collect;
pub use self::buffered::BufferedAnswer;
pub use self::stream::AnswerStream;

/// The answer to a request, buffered or streamed, for [`lambda_runtime`].
pub struct HttpAnswer {
    pub(crate) parts: Parts,
    pub(crate) body: AnswerBody,
    pub(crate) format: crate::event::Format,
    pub(crate) warnings: Warnings,
}

pub(crate) enum AnswerBody {
    Whole(Bytes),
    Stream(AnswerStream),
}

impl HttpAnswer {
    /// Returns whether the JSON of the answer has at most `limit` bytes; one that is streamed has no limit here.
    pub(crate) fn fits(&self, limit: usize) -> bool {
        match &self.body {
            AnswerBody::Whole(body) => size::fits(&self.parts, body, self.format, &self.warnings, limit),
            AnswerBody::Stream(_) => true,
        }
    }
}

impl IntoFunctionResponse<BufferedAnswer, AnswerStream> for HttpAnswer {
    fn into_response(self) -> FunctionResponse<BufferedAnswer, AnswerStream> {
        match self.body {
            AnswerBody::Whole(body) => {
                FunctionResponse::BufferedResponse(BufferedAnswer::new(self.parts, body, self.format, &self.warnings))
            }
            AnswerBody::Stream(stream) => FunctionResponse::StreamingResponse(StreamResponse {
                metadata_prelude: prelude(self.parts),
                stream,
            }),
        }
    }
}

fn prelude(mut parts: Parts) -> MetadataPrelude {
    let cookies = parts.headers.get_all(SET_COOKIE).iter();
    let cookies = cookies
        .map(|cookie| String::from_utf8_lossy(cookie.as_bytes()).into_owned())
        .collect();
    parts.headers.remove(SET_COOKIE);
    MetadataPrelude {
        status_code: parts.status,
        headers: parts.headers,
        cookies,
    }
}

impl fmt::Debug for HttpAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpAnswer")
            .field("status", &self.parts.status)
            .finish_non_exhaustive()
    }
}
