//! The testing kit: a handler under test, with what it logged, counted and traced.
//!
//! [`TestFunction`] runs a handler as Lambda would, without a Runtime API. [`events`] has an event of every source.
//!
//! ```
//! use lambda_runtime::{Error, LambdaEvent, service_fn};
//! use powertools_lambda::batch::sqs::{SqsBatchResponse, SqsEvent};
//! use powertools_lambda::batch::{self, BatchResult, Json};
//! use powertools_lambda::metrics::{self, Unit};
//! use powertools_lambda::test_util::{TestFunction, events};
//! use tracing::info;
//!
//! async fn handler(event: LambdaEvent<SqsEvent>) -> BatchResult<SqsEvent> {
//!     batch::process(event, charge).await
//! }
//!
//! async fn charge(Json(amount): Json<u32>) -> Result<(), Error> {
//!     info!(amount, "charging");
//!     metrics::add("Charged", Unit::Count, amount);
//!     Ok(())
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! // in a `#[tokio::test]`:
//! let test = TestFunction::new();
//! let event = events::sqs().message("7").message("not JSON");
//! let response: SqsBatchResponse = test.invoke(service_fn(handler), event).await.unwrap();
//!
//! assert_eq!(response.batch_item_failures.len(), 1);
//! assert_eq!(test.records()[0].message(), "charging");
//! assert_eq!(test.records()[0]["amount"], 7);
//! assert_eq!(test.metrics().sum("Charged"), 7.0);
//! assert_eq!(test.span("handler").annotation("ColdStart").unwrap(), true);
//! # }
//! ```
//!
//! The examples of the repository are tested in this way. What this does not cover is the Runtime API itself; for that, run
//! the function with `cargo lambda watch`.

#[cfg(all(feature = "http-api", feature = "logger", feature = "metrics", feature = "tracer"))]
mod answer;
#[cfg(all(feature = "logger", feature = "metrics", feature = "tracer"))]
mod function;

#[doc(inline)]
pub use powertools_lambda_core::test_util::{
    EmittedMetric, EmittedMetrics, LoggedRecord, ManualClock, MemoryOutput, TestEnvironment, context, events, request,
    traced_context,
};
#[cfg(feature = "parameters")]
#[doc(inline)]
pub use powertools_lambda_parameters::test_util::MapProvider;
#[cfg(feature = "tracer")]
#[doc(inline)]
pub use powertools_lambda_tracer::test_util::{EmittedSpan, MemoryEmitter};

#[cfg(all(feature = "logger", feature = "metrics", feature = "tracer"))]
pub use self::function::{TestFunction, TestFunctionBuilder};
