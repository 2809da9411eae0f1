//! `collect`, which reads the whole body of a response.

use std::future::poll_fn;
use std::pin::{Pin, pin};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use http_body::{Body, Frame};

/// Reads a body; one that comes in one piece, as most do, is not copied. Trailers are left out.
pub(crate) async fn collect<B: Body>(body: B) -> Result<Bytes, B::Error> {
    let mut body = pin!(body);
    let Some(first) = next(body.as_mut()).await? else {
        return Ok(Bytes::new());
    };
    if body.is_end_stream() {
        return Ok(first);
    }
    let Some(second) = next(body.as_mut()).await? else {
        return Ok(first);
    };
    let mut whole = BytesMut::with_capacity(2 * (first.len() + second.len()));
    whole.put(first);
    whole.put(second);
    while let Some(data) = next(body.as_mut()).await? {
        whole.put(data);
    }
    Ok(whole.freeze())
}

/// Returns the next piece of data.
async fn next<B: Body>(mut body: Pin<&mut B>) -> Result<Option<Bytes>, B::Error> {
    loop {
        match poll_fn(|cx| body.as_mut().poll_frame(cx))
            .await
            .transpose()?
            .map(Frame::into_data)
        {
            Some(Ok(mut data)) => return Ok(Some(data.copy_to_bytes(data.remaining()))),
            Some(Err(_trailers)) => {}
            None => return Ok(None),
        }
    }
}
