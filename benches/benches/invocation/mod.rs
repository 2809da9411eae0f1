//! A whole invocation: the context, one record, an EMF document and two subsegments.

#![allow(dead_code, clippy::unwrap_used)] // each bench uses only a part

use std::fs::{File, OpenOptions};
use std::future::poll_fn;
use std::io::Write as _;
use std::net::UdpSocket;
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll, Waker};

use lambda_runtime::{Error, LambdaEvent, LambdaInvocation};
use powertools_lambda::core::{Clock, Environment, InvocationLayer, LineSink, Output, Variables, Warnings};
use powertools_lambda::metrics::{self, MetricName, Unit};
use powertools_lambda::{Powertools, tracer};
use powertools_lambda_core::test_util::{context, request};
use tower_layer::Layer as _;
use tower_service::Service as _;

const ORDERS: MetricName = MetricName::new("OrdersPlaced");
const ITEMS: MetricName = MetricName::new("Items");
const AMOUNT: MetricName = MetricName::new("Amount");

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
    _daemon: UdpSocket,
}

/// An invocation that has started.
pub(crate) type Running = Pin<Box<dyn Future<Output = Result<(), Error>>>>;

impl Function {
    /// Returns the function of the process, which has the subscriber that `Powertools::run` installs.
    pub(crate) fn of_process() -> &'static Self {
        static FUNCTION: OnceLock<Function> = OnceLock::new();
        FUNCTION.get_or_init(Self::set_up)
    }

    fn set_up() -> Self {
        let daemon = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = daemon.local_addr().unwrap().to_string();
        let warnings = Warnings::new(Clock::system(), Output::stderr());
        let lookup = move |name: &str| match name {
            "AWS_XRAY_DAEMON_ADDRESS" => Some(address.clone()),
            "POWERTOOLS_SERVICE_NAME" => Some("orders".to_owned()),
            "POWERTOOLS_METRICS_NAMESPACE" => Some("Shop".to_owned()),
            _ => None,
        };
        let env = Variables::from_lookup(lookup, warnings.clone());
        let null = Output::new(Null(OpenOptions::new().write(true).open("/dev/null").unwrap()));
        let environment = Environment::new(env, Clock::system(), null, warnings);
        let powertools = Powertools::builder().environment(environment).build();
        powertools.init().unwrap();
        Self {
            layer: powertools.invocation_layer(),
            powertools,
            _daemon: daemon,
        }
    }

    /// Returns the request that the runtime passes to the handler.
    pub(crate) fn request() -> LambdaInvocation {
        let mut context = context();
        let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=557abcec3ee5a047;Sampled=1";
        context.xray_trace_id = Some(header.to_owned());
        request(context, r#"{"id":"A-1","item":"book","quantity":2}"#)
    }

    /// Runs an invocation up to the point where its response would be posted.
    pub(crate) fn until_the_response(&self, request: LambdaInvocation) -> Running {
        self.start(handler, request)
    }

    /// Runs a whole invocation.
    pub(crate) fn whole(&self, request: LambdaInvocation) {
        finish(self.start(handler, request));
    }

    /// Runs a whole invocation with one span more.
    pub(crate) fn whole_with_a_further_span(&self, request: LambdaInvocation) {
        finish(self.start(handler_with_a_further_span, request));
    }

    /// Runs a whole invocation with 20 nested spans, 5 records and 12 metric values.
    pub(crate) fn whole_with_20_spans(&self, request: LambdaInvocation) {
        finish(self.start(handler_with_20_spans, request));
    }

    fn start<H, F>(&self, handler: H, request: LambdaInvocation) -> Running
    where
        H: FnMut(LambdaEvent<()>) -> F,
        F: Future<Output = Result<(), Error>> + 'static,
    {
        let mut handler = self.powertools.handler_layer().layer(tower::service_fn(handler));
        let runtime = tower::service_fn(move |request: LambdaInvocation| {
            let future = handler.call(LambdaEvent::new((), request.context));
            async move {
                future.await?;
                post().await;
                Ok::<(), Error>(())
            }
        });
        let mut running: Running = Box::pin(self.layer.layer(runtime).call(request));
        assert!(poll(&mut running).is_pending());
        running
    }

    /// Does the same without the toolkit, to measure the bench itself.
    pub(crate) fn nothing(request: LambdaInvocation) {
        let mut handler = tower::service_fn(async |_: LambdaEvent<()>| Ok::<(), Error>(()));
        let runtime = tower::service_fn(move |request: LambdaInvocation| {
            let future = handler.call(LambdaEvent::new((), request.context));
            async move {
                future.await?;
                post().await;
                Ok::<(), Error>(())
            }
        });
        let mut runtime = runtime;
        let mut running: Running = Box::pin(runtime.call(request));
        assert!(poll(&mut running).is_pending());
        assert!(poll(&mut running).is_ready());
    }
}

/// The work of a function with the toolkit: the rows L1w, M1 and T1.
async fn handler(_: LambdaEvent<()>) -> Result<(), Error> {
    record();
    twelve_values();
    charge().await;
    Ok(())
}

async fn handler_with_a_further_span(event: LambdaEvent<()>) -> Result<(), Error> {
    handler(event).await?;
    charge().await;
    Ok(())
}

/// Five times a record and four spans, one in the other.
async fn handler_with_20_spans(_: LambdaEvent<()>) -> Result<(), Error> {
    twelve_values();
    for _ in 0..5 {
        record();
        nested(4);
    }
    Ok(())
}

fn record() {
    tracing::info!(order_id = "A-1", tenant = "acme", quantity = 2, "collecting payment");
}

fn twelve_values() {
    metrics::add(ORDERS, Unit::Count, 1);
    for item in 0..10 {
        metrics::add(ITEMS, Unit::Count, item);
    }
    metrics::add(AMOUNT, Unit::None, 12.5);
    metrics::add_metadata("order_id", "A-1");
}

#[tracing::instrument(name = "charge", skip_all)]
fn nested(spans: u8) {
    tracer::annotate("order_id", 7);
    tracer::annotate("tenant", "acme");
    tracer::add_metadata("cart", ["book", "pen"]);
    if spans > 1 {
        nested(spans - 1);
    }
}

#[tracing::instrument(skip_all)]
async fn charge() {
    tracer::annotate("order_id", 7);
    tracer::annotate("tenant", "acme");
    tracer::add_metadata("cart", ["book", "pen"]);
}

/// Takes the place of posting: everything after it happens after the response.
async fn post() {
    let mut posted = false;
    poll_fn(|_| {
        if std::mem::replace(&mut posted, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

fn finish(mut running: Running) {
    assert!(poll(&mut running).is_ready());
}

fn poll(running: &mut Running) -> Poll<Result<(), Error>> {
    running.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}
