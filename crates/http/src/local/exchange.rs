//! `respond`, which answers a request of the local server.

use std::convert::Infallible;
use std::fmt::Debug;
use std::future::poll_fn;
use std::sync::{Mutex, PoisonError};

use bytes::{Buf, Bytes, BytesMut};
use http::{HeaderValue, Response, StatusCode};
use http_body::Body as _;
use hyper::body::Incoming;
use lambda_http::{Body, Request};
use lambda_runtime::{Error, LambdaEvent, LambdaInvocation, service_fn};
use powertools_lambda_core::{HandlerLayer, InvocationLayer};
use tokio::sync::oneshot;
use tower_layer::Layer;
use tower_service::Service;

use super::body::LocalBody;
use super::context::invocation;
use crate::event::{EventSource, HttpEvent};
use crate::response::HttpResponse;
use crate::{ApiError, HttpHandler};

/// Answers a request with an invocation of the handler.
pub(super) async fn respond<S, B>(
    request: http::Request<Incoming>,
    handler: HttpHandler<S>,
    handler_layer: HandlerLayer,
    invocation_layer: InvocationLayer,
) -> Result<Response<LocalBody>, Infallible>
where
    S: Service<Request, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Debug + Send + 'static,
    B: http_body::Body<Data: Send, Error: Into<Error>> + Send + 'static,
{
    let mut request = match read(request).await {
        Ok(request) => request,
        Err(error) => return Ok(error.into_http_response()),
    };
    request.extensions_mut().insert(EventSource::FunctionUrl);
    let scheme = HeaderValue::from_static("http");
    request.headers_mut().entry("x-forwarded-proto").or_insert(scheme);
    let (responses, responded) = oneshot::channel::<HttpResponse>();
    let (sends, sent) = oneshot::channel::<()>();
    let once = Mutex::new(Some((
        HttpEvent::of_local_client(request),
        handler_layer.layer(handler),
        responses,
        sent,
    )));
    let mut invocations = invocation_layer.layer(service_fn(move |invocation: LambdaInvocation| {
        let taken = once.lock().unwrap_or_else(PoisonError::into_inner).take();
        async move {
            let Some((event, mut handler, responses, sent)) = taken else {
                return Ok::<(), Error>(());
            };
            if poll_fn(|cx| handler.poll_ready(cx)).await.is_ok()
                && let Ok(response) = handler.call(LambdaEvent::new(event, invocation.context)).await
                && responses.send(response).is_ok()
            {
                // An error only means that the body was dropped, which happens once it was sent.
                let _ = sent.await;
            }
            Ok(())
        }
    }));
    // In a task, because what follows the response must not delay it. A panic ends the task.
    tokio::spawn(invocations.call(invocation()));
    let Ok(response) = responded.await else {
        return Ok(ApiError::from_status(StatusCode::BAD_GATEWAY).into_http_response());
    };
    Ok(Response::from_parts(
        response.parts,
        LocalBody::new(response.body, sends),
    ))
}

/// Reads the whole body, as Lambda does.
async fn read(request: http::Request<Incoming>) -> Result<Request, ApiError> {
    /// The same as Lambda's limit for a request.
    const MAX_BYTES: usize = 6 * 1024 * 1024;
    let (parts, mut body) = request.into_parts();
    let mut whole = BytesMut::new();
    while let Some(frame) = poll_fn(|cx| std::pin::Pin::new(&mut body).poll_frame(cx)).await {
        let frame =
            frame.map_err(|_| ApiError::new(StatusCode::BAD_REQUEST, "the body of the request is incomplete"))?;
        if let Ok(mut data) = frame.into_data() {
            if whole.len() + data.remaining() > MAX_BYTES {
                let message = "the body of the request is larger than Lambda's limit of 6 MB";
                return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, message));
            }
            whole.extend_from_slice(&data.copy_to_bytes(data.remaining()));
        }
    }
    Ok(http::Request::from_parts(parts, body_of(&whole.freeze())))
}

fn body_of(bytes: &Bytes) -> Body {
    if bytes.is_empty() {
        return Body::Empty;
    }
    match String::from_utf8(bytes.to_vec()) {
        Ok(text) => Body::Text(text),
        Err(error) => Body::Binary(error.into_bytes()),
    }
}
