//! `LocalBody`, the body of a response of the local server.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use lambda_runtime::Error;
use tokio::sync::oneshot;

use crate::response::ResponseBody;

/// The body of a response. The invocation ends when it is dropped.
pub(super) struct LocalBody {
    body: Option<ResponseBody>,
    _sent: Option<oneshot::Sender<()>>,
}

impl LocalBody {
    pub(super) fn new(body: ResponseBody, sent: oneshot::Sender<()>) -> Self {
        Self {
            body: Some(body),
            _sent: Some(sent),
        }
    }
}

impl From<Bytes> for LocalBody {
    fn from(bytes: Bytes) -> Self {
        Self {
            body: Some(ResponseBody::Whole(bytes)),
            _sent: None,
        }
    }
}

impl Body for LocalBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match self.body.take() {
            Some(ResponseBody::Whole(bytes)) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            Some(ResponseBody::Stream(mut stream)) => {
                let next = stream.poll_piece(cx);
                self.body = Some(ResponseBody::Stream(stream));
                next.map(|next| next.map(|data| data.map(Frame::data)))
            }
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.body {
            Some(ResponseBody::Whole(bytes)) => bytes.is_empty(),
            Some(ResponseBody::Stream(_)) => false,
            None => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Some(ResponseBody::Whole(bytes)) => SizeHint::with_exact(u64::try_from(bytes.len()).unwrap_or(u64::MAX)),
            Some(ResponseBody::Stream(_)) => SizeHint::default(),
            None => SizeHint::with_exact(0),
        }
    }
}
