//! The smallest function with logs, metrics and traces, or with the subscriber of `lambda_runtime`; `cargo xtask compile-cost`
//! builds it.

use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let handler = service_fn(async |event: LambdaEvent<String>| Ok::<_, Error>(event.payload));
    #[cfg(feature = "toolkit")]
    return powertools_lambda::Powertools::from_env().run(handler).await;
    #[cfg(not(feature = "toolkit"))]
    {
        #[cfg(feature = "default-subscriber")]
        lambda_runtime::tracing::init_default_subscriber();
        lambda_runtime::run(handler).await
    }
}
