//! A request that an axum router answers with `hello`, from the JSON of the event to that of the answer.

#![allow(dead_code, clippy::unwrap_used)] // each bench uses only a part

use std::fmt::Debug;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum::Router;
use axum::body::to_bytes;
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use futures_util::Stream;
use lambda_runtime::tower::ServiceBuilder;
use lambda_runtime::{Error, FunctionResponse, IntoFunctionResponse, LambdaEvent, LambdaInvocation};
use powertools_lambda::Powertools;
use powertools_lambda::core::{Clock, Environment, InvocationLayer, LineSink, Output, Variables, Warnings};
use powertools_lambda_core::test_util::{context, events, request};
use serde::{Deserialize, Serialize};
use tower_layer::Layer as _;
use tower_service::Service;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt as _;

/// `/dev/null`, with one `write` per line, as for standard output.
struct Null(File);

impl LineSink for Null {
    fn write_line(&self, line: &[u8]) {
        let _ = (&self.0).write_all(line);
    }
}

/// A function with the toolkit.
pub(crate) struct Function {
    powertools: Powertools,
    layer: InvocationLayer,
    router: Router,
    _subscriber: DefaultGuard,
}

/// The sources whose events are answered.
#[derive(Clone, Copy)]
pub(crate) enum Source {
    RestApi,
    HttpApi,
}

impl Function {
    pub(crate) fn new() -> Self {
        let warnings = Warnings::new(Clock::system(), Output::stderr());
        let lookup = |name: &str| match name {
            "POWERTOOLS_SERVICE_NAME" => Some("orders".to_owned()),
            "POWERTOOLS_METRICS_NAMESPACE" => Some("Shop".to_owned()),
            _ => None,
        };
        let env = Variables::from_lookup(lookup, warnings.clone());
        let null = Output::new(Null(OpenOptions::new().write(true).open("/dev/null").unwrap()));
        let environment = Environment::new(env, Clock::system(), null, warnings);
        let powertools = Powertools::builder().environment(environment).build();
        let subscriber = tracing_subscriber::registry().with(powertools.subscriber_layer());
        Self {
            layer: powertools.invocation_layer(),
            powertools,
            router: Router::new().route("/orders/{id}", get(async || "hello")),
            _subscriber: tracing::subscriber::set_default(subscriber),
        }
    }

    /// Returns the request that the runtime receives.
    pub(crate) fn request(source: Source) -> LambdaInvocation {
        let event: events::Event = match source {
            Source::RestApi => events::api_gateway_rest("GET", "/orders/7")
                .resource("/orders/{id}")
                .into(),
            Source::HttpApi => events::api_gateway_http("GET", "/orders/7").into(),
        };
        request(context(), event.into_bytes())
    }

    /// Answers with `Powertools::run_http`'s handler.
    pub(crate) fn ours(&self) -> impl FnMut(LambdaInvocation) -> Vec<u8> {
        self.answering(self.powertools.http_handler(self.router.clone()))
    }

    /// Answers with the adapter of `lambda_http`, as for concurrent invocations.
    pub(crate) fn adapter(&self) -> impl FnMut(LambdaInvocation) -> Vec<u8> {
        let handler = ServiceBuilder::new()
            .layer_fn(lambda_http::Adapter::from)
            .and_then(read);
        // It puts the stage of a REST API in front of the path.
        let router = self.router.clone().route("/{stage}/orders/{id}", get(async || "hello"));
        self.answering(handler.service(router))
    }

    fn answering<H, A, R, B, S, D, E>(
        &self,
        handler: H,
    ) -> impl FnMut(LambdaInvocation) -> Vec<u8> + use<H, A, R, B, S, D, E>
    where
        H: Service<LambdaEvent<A>, Response = R, Error: Debug + 'static> + Clone,
        A: for<'de> Deserialize<'de>,
        R: IntoFunctionResponse<B, S>,
        B: Serialize,
        S: Stream<Item = Result<D, E>> + Unpin + Send + 'static,
        D: Into<Bytes> + Send,
        E: Into<Error> + Send + Debug,
    {
        let handler = self.powertools.handler_layer().layer(handler);
        let layer = self.layer.clone();
        move |invocation| {
            let mut handler = handler.clone();
            let mut answer = Vec::new();
            let to = &mut answer;
            let runtime = tower::service_fn(|request: LambdaInvocation| {
                let event: A = serde_json::from_slice(&request.body).unwrap();
                let answered = handler.call(LambdaEvent::new(event, request.context));
                async {
                    let FunctionResponse::BufferedResponse(body) = answered.await.unwrap().into_response() else {
                        unreachable!("it is buffered")
                    };
                    Ok::<_, Error>(serde_json::to_vec(&body)?)
                }
            });
            let mut layered = layer.layer(runtime);
            let mut running = pin!(layered.call(invocation));
            match running.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(Ok(json)) => *to = json,
                _ => unreachable!("nothing waits"),
            }
            answer
        }
    }
}

/// Reads the body of a response, because `lambda_http` requires it to be `Sync`, and axum's is not.
async fn read(response: Response) -> Result<lambda_http::Response<lambda_http::Body>, std::convert::Infallible> {
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    let body = match String::from_utf8(bytes.into()) {
        Ok(text) => lambda_http::Body::Text(text),
        Err(error) => lambda_http::Body::Binary(error.into_bytes()),
    };
    Ok(lambda_http::Response::from_parts(parts, body))
}
