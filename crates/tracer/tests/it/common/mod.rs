//! A fake X-Ray daemon, and a function to invoke.

#![allow(dead_code)] // each test uses its part

mod schema;

use std::future::Future;
use std::net::UdpSocket;

use lambda_runtime::{Context, Error, LambdaEvent, LambdaInvocation};
use powertools_lambda_core::test_util::{TestEnvironment, context, request};
use powertools_lambda_tracer::{HandlerLayer, Tracer};
use powertools_telemetry::{Segment, Telemetry};
use serde_json::Value;
use tower_layer::Layer;
use tower_service::Service;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt;

pub(crate) const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";
pub(crate) const PARENT: &str = "557abcec3ee5a047";

/// A socket in place of the X-Ray daemon.
pub(crate) struct Daemon(UdpSocket);

impl Daemon {
    pub(crate) fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        Self(socket)
    }

    pub(crate) fn address(&self) -> String {
        self.0.local_addr().unwrap().to_string()
    }

    /// Returns the subsegments received since the last call, as if each had been sent alone: a child before its parent.
    pub(crate) fn subsegments(&self) -> Vec<Value> {
        let mut telemetry = Telemetry::default();
        for document in self.documents() {
            telemetry.add_documents(&document.to_string());
        }
        assert_eq!(telemetry.unread, [""; 0]);
        let (mut ended, mut open) = (Vec::new(), Vec::<Segment>::new());
        for segment in telemetry.segments {
            while let Some(last) = open.pop_if(|last| Some(last.id()) != segment.parent_id()) {
                ended.push(last);
            }
            open.push(segment);
        }
        ended.extend(open.into_iter().rev());
        ended
            .iter()
            .map(|segment| serde_json::from_str(&segment.to_string()).unwrap())
            .collect()
    }

    /// Returns the documents received since the last call, checked against X-Ray's schema.
    pub(crate) fn documents(&self) -> Vec<Value> {
        self.datagrams()
            .iter()
            .map(|datagram| {
                let (header, document) = datagram.split_once('\n').expect("a header line");
                assert_eq!(header, r#"{"format": "json", "version": 1}"#);
                let document = serde_json::from_str(document).unwrap_or_else(|error| panic!("{error}: {document}"));
                schema::check(&document);
                document
            })
            .collect()
    }

    pub(crate) fn datagrams(&self) -> Vec<String> {
        let mut buffer = vec![0; 65_536];
        let mut datagrams = Vec::new();
        while let Ok(length) = self.0.recv(&mut buffer) {
            datagrams.push(String::from_utf8(buffer[..length].to_vec()).unwrap());
        }
        datagrams
    }
}

/// A function with a tracer, in the environment of a Lambda function.
pub(crate) struct Function {
    pub(crate) daemon: Daemon,
    pub(crate) environment: TestEnvironment,
    pub(crate) tracer: Tracer,
    _subscriber: Option<DefaultGuard>,
}

impl Function {
    pub(crate) fn new() -> Self {
        Self::with(TestEnvironment::new().var("POWERTOOLS_SERVICE_NAME", "booking"))
    }

    pub(crate) fn with(environment: TestEnvironment) -> Self {
        Self::configured(environment, |builder| builder)
    }

    pub(crate) fn configured(
        environment: TestEnvironment,
        configure: impl FnOnce(powertools_lambda_tracer::TracerBuilder) -> powertools_lambda_tracer::TracerBuilder,
    ) -> Self {
        let daemon = Daemon::start();
        let environment = environment
            .var("LAMBDA_TASK_ROOT", "/var/task")
            .var("AWS_XRAY_DAEMON_ADDRESS", daemon.address());
        let tracer = configure(Tracer::builder().environment(&environment)).build();
        let subscriber = tracing_subscriber::registry().with(tracer.subscriber_layer());
        Self {
            _subscriber: Some(tracing::subscriber::set_default(subscriber)),
            daemon,
            environment,
            tracer,
        }
    }

    /// Invokes a sampled function and returns the subsegments, as if each had been sent alone.
    pub(crate) async fn trace<F, R>(&self, handler: F) -> Vec<Value>
    where
        F: FnMut(LambdaEvent<()>) -> R,
        R: Future<Output = Result<(), Error>>,
    {
        self.invoke(sampled(), handler).await;
        self.daemon.subsegments()
    }

    /// Invokes a sampled function and returns the documents.
    pub(crate) async fn sent<F, R>(&self, handler: F) -> Vec<Value>
    where
        F: FnMut(LambdaEvent<()>) -> R,
        R: Future<Output = Result<(), Error>>,
    {
        self.invoke(sampled(), handler).await;
        self.daemon.documents()
    }

    pub(crate) async fn invoke<F, R>(&self, context: Context, handler: F)
    where
        F: FnMut(LambdaEvent<()>) -> R,
        R: Future<Output = Result<(), Error>>,
    {
        self.invoke_service(context, "{}", tower::service_fn(handler)).await;
    }

    pub(crate) async fn invoke_service<H>(&self, context: Context, body: &str, handler: H)
    where
        H: Service<LambdaEvent<()>, Error = Error>,
    {
        let mut handler = HandlerLayer::new().layer(handler);
        // In place of the runtime's services: catches panics and posts.
        let runtime = tower::service_fn(move |invocation: LambdaInvocation| {
            let future = handler.call(LambdaEvent::new((), invocation.context));
            async move {
                let _ = futures_util::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(future)).await;
                Ok::<(), Error>(())
            }
        });
        let mut service = self.tracer.invocation_layer().layer(runtime);
        service.call(request(context, body.to_owned())).await.unwrap();
    }
}

/// Returns the context of an invocation with a tracing header.
pub(crate) fn with_header(header: &str) -> Context {
    let mut context = context();
    context.xray_trace_id = Some(header.to_owned());
    context
}

pub(crate) fn sampled() -> Context {
    with_header(&format!("Root={ROOT};Parent={PARENT};Sampled=1"))
}

/// Returns the document with this name.
pub(crate) fn named<'a>(documents: &'a [Value], name: &str) -> &'a Value {
    let mut found = documents.iter().filter(|document| document["name"] == name);
    let document = found.next().unwrap_or_else(|| panic!("{name} in {documents:#?}"));
    assert!(found.next().is_none(), "{name} once in {documents:#?}");
    document
}

/// A value that must not be serialised: it panics.
pub(crate) struct Unserialisable;

impl serde::Serialize for Unserialisable {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("serialised")
    }
}
