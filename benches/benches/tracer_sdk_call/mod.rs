//! A call of a real AWS SDK client that is answered immediately, with and without the tracer's interceptor.

#![allow(dead_code, clippy::unwrap_used)] // each bench uses only a part

use std::net::UdpSocket;
use std::sync::{Arc, Mutex};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_http_client::test_util::infallible_client_fn;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use lambda_runtime::{Error, LambdaInvocation};
use powertools_lambda_core::test_util::{context, request};
use powertools_lambda_core::{Clock, Environment, Invocation, Output, Variables, Warnings};
use powertools_lambda_tracer::Tracer;
use tokio::runtime::Runtime;
use tower_layer::Layer as _;
use tower_service::Service as _;

/// A client within an invocation whose response is posted, so that the call's datagram is sent when the call ends.
pub(crate) struct Caller {
    runtime: Runtime,
    client: Client,
    invocation: Invocation,
    _daemon: UdpSocket,
}

/// The interceptor that is added to the client.
#[derive(Clone, Copy)]
pub(crate) enum Interceptor {
    None,
    /// One that does nothing: what the SDK itself adds for an interceptor.
    Nothing,
    Tracer,
}

#[derive(Debug)]
struct Nothing;

#[dyn_dispatch_hint]
impl Intercept for Nothing {
    fn name(&self) -> &'static str {
        "Nothing"
    }
}

impl Caller {
    pub(crate) fn new(interceptor: Interceptor, sampled: bool) -> Self {
        let daemon = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = daemon.local_addr().unwrap().to_string();
        let warnings = Warnings::new(Clock::system(), Output::stderr());
        let lookup = move |name: &str| (name == "AWS_XRAY_DAEMON_ADDRESS").then(|| address.clone());
        let env = Variables::from_lookup(lookup, warnings.clone());
        let tracer = Tracer::builder()
            .environment(Environment::new(env, Clock::system(), Output::stdout(), warnings))
            .build();
        let body = r#"{"MessageId":"1","MD5OfMessageBody":"49f68a5c8493ec2c0bf489821c21fc3b"}"#;
        let answer = move |_| http::Response::builder().status(200).body(body).unwrap();
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(Credentials::new("AKID", "secret", None, None, "bench"))
            .http_client(infallible_client_fn(answer));
        let config = match interceptor {
            Interceptor::None => config,
            Interceptor::Nothing => config.interceptor(Nothing),
            Interceptor::Tracer => config.interceptor(tracer.aws_interceptor()),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        Self {
            runtime,
            client: Client::from_conf(config.build()),
            invocation: finished_invocation(&tracer, sampled),
            _daemon: daemon,
        }
    }

    pub(crate) fn call(&self) {
        let call = self
            .client
            .send_message()
            .queue_url("https://sqs.eu-west-1.amazonaws.com/123456789012/orders")
            .message_body("hi");
        self.invocation.in_scope(|| self.runtime.block_on(call.send()).unwrap());
    }
}

/// Returns an invocation that has completed in the tracer's own layer.
fn finished_invocation(tracer: &Tracer, sampled: bool) -> Invocation {
    let kept = Arc::new(Mutex::new(None));
    let runtime = tower::service_fn({
        let kept = Arc::clone(&kept);
        move |_: LambdaInvocation| {
            *kept.lock().unwrap() = Invocation::current();
            std::future::ready(Ok::<(), Error>(()))
        }
    });
    let mut context = context();
    context.xray_trace_id = Some(format!(
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=557abcec3ee5a047;Sampled={}",
        u8::from(sampled)
    ));
    let call = tracer.invocation_layer().layer(runtime).call(request(context, "{}"));
    futures_util::FutureExt::now_or_never(call).unwrap().unwrap();
    let invocation = kept.lock().unwrap().take();
    invocation.unwrap()
}
