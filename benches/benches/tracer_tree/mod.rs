//! The spans of one invocation, each with two annotations and one value of metadata, become datagrams: with the tracer and with
//! the X-Ray exporter of `opentelemetry-aws`.

#![allow(dead_code, clippy::unwrap_used)] // each bench uses only a part

use std::net::UdpSocket;
use std::sync::{Arc, Mutex};

use lambda_runtime::{Error, LambdaInvocation};
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_aws::xray_exporter::daemon_client::XrayDaemonClient;
use opentelemetry_aws::xray_exporter::{SegmentTranslator, XrayExporter};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, SpanData, SpanExporter as _, SpanProcessor};
use powertools_lambda_core::test_util::{context, request};
use powertools_lambda_core::{Clock, Environment, InvocationLayer, Output, Variables, Warnings};
use powertools_lambda_tracer::{Tracer, add_metadata, annotate};
use tower_layer::Layer as _;
use tower_service::Service as _;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

const ROOT: &str = "5759e988bd862e3fe1be46a994272793";
const PARENT: &str = "557abcec3ee5a047";

/// Returns a socket that receives datagrams without reading them, and its address.
fn daemon() -> (UdpSocket, String) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    (socket, address)
}

/// A function whose invocations open spans and do nothing else.
pub(crate) struct Function {
    layer: InvocationLayer,
    _daemon: UdpSocket,
    _subscriber: DefaultGuard,
}

impl Function {
    pub(crate) fn new(nested: bool) -> Self {
        let (daemon, address) = daemon();
        let warnings = Warnings::new(Clock::system(), Output::stderr());
        let lookup = move |name: &str| match name {
            "AWS_XRAY_DAEMON_ADDRESS" => Some(address.clone()),
            "POWERTOOLS_SERVICE_NAME" => Some("booking".to_owned()),
            _ => None,
        };
        let env = Variables::from_lookup(lookup, warnings.clone());
        let environment = Environment::new(env, Clock::system(), Output::stdout(), warnings);
        let tracer = Tracer::builder()
            .environment(environment)
            .nested_documents(nested)
            .build();
        Self {
            layer: tracer.invocation_layer(),
            _daemon: daemon,
            _subscriber: tracing_subscriber::registry()
                .with(tracer.subscriber_layer())
                .set_default(),
        }
    }

    /// Returns the request that the runtime passes on.
    pub(crate) fn request() -> LambdaInvocation {
        let mut context = context();
        let (epoch, unique) = ROOT.split_at(8);
        context.xray_trace_id = Some(format!("Root=1-{epoch}-{unique};Parent={PARENT};Sampled=1"));
        request(context, "{}")
    }

    /// Runs an invocation with so many spans in the handler's.
    pub(crate) fn invoke(&self, request: LambdaInvocation, spans: usize) {
        let runtime = tower::service_fn(move |_: LambdaInvocation| {
            (0..spans).for_each(|_| span());
            std::future::ready(Ok::<(), Error>(()))
        });
        let call = self.layer.layer(runtime).call(request);
        futures_util::FutureExt::now_or_never(call).unwrap().unwrap();
    }
}

fn span() {
    tracing::info_span!("charge").in_scope(|| {
        annotate("order_id", 7);
        annotate("tenant", "acme");
        add_metadata("cart", ["book", "pen"]);
    });
}

/// OpenTelemetry's SDK with the X-Ray exporter of `opentelemetry-aws`, exporting all spans of an invocation at its end.
pub(crate) struct OpenTelemetry {
    tracer: SdkTracer,
    parent: Context,
    kept: Kept,
    exporter: XrayExporter<XrayDaemonClient>,
    _provider: SdkTracerProvider,
    _daemon: UdpSocket,
}

/// Keeps ended spans until the invocation has ended.
#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl SpanProcessor for Kept {
    fn on_start(&self, _: &mut opentelemetry_sdk::trace::Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.0.lock().unwrap().push(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: std::time::Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl OpenTelemetry {
    pub(crate) fn new(nested: bool) -> Self {
        let (daemon, address) = daemon();
        let client = XrayDaemonClient::new(address.parse().unwrap()).unwrap();
        let mut translator = SegmentTranslator::new()
            .skip_timestamp_validation()
            .with_indexed_attrs(["order_id".to_owned(), "tenant".to_owned()])
            .with_metadata_attr("cart".to_owned());
        if nested {
            translator = translator.always_nest_subsegments();
        }
        let kept = Kept::default();
        let provider = SdkTracerProvider::builder().with_span_processor(kept.clone()).build();
        let remote = SpanContext::new(
            TraceId::from_hex(ROOT).unwrap(),
            SpanId::from_hex(PARENT).unwrap(),
            TraceFlags::SAMPLED,
            true,
            TraceState::default(),
        );
        Self {
            tracer: provider.tracer("bench"),
            parent: Context::new().with_remote_span_context(remote),
            kept,
            exporter: XrayExporter::new(client).with_translator(translator),
            _provider: provider,
            _daemon: daemon,
        }
    }

    /// Opens so many spans in a span for the handler, and exports them.
    pub(crate) fn invoke(&self, spans: usize) {
        use opentelemetry::trace::Span as _;

        let mut handler = self.tracer.start_with_context("handler", &self.parent);
        handler.set_attribute(KeyValue::new("ColdStart", false));
        let inside = self.parent.with_remote_span_context(handler.span_context().clone());
        for _ in 0..spans {
            let mut span = self.tracer.start_with_context("charge", &inside);
            span.set_attribute(KeyValue::new("order_id", 7));
            span.set_attribute(KeyValue::new("tenant", "acme"));
            span.set_attribute(KeyValue::new("cart", r#"["book","pen"]"#));
            span.end();
        }
        handler.end();
        let ended = std::mem::take(&mut *self.kept.0.lock().unwrap());
        let exported = futures_util::FutureExt::now_or_never(self.exporter.export(ended));
        exported.unwrap().unwrap();
    }
}
