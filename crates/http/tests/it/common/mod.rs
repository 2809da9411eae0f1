//! A function with a recording utility, and what the tests send to it.

use std::sync::{Arc, Mutex};

use lambda_runtime::{FunctionResponse, IntoFunctionResponse, LambdaEvent};
use powertools_lambda_core::test_util::events::{self, Event};
use powertools_lambda_core::test_util::{TestEnvironment, context, request};
use powertools_lambda_core::{Fact, Invocation, InvocationLayer, Utility};
use powertools_lambda_http::{Body, HttpEvent, HttpHandler, HttpOptions, Request, ResponseStream};
use serde_json::{Value, json};
use tower::{BoxError, Layer, Service, service_fn};

/// Records the facts that it is told.
#[derive(Default)]
pub(crate) struct Recorder(Mutex<Vec<String>>);

impl Utility for Recorder {
    type State = ();

    fn state(&self, _: &Invocation) {}

    fn on_fact(&self, _: &Invocation, (): &(), fact: &Fact<'_>) {
        self.0.lock().unwrap().push(format!("{fact:?}"));
    }
}

/// A function under test.
pub(crate) struct Function {
    pub(crate) environment: TestEnvironment,
    pub(crate) options: HttpOptions,
    recorder: Arc<Recorder>,
}

/// What a function answers.
pub(crate) enum Answer {
    Whole(Value),
    Streamed(Box<lambda_runtime::MetadataPrelude>, ResponseStream),
}

impl Function {
    pub(crate) fn new() -> Self {
        Self::with(HttpOptions::new())
    }

    pub(crate) fn with(options: HttpOptions) -> Self {
        Self {
            environment: TestEnvironment::new(),
            options,
            recorder: Arc::default(),
        }
    }

    /// Invokes a service with an event; returns the JSON that would be posted.
    pub(crate) async fn answer<S, B>(&self, service: S, event: impl Into<Event>) -> Value
    where
        S: Service<Request, Response = http::Response<B>, Error: std::fmt::Debug + Send> + Send + 'static,
        S::Future: Send + 'static,
        B: http_body::Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
    {
        match self.invoke(service, event).await {
            Answer::Whole(answer) => answer,
            Answer::Streamed(..) => panic!("the answer is streamed"),
        }
    }

    pub(crate) async fn invoke<S, B>(&self, service: S, event: impl Into<Event>) -> Answer
    where
        S: Service<Request, Response = http::Response<B>, Error: std::fmt::Debug + Send> + Send + 'static,
        S::Future: Send + 'static,
        B: http_body::Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
    {
        let handler = HttpHandler::new(service, self.options, self.environment.environment());
        self.invoke_handler(handler, event).await
    }

    pub(crate) async fn invoke_handler<S, B>(&self, mut handler: HttpHandler<S>, event: impl Into<Event>) -> Answer
    where
        S: Service<Request, Response = http::Response<B>, Error: std::fmt::Debug + Send> + Send + 'static,
        S::Future: Send + 'static,
        B: http_body::Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
    {
        let invocation = request(context(), event.into().into_bytes());
        let event: HttpEvent = serde_json::from_slice(&invocation.body).unwrap();
        let (answered, event) = (Arc::new(Mutex::new(None)), Mutex::new(Some(event)));
        let kept = Arc::clone(&answered);
        let layer = InvocationLayer::new(self.environment.environment().clone()).with(&self.recorder);
        let mut invocations = layer.layer(service_fn(move |invocation: lambda_runtime::LambdaInvocation| {
            let event = event.lock().unwrap().take().unwrap();
            let answering = handler.call(LambdaEvent::new(event, invocation.context));
            let kept = Arc::clone(&kept);
            async move {
                *kept.lock().unwrap() = Some(answering.await.unwrap());
                Ok::<(), BoxError>(())
            }
        }));
        invocations.call(invocation).await.unwrap();
        let answer = answered.lock().unwrap().take().unwrap();
        match answer.into_response() {
            FunctionResponse::BufferedResponse(answer) => Answer::Whole(serde_json::to_value(answer).unwrap()),
            FunctionResponse::StreamingResponse(answer) => {
                Answer::Streamed(Box::new(answer.metadata_prelude), answer.stream)
            }
        }
    }

    /// Returns the facts that were told.
    pub(crate) fn facts(&self) -> Vec<String> {
        self.recorder.0.lock().unwrap().clone()
    }
}

/// Returns the request that a service gets for an event.
pub(crate) fn read(event: impl Into<Event>) -> Request {
    let event: HttpEvent = serde_json::from_slice(&event.into().into_bytes()).unwrap();
    let mut request = http::Request::new(event.request().body().clone());
    *request.method_mut() = event.request().method().clone();
    *request.uri_mut() = event.request().uri().clone();
    *request.headers_mut() = event.request().headers().clone();
    *request.extensions_mut() = event.request().extensions().clone();
    request
}

/// A service that answers with what `answer` returns.
pub(crate) fn answering<B>(
    answer: impl Fn(&Request) -> http::Response<B> + Clone + Send + 'static,
) -> impl Service<Request, Response = http::Response<B>, Error = BoxError, Future: Send + 'static> + Clone + Send + 'static
where
    B: Send + 'static,
{
    service_fn(move |request: Request| {
        let answer = answer(&request);
        async move { Ok::<_, BoxError>(answer) }
    })
}

/// A service that answers `hello`.
pub(crate) fn hello()
-> impl Service<Request, Response = http::Response<Body>, Error = BoxError, Future: Send + 'static> + Clone + Send + 'static
{
    answering(|_| http::Response::new(Body::from("hello")))
}

/// An event of every source, with the name of the source.
pub(crate) fn all_sources(method: &str, path: &str) -> Vec<(&'static str, Event)> {
    vec![
        ("RestApi", events::api_gateway_rest(method, path).into()),
        ("HttpApi", events::api_gateway_http(method, path).into()),
        ("HttpApi", (&payload_format_1(method, path)).into()),
        ("FunctionUrl", events::function_url(method, path).into()),
        ("Alb", events::alb(method, path).into()),
        ("Alb", events::alb(method, path).multi_value_headers().into()),
        ("VpcLattice", lattice(method, path).into()),
    ]
}

/// An event of an HTTP API with payload format 1.0.
pub(crate) fn payload_format_1(method: &str, path: &str) -> Value {
    let mut event = events::api_gateway_rest(method, path).into_json();
    event["version"] = "1.0".into();
    event["requestContext"]["resourceId"] = format!("{method} /{{proxy+}}").into();
    event
}

/// An event of VPC Lattice with version 2 of its structure.
pub(crate) fn lattice(method: &str, path: &str) -> Value {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut parameters = json!({});
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        parameters[name] = json!([value]);
    }
    json!({
        "version": "2.0",
        "path": path,
        "method": method,
        "headers": {"host": ["orders.vpc-lattice-svcs.eu-west-1.on.aws"], "x-amzn-trace-id": ["Root=1-5759e988-bd862e3fe1be46a994272793"]},
        "queryStringParameters": parameters,
        "isBase64Encoded": false,
        "requestContext": {
            "serviceNetworkArn": "arn:aws:vpc-lattice:eu-west-1:123456789012:servicenetwork/sn-1",
            "serviceArn": "arn:aws:vpc-lattice:eu-west-1:123456789012:service/svc-1",
            "targetGroupArn": "arn:aws:vpc-lattice:eu-west-1:123456789012:targetgroup/tg-1",
            "region": "eu-west-1",
            "timeEpoch": "1768473000125000"
        }
    })
}
