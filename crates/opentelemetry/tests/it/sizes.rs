//! The bound of a request's size holds.

use opentelemetry_sdk::trace::InMemorySpanExporter;
use powertools_lambda_core::test_util::{TestEnvironment, traced_context};
use powertools_lambda_tracer::add_metadata;

use crate::common::Function;

#[tokio::test]
async fn a_batch_has_at_most_so_many_spans() {
    let exporter = InMemorySpanExporter::default();
    let environment = TestEnvironment::new().var("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "7");
    let function = Function::new(environment, |builder| builder.exporter(exporter.clone()));
    function
        .invoke_with(traced_context(), "{}", async {
            for number in 0..20 {
                let span = tracing::info_span!("item");
                span.in_scope(|| add_metadata("number", number));
            }
        })
        .await;
    assert_eq!(exporter.get_finished_spans().unwrap().len(), 21);
}
