//! A function whose spans go to an OpenTelemetry receiver.

#![allow(dead_code)] // each set of features uses its part

#[cfg(feature = "otlp")]
pub(crate) mod receiver;

use std::future::Future;

use lambda_runtime::{Context, Error, LambdaInvocation};
use powertools_lambda_core::test_util::{TestEnvironment, request, traced_context};
use powertools_lambda_opentelemetry::{OpenTelemetry, OpenTelemetryBuilder};
use powertools_lambda_tracer::Tracer;
use tower::Service as _;
use tower_layer::Layer as _;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt as _;

pub(crate) struct Function {
    pub(crate) environment: TestEnvironment,
    pub(crate) tracer: Tracer,
    _subscriber: DefaultGuard,
}

impl Function {
    pub(crate) fn new(
        environment: TestEnvironment,
        configure: impl FnOnce(OpenTelemetryBuilder) -> OpenTelemetryBuilder,
    ) -> Self {
        let environment = environment
            .var("LAMBDA_TASK_ROOT", "/var/task")
            .var("AWS_LAMBDA_FUNCTION_NAME", "checkout")
            .var("AWS_REGION", "eu-west-1");
        let builder = OpenTelemetry::builder().environment(&environment);
        let open_telemetry = configure(builder).build().unwrap();
        let tracer = open_telemetry
            .configure(Tracer::builder().environment(&environment))
            .build();
        let subscriber = tracing_subscriber::registry().with(tracer.subscriber_layer());
        Self {
            environment,
            _subscriber: tracing::subscriber::set_default(subscriber),
            tracer,
        }
    }

    /// Invokes the function, sampled by X-Ray, with one span in its handler.
    pub(crate) async fn invoke(&self) {
        self.invoke_with(traced_context(), "{}", async { drop(tracing::info_span!("charge")) })
            .await;
    }

    pub(crate) async fn invoke_with(&self, context: Context, event: &str, handler: impl Future<Output = ()> + Send) {
        let mut handler = Some(handler);
        let runtime = tower::service_fn(move |_: LambdaInvocation| {
            let handler = handler.take();
            async move {
                if let Some(handler) = handler {
                    handler.await;
                }
                Ok::<(), Error>(())
            }
        });
        let mut service = self.tracer.invocation_layer().layer(runtime);
        service.call(request(context, event.to_owned())).await.unwrap();
    }
}
