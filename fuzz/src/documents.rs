//! The checks of metric documents and X-Ray documents that the crates' own tests have.

#[path = "../../crates/metrics/tests/it/common/emf.rs"]
pub mod emf;
#[allow(unreachable_pub)]
#[path = "../../crates/tracer/tests/it/common/schema.rs"]
mod schema;

/// Fails if X-Ray would not accept the document.
pub fn check_xray(document: &serde_json::Value) {
    schema::check(document);
}
