//! The function that both READMEs and the site show: its code is here and runs, and its output is what they show.

use lambda_runtime::{Error, LambdaEvent, LambdaInvocation};
use powertools_lambda::Powertools;
use powertools_lambda::test_util::{TestEnvironment, context, request};
use tower::{Layer, Service, ServiceExt, service_fn};
use tracing_subscriber::layer::SubscriberExt;

#[allow(dead_code, clippy::unused_async, clippy::unnecessary_wraps)] // most of it is left out
mod function {
    // example: function
    use lambda_runtime::{Error, LambdaEvent, service_fn};
    use powertools_lambda::metrics::{self, Unit};
    use powertools_lambda::{Powertools, logger, tracer};
    use serde::Deserialize;
    use tracing::{info, instrument};

    #[derive(Deserialize)]
    struct Order {
        id: String,
        tenant: String,
    }

    #[tokio::main]
    async fn main() -> Result<(), Error> {
        Powertools::from_env().run(service_fn(handler)).await
    }

    async fn handler(event: LambdaEvent<Order>) -> Result<(), Error> {
        logger::append_key("order_id", &event.payload.id); // on every further record of this invocation
        info!("collecting payment");
        charge(&event.payload).await?;
        metrics::add("OrdersPlaced", Unit::Count, 1);
        Ok(())
    }

    #[instrument(skip_all, err)] // a subsegment of the trace; `err` marks it as failed and logs the error
    async fn charge(order: &Order) -> Result<(), Error> {
        tracer::annotate("tenant", &order.tenant); // to find the trace by
        // …
        Ok(())
    }
    // end

    pub(super) async fn call(context: lambda_runtime::Context) -> Result<(), Error> {
        let order = serde_json::from_str(r#"{"id":"A-1","tenant":"acme"}"#)?;
        handler(LambdaEvent::new(order, context)).await
    }
}

#[cfg(feature = "parameters-ssm")]
#[allow(dead_code)] // it needs Lambda
mod snapstart {
    use std::sync::Arc;

    use lambda_runtime::{Error, LambdaEvent, service_fn};
    use powertools_lambda::Powertools;
    use powertools_lambda::parameters::ssm::SsmParameters;

    // example: snapstart
    async fn serve(parameters: SsmParameters) -> Result<(), Error> {
        let powertools = Powertools::from_env().register_snapstart_resource(Arc::new(parameters.clone()));
        powertools
            .run(service_fn(move |event| handler(parameters.clone(), event)))
            .await
    }
    // end

    async fn handler(parameters: SsmParameters, _: LambdaEvent<()>) -> Result<(), Error> {
        parameters.get("/shop/currency").await?;
        Ok(())
    }
}

#[tokio::test]
async fn the_readmes_show_this_code_and_what_it_writes() {
    let environment = TestEnvironment::new()
        .var("POWERTOOLS_SERVICE_NAME", "orders")
        .var("POWERTOOLS_METRICS_NAMESPACE", "Shop");
    let powertools = Powertools::builder().environment(&environment).build();
    let subscriber = tracing_subscriber::registry().with(powertools.subscriber_layer());
    let _guard = tracing::subscriber::set_default(subscriber);
    let handler = powertools
        .handler_layer()
        .layer(service_fn(|event: LambdaEvent<()>| function::call(event.context)));
    let runtime = service_fn(move |request: LambdaInvocation| {
        let mut handler = handler.clone();
        async move { Service::call(&mut handler, LambdaEvent::new((), request.context)).await }
    });
    let invocation: Result<(), Error> = powertools
        .invocation_layer()
        .layer(runtime)
        .oneshot(request(context(), "null"))
        .await;
    invocation.unwrap();
    // The module of the function is a user's.
    let written = environment.lines().join("\n").replace("it::readme::function", "orders");
    for (name, text) in [
        ("crates/powertools-lambda/README.md", include_str!("../../README.md")),
        ("README.md", include_str!("../../../../README.md")),
    ] {
        guide_check::check(name, text, include_str!("readme.rs"), |guide| {
            guide.code("function");
            // The site quotes the output of the README by this name.
            let output = if name == "README.md" { "output" } else { "function" };
            guide.output(output, "json", &written);
            guide.left_out("$ cargo add powertools-lambda", "commands that need the registry");
            if name == "README.md" {
                guide.left_out(
                    "$ cargo lambda new",
                    "commands of which the end-to-end suite runs the like",
                );
                guide.left_out("$ cargo xtask demo", "commands that CI runs");
            }
        });
    }
}

#[test]
fn the_site_shows_this_code() {
    let (name, text) = (
        "docs/site/concurrency.md",
        include_str!("../../../../docs/site/concurrency.md"),
    );
    guide_check::check(name, text, include_str!("readme.rs"), |guide| guide.code("snapstart"));
    let (name, text) = ("docs/site/start.md", include_str!("../../../../docs/site/start.md"));
    guide_check::check(name, text, include_str!("readme.rs"), |guide| {
        for command in [
            "$ cargo lambda new",
            "$ cargo test",
            "$ cargo lambda watch",
            "$ cargo xtask demo",
            "$ cargo lambda build",
            "$ cargo add powertools-lambda",
        ] {
            guide.left_out(
                command,
                "commands that need other programs; the end-to-end suite of the templates runs them",
            );
        }
    });
}
