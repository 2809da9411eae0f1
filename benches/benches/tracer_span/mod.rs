//! A span with two annotations and one metadata value becomes a datagram: with the tracer, by hand, and with other exporters.

#![allow(dead_code, clippy::unwrap_used)] // each bench uses only a part

use std::io::Write as _;
use std::net::UdpSocket;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::{Error, LambdaInvocation};
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_aws::xray_exporter::daemon_client::XrayDaemonClient;
use opentelemetry_aws::xray_exporter::{SegmentTranslator, XrayExporter};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    SdkTracer, SdkTracerProvider, SpanData, SpanExporter as _, SpanProcessor, TracerProviderBuilder,
};
use powertools_lambda::Powertools;
use powertools_lambda_core::test_util::{context, request};
use powertools_lambda_core::{Clock, Environment, INVOCATION_TARGET, Invocation, Output, Variables, Warnings};
use powertools_lambda_tracer::{Tracer, add_metadata, annotate};
use tower_layer::Layer as _;
use tower_service::Service as _;
use tracing::Span;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use xray_lite::Client as _;

const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";
const PARENT: &str = "557abcec3ee5a047";

/// Returns a socket that receives datagrams without reading them, and its address.
fn daemon() -> (UdpSocket, String) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    (socket, address)
}

/// Returns the toolkit as a function of the service `booking` has it, and its daemon.
fn powertools() -> (UdpSocket, Powertools) {
    let (daemon, address) = daemon();
    let warnings = Warnings::new(Clock::system(), Output::stderr());
    let lookup = move |name: &str| match name {
        "AWS_XRAY_DAEMON_ADDRESS" => Some(address.clone()),
        "POWERTOOLS_SERVICE_NAME" => Some("booking".to_owned()),
        _ => None,
    };
    let env = Variables::from_lookup(lookup, warnings.clone());
    let environment = Environment::new(env, Clock::system(), Output::stdout(), warnings);
    (daemon, Powertools::builder().environment(environment).build())
}

/// The layers of the subscriber.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layers {
    Tracer,
    Logger,
    /// As in `Powertools`: one layer for both.
    Both,
    /// As two layers, composed by hand.
    Separate,
}

/// An invocation whose response is posted, so that its spans are sent immediately and an operation includes its datagram.
pub(crate) struct Function {
    invocation: Invocation,
    /// The span that is open during an invocation.
    span: Span,
    _daemon: UdpSocket,
    _subscriber: DefaultGuard,
}

impl Function {
    pub(crate) fn new(layers: Layers, sampled: bool) -> Self {
        let (daemon, powertools) = powertools();
        let subscriber = subscribe(layers, &powertools);
        let invocation = finished_invocation(powertools.tracer(), sampled);
        Self {
            span: invocation.in_scope(|| tracing::error_span!(target: INVOCATION_TARGET, parent: None, "invocation")),
            invocation,
            _daemon: daemon,
            _subscriber: subscriber,
        }
    }

    /// Runs `f` in the place of a handler.
    pub(crate) fn inside<R>(&self, f: impl FnOnce() -> R) -> R {
        self.invocation.in_scope(|| self.span.in_scope(f))
    }
}

/// A function whose invocations open twenty spans and send them at their end.
pub(crate) struct Twenty {
    tracer: Tracer,
    _daemon: UdpSocket,
    _subscriber: DefaultGuard,
}

impl Twenty {
    pub(crate) fn new() -> Self {
        let (daemon, powertools) = powertools();
        Self {
            tracer: powertools.tracer().clone(),
            _daemon: daemon,
            _subscriber: subscribe(Layers::Tracer, &powertools),
        }
    }

    /// Runs a whole invocation: its own subsegment, and five times four spans, one in the other.
    pub(crate) fn spans(&self) {
        let runtime = tower::service_fn(|_: LambdaInvocation| {
            let invocation = Invocation::current().unwrap();
            let span = tracing::error_span!(target: INVOCATION_TARGET, parent: None, "invocation");
            invocation.in_scope(|| span.in_scope(|| (0..5).for_each(|_| nested(4))));
            std::future::ready(Ok::<(), Error>(()))
        });
        let call = self.tracer.invocation_layer().layer(runtime).call(traced_request(true));
        futures_util::FutureExt::now_or_never(call).unwrap().unwrap();
    }
}

fn nested(spans: u8) {
    tracing::info_span!("charge").in_scope(|| {
        annotate("order_id", 7);
        annotate("tenant", "acme");
        add_metadata("cart", ["book", "pen"]);
        if spans > 1 {
            nested(spans - 1);
        }
    });
}

fn subscribe(layers: Layers, powertools: &Powertools) -> DefaultGuard {
    let (logger, tracer) = (powertools.logger(), powertools.tracer());
    let registry = tracing_subscriber::registry();
    match layers {
        Layers::Tracer => registry.with(tracer.subscriber_layer()).set_default(),
        Layers::Logger => registry.with(logger.subscriber_layer()).set_default(),
        Layers::Separate => registry
            .with(logger.subscriber_layer())
            .with(tracer.subscriber_layer())
            .set_default(),
        Layers::Both => registry.with(powertools.subscriber_layer()).set_default(),
    }
}

/// Creates a span with annotations and metadata as fields.
pub(crate) fn by_fields() {
    let cart = ["book", "pen"];
    tracing::info_span!("charge", order_id = 7_u64, tenant = "acme", metadata.cart = ?cart).in_scope(|| ());
}

/// Creates a span with annotations and metadata added by calls.
pub(crate) fn by_calls() {
    tracing::info_span!("charge").in_scope(|| {
        annotate("order_id", 7);
        annotate("tenant", "acme");
        add_metadata("cart", ["book", "pen"]);
    });
}

/// Creates a span with two fields.
pub(crate) fn two_fields() {
    tracing::info_span!("charge", order_id = 7_u64, tenant = "acme").in_scope(|| ());
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
    let call = tracer.invocation_layer().layer(runtime).call(traced_request(sampled));
    futures_util::FutureExt::now_or_never(call).unwrap().unwrap();
    let invocation = kept.lock().unwrap().take();
    invocation.unwrap()
}

fn traced_request(sampled: bool) -> LambdaInvocation {
    let mut context = context();
    context.xray_trace_id = Some(format!("Root={ROOT};Parent={PARENT};Sampled={}", u8::from(sampled)));
    request(context, "{}")
}

/// The same document, written by hand.
pub(crate) struct ByHand {
    socket: UdpSocket,
    buffer: Vec<u8>,
    next: u64,
    _daemon: UdpSocket,
}

impl ByHand {
    pub(crate) fn new() -> Self {
        let (daemon, address) = daemon();
        let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
        socket.connect(address).unwrap();
        socket.set_nonblocking(true).unwrap();
        Self {
            socket,
            buffer: Vec::with_capacity(1_024),
            next: 0x557a_bcec_3ee5_a047,
            _daemon: daemon,
        }
    }

    #[allow(clippy::disallowed_methods)] // a bench has no environment
    pub(crate) fn document(&mut self) {
        let start = SystemTime::now();
        self.next = self.next.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1);
        let end = SystemTime::now();
        let buffer = &mut self.buffer;
        buffer.clear();
        buffer.extend_from_slice(b"{\"format\": \"json\", \"version\": 1}\n{\"name\":\"## charge\",\"id\":\"");
        for shift in (0..16).rev() {
            buffer.push(b"0123456789abcdef"[(self.next >> (4 * shift) & 15) as usize]);
        }
        buffer.extend_from_slice(b"\",\"trace_id\":\"");
        buffer.extend_from_slice(ROOT.as_bytes());
        buffer.extend_from_slice(b"\",\"parent_id\":\"");
        buffer.extend_from_slice(PARENT.as_bytes());
        buffer.extend_from_slice(b"\",\"start_time\":");
        seconds(buffer, start);
        buffer.extend_from_slice(b",\"end_time\":");
        seconds(buffer, end);
        buffer.extend_from_slice(b",\"type\":\"subsegment\",\"annotations\":{\"order_id\":");
        buffer.extend_from_slice(b"7");
        buffer.extend_from_slice(b",\"tenant\":\"acme\"},\"metadata\":{\"booking\":{\"cart\":[\"book\",\"pen\"]}}}");
    }

    pub(crate) fn document_and_send(&mut self) {
        self.document();
        self.send();
    }

    pub(crate) fn send(&self) {
        let _ = self.socket.send(&self.buffer);
    }
}

fn seconds(buffer: &mut Vec<u8>, time: SystemTime) {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let _ = write!(buffer, "{}.{:06}", since.as_secs(), since.subsec_micros());
}

/// OpenTelemetry's SDK with the X-Ray exporter of `opentelemetry-aws`, exporting each span when it ends.
pub(crate) struct OpenTelemetry {
    tracer: SdkTracer,
    parent: Context,
    provider: SdkTracerProvider,
    _daemon: UdpSocket,
}

impl OpenTelemetry {
    pub(crate) fn new() -> Self {
        Self::with(translator(), |exporter| {
            SdkTracerProvider::builder().with_simple_exporter(exporter)
        })
    }

    /// The spans of an invocation are exported together, each in its own datagram: as it is by default.
    pub(crate) fn collecting() -> Self {
        Self::with(translator(), |exporter| {
            SdkTracerProvider::builder().with_span_processor(Collecting::new(exporter))
        })
    }

    /// The same with spans nested in their parents.
    pub(crate) fn nesting() -> Self {
        Self::with(translator().always_nest_subsegments(), |exporter| {
            SdkTracerProvider::builder().with_span_processor(Collecting::new(exporter))
        })
    }

    fn with(translator: SegmentTranslator, builder: impl FnOnce(Exporter) -> TracerProviderBuilder) -> Self {
        let (daemon, address) = daemon();
        let client = XrayDaemonClient::new(address.parse().unwrap()).unwrap();
        let provider = builder(XrayExporter::new(client).with_translator(translator)).build();
        let remote = SpanContext::new(
            TraceId::from_hex("5759e988bd862e3fe1be46a994272793").unwrap(),
            SpanId::from_hex(PARENT).unwrap(),
            TraceFlags::SAMPLED,
            true,
            TraceState::default(),
        );
        Self {
            tracer: provider.tracer("bench"),
            parent: Context::new().with_remote_span_context(remote),
            provider,
            _daemon: daemon,
        }
    }

    pub(crate) fn span(&self) {
        use opentelemetry::trace::Span as _;

        let mut span = self.tracer.start_with_context("charge", &self.parent);
        for attribute in attributes() {
            span.set_attribute(attribute);
        }
        span.end();
    }

    /// Five times four spans, one in the other, and their export.
    pub(crate) fn twenty(&self) {
        (0..5).for_each(|_| self.nested(&self.parent, 4));
        self.provider.force_flush().unwrap();
    }

    fn nested(&self, parent: &Context, spans: u8) {
        let context = parent.with_span(self.tracer.start_with_context("charge", parent));
        for attribute in attributes() {
            context.span().set_attribute(attribute);
        }
        if spans > 1 {
            self.nested(&context, spans - 1);
        }
        context.span().end();
    }
}

fn attributes() -> [KeyValue; 3] {
    [
        KeyValue::new("order_id", 7),
        KeyValue::new("tenant", "acme"),
        KeyValue::new("cart", r#"["book","pen"]"#),
    ]
}

fn translator() -> SegmentTranslator {
    SegmentTranslator::new()
        .skip_timestamp_validation()
        .with_indexed_attrs(["order_id".to_owned(), "tenant".to_owned()])
        .with_metadata_attr("cart".to_owned())
}

type Exporter = XrayExporter<XrayDaemonClient>;

/// Exports the spans of an invocation at its end, without the thread of the SDK's own batch processor.
#[derive(Debug)]
struct Collecting {
    exporter: Exporter,
    spans: Mutex<Vec<SpanData>>,
}

impl Collecting {
    fn new(exporter: Exporter) -> Self {
        Self {
            exporter,
            spans: Mutex::default(),
        }
    }
}

impl SpanProcessor for Collecting {
    fn on_start(&self, _: &mut opentelemetry_sdk::trace::Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.spans.lock().unwrap().push(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        let spans = std::mem::take(&mut *self.spans.lock().unwrap());
        futures_util::FutureExt::now_or_never(self.exporter.export(spans)).unwrap()
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// `xray-lite`, which sends a subsegment when it begins and again when it ends, and does not support annotations.
pub(crate) struct XRayLite {
    client: xray_lite::DaemonClient,
    trace_id: xray_lite::TraceId,
    parent_id: xray_lite::SegmentId,
    _daemon: UdpSocket,
}

impl XRayLite {
    pub(crate) fn new() -> Self {
        let (daemon, address) = daemon();
        Self {
            client: xray_lite::DaemonClient::new(address.parse().unwrap()).unwrap(),
            trace_id: xray_lite::TraceId::new(),
            parent_id: xray_lite::SegmentId::new(),
            _daemon: daemon,
        }
    }

    pub(crate) fn subsegment(&self) {
        let (trace_id, parent_id) = (self.trace_id.clone(), Some(self.parent_id.clone()));
        let mut subsegment = xray_lite::Subsegment::begin(trace_id, parent_id, "charge");
        let _ = self.client.send(&subsegment);
        subsegment.end();
        let _ = self.client.send(&subsegment);
    }
}
