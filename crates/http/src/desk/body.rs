//! `DeskBody`, the body of an answer of the desk.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use http_body::{Body, Frame, SizeHint};
use lambda_runtime::Error;
use tokio::sync::oneshot;

use crate::answer::AnswerBody;

/// The body of an answer. The invocation ends when it is dropped.
pub(super) struct DeskBody {
    body: Option<AnswerBody>,
    _sent: Option<oneshot::Sender<()>>,
}

impl DeskBody {
    pub(super) fn new(body: AnswerBody, sent: oneshot::Sender<()>) -> Self {
        Self {
            body: Some(body),
            _sent: Some(sent),
        }
    }
}

impl From<Bytes> for DeskBody {
    fn from(bytes: Bytes) -> Self {
        Self {
            body: Some(AnswerBody::Whole(bytes)),
            _sent: None,
        }
    }
}

impl Body for DeskBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match self.body.take() {
            Some(AnswerBody::Whole(bytes)) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            Some(AnswerBody::Stream(mut stream)) => {
                let next = Pin::new(&mut stream).poll_next(cx);
                self.body = Some(AnswerBody::Stream(stream));
                next.map(|next| next.map(|data| data.map(Frame::data)))
            }
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.body {
            Some(AnswerBody::Whole(bytes)) => bytes.is_empty(),
            Some(AnswerBody::Stream(_)) => false,
            None => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Some(AnswerBody::Whole(bytes)) => SizeHint::with_exact(u64::try_from(bytes.len()).unwrap_or(u64::MAX)),
            Some(AnswerBody::Stream(_)) => SizeHint::default(),
            None => SizeHint::with_exact(0),
        }
    }
}
