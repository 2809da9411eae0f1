//! The instructions of an invocation that is not sampled, with and without OpenTelemetry:
//! `cargo bench -p powertools-lambda-opentelemetry --bench unsampled_instructions`.

#![allow(missing_docs, clippy::unwrap_used)] // gungraun makes modules of the functions

use std::future::Future as _;
use std::pin::pin;
use std::task::{Context as TaskContext, Poll, Waker};

use gungraun::{library_benchmark, library_benchmark_group, main};
use lambda_runtime::{Error, LambdaInvocation};
use opentelemetry_sdk::trace::InMemorySpanExporter;
use powertools_lambda_core::InvocationLayer;
use powertools_lambda_core::test_util::{TestEnvironment, context, request};
use powertools_lambda_opentelemetry::OpenTelemetry;
use powertools_lambda_tracer::Tracer;
use tower::Service as _;
use tower_layer::Layer as _;
use tracing::Dispatch;
use tracing_subscriber::layer::SubscriberExt as _;

struct Function {
    layer: InvocationLayer,
    dispatch: Dispatch,
    steps: usize,
}

impl Function {
    fn new(propagators: Option<&str>, steps: usize) -> Self {
        let environment = TestEnvironment::new().var("LAMBDA_TASK_ROOT", "/var/task");
        let tracer = Tracer::builder().environment(&environment);
        let tracer = match propagators {
            None => tracer.build(),
            Some(propagators) => {
                let environment = environment.var("OTEL_PROPAGATORS", propagators);
                let builder = OpenTelemetry::builder().environment(&environment);
                let open_telemetry = builder.exporter(InMemorySpanExporter::default()).build();
                open_telemetry.unwrap().configure(tracer).build()
            }
        };
        let function = Self {
            layer: tracer.invocation_layer(),
            dispatch: tracing_subscriber::registry().with(tracer.subscriber_layer()).into(),
            steps,
        };
        (0..10).for_each(|_| function.invoke());
        function
    }

    fn invoke(&self) {
        let _guard = tracing::dispatcher::set_default(&self.dispatch);
        let mut context = context();
        context.xray_trace_id =
            Some("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0".to_owned());
        let steps = self.steps;
        let mut service = self
            .layer
            .layer(tower::service_fn(move |_: LambdaInvocation| async move {
                for number in 0..steps {
                    drop(tracing::info_span!("charge", tenant = "acme", number));
                }
                Ok::<(), Error>(())
            }));
        let call = pin!(service.call(request(context, r#"{"id":"A-1","item":"book"}"#)));
        let mut call = call;
        match call.as_mut().poll(&mut TaskContext::from_waker(Waker::noop())) {
            Poll::Ready(answer) => answer.unwrap(),
            Poll::Pending => unreachable!("nothing waits"),
        }
    }
}

#[library_benchmark]
#[bench::x_ray(Function::new(None, 0))]
#[bench::xray_propagator(Function::new(Some("xray"), 0))]
#[bench::both_propagators(Function::new(Some("xray,tracecontext"), 0))]
fn unsampled_invocation(function: Function) -> Function {
    function.invoke();
    function
}

#[library_benchmark]
#[bench::x_ray(Function::new(None, 20))]
#[bench::xray_propagator(Function::new(Some("xray"), 20))]
#[bench::both_propagators(Function::new(Some("xray,tracecontext"), 20))]
fn with_20_spans(function: Function) -> Function {
    function.invoke();
    function
}

library_benchmark_group!(name = unsampled, benchmarks = [unsampled_invocation, with_20_spans]);
main!(library_benchmark_groups = unsampled);
