//! A function whose spans go to a receiver.

#[cfg(feature = "otlp")]
pub(crate) mod receiver;

use std::future::Future;

use lambda_runtime::{Context, LambdaInvocation};
use powertools_lambda_core::test_util::{TestEnvironment, request};
use powertools_lambda_core::{BoxedError, HandlerLayer};
use powertools_lambda_opentelemetry::{OpenTelemetry, OpenTelemetryBuilder};
use powertools_lambda_tracer::Tracer;
use tower::{Layer as _, ServiceExt as _, service_fn};
use tracing::instrument::WithSubscriber as _;
use tracing_subscriber::layer::SubscriberExt as _;
