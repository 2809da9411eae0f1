//! What the targets share: the parts of an input, invocations in memory, and readers that are not ours.

pub mod input;
pub mod invocation;
pub mod json;

/// The checks of metric documents and X-Ray documents that the crates' own tests have.
#[allow(unreachable_pub)]
pub mod documents {
    #[path = "../../../crates/metrics/tests/it/common/emf.rs"]
    pub mod emf;
    #[path = "../../../crates/tracer/tests/it/common/schema.rs"]
    mod schema;

    pub use schema::check as check_xray;
}
