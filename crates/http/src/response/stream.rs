//! [`ResponseStream`], a body that is sent while it is written.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use futures_core::Stream;
use http_body::Body;
use lambda_runtime::Error;
use powertools_lambda_core::Invocation;
use tracing::Span;

/// The body of a streamed response.
///
/// Logs, metrics and traces of the body belong to the invocation until the body ends or fails.
pub struct ResponseStream {
    pieces: Option<Pin<Box<Pieces>>>,
    invocation: Option<Invocation>,
    span: Span,
}

type Pieces = dyn Stream<Item = Result<Bytes, Error>> + Send;

impl ResponseStream {
    /// Creates a stream of a body that belongs to the current invocation.
    pub(crate) fn new<B>(body: B) -> Self
    where
        B: Body<Data: Send, Error: Into<Error>> + Send + 'static,
    {
        Self {
            pieces: Some(Box::pin(BodyStream(Box::pin(body)))),
            invocation: Invocation::current(),
            span: Span::current(),
        }
    }
}

impl Stream for ResponseStream {
    type Item = Result<Bytes, Error>;

    /// Ends the body where it fails: `lambda_runtime` 1.5 would send the text of an error to the client, as a piece of the body.
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        self.get_mut().poll_piece(cx).map(|next| next.filter(Result::is_ok))
    }
}

impl ResponseStream {
    /// Returns the next piece, or the reason why the body failed.
    pub(crate) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        let Some(invocation) = self.invocation.clone() else {
            return self.poll(cx);
        };
        invocation.in_scope(|| self.poll(cx))
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        let entered = self.span.clone().entered();
        let Some(pieces) = &mut self.pieces else {
            return Poll::Ready(None);
        };
        // The runtime polls it in a task, in which a panic would end the body as if it were whole, without a record.
        let polled = catch_unwind(AssertUnwindSafe(|| pieces.as_mut().poll_next(cx)));
        let next = ready!(polled.unwrap_or_else(|_| Poll::Ready(Some(Err("the body panicked".into())))));
        if let Some(Err(error)) = &next {
            let error: &(dyn std::error::Error + 'static) = &**error;
            tracing::error!(
                error,
                "the body of the response failed midway: the client gets a part of it"
            );
        }
        if !matches!(next, Some(Ok(_))) {
            // The body is dropped inside the invocation, and its span closes before the invocation ends.
            self.pieces = None;
            drop(entered);
            self.span = Span::none();
            self.invocation = None;
        }
        Poll::Ready(next)
    }
}

impl Drop for ResponseStream {
    /// Drops the body in the invocation, too, if it is dropped before its end.
    fn drop(&mut self) {
        if let Some(invocation) = self.invocation.take() {
            let _entered = self.span.clone().entered();
            invocation.in_scope(|| self.pieces = None);
        }
    }
}

/// The data of a body. Trailers are left out, because Lambda does not pass them on.
struct BodyStream<B>(Pin<Box<B>>);

impl<B: Body<Error: Into<Error>>> Stream for BodyStream<B> {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let data = match ready!(self.0.as_mut().poll_frame(cx)) {
                Some(Ok(frame)) => frame.into_data(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                None => return Poll::Ready(None),
            };
            if let Ok(mut data) = data {
                return Poll::Ready(Some(Ok(data.copy_to_bytes(data.remaining()))));
            }
        }
    }
}

impl fmt::Debug for ResponseStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseStream").finish_non_exhaustive()
    }
}
