//! The examples of `crates/tracer/docs/guide.md` are run here, and the guide must show the documents that they send.

#![allow(clippy::unused_async)] // a handler is async

// example: imports
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::tower::Layer;
use lambda_runtime::{Error, LambdaEvent, Service, service_fn};
use powertools_lambda_tracer::{self as tracer, SpanExt, Tracer};
use serde_json::{Value, json};
use tracing::{info_span, instrument};
// end

use std::time::Duration;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_http_client::test_util::infallible_client_fn;
use powertools_lambda_core::test_util::TestEnvironment;
use serde::Serialize;
use tower::ServiceExt;

use crate::common::{self, Function, with_header};

#[derive(Serialize)]
struct Order {
    id: u64,
    items: u32,
    #[serde(skip)]
    card: Card,
}

struct Card {
    kind: &'static str,
}

const ORDER: Order = Order {
    id: 7,
    items: 2,
    card: Card { kind: "debit" },
};

fn function() -> Function {
    Function::with(TestEnvironment::new().var("POWERTOOLS_SERVICE_NAME", "orders"))
}

async fn spans() -> Vec<Value> {
    // example: spans
    async fn handler(order: &Order) -> Result<(), Error> {
        charge(order).await;
        Ok(())
    }

    #[instrument(skip_all, fields(order_id = order.id, card = %order.card.kind, metadata.items = order.items))]
    async fn charge(order: &Order) {
        authorise().await;
    }

    #[instrument(fields(trace.name = "bank"))]
    async fn authorise() {}
    // end
    let function = function();
    let clock = function.environment.clock().clone();
    function
        .sent(|_| {
            clock.advance(Duration::from_millis(6));
            handler(&ORDER)
        })
        .await
}

async fn annotations() -> Vec<Value> {
    // example: annotations
    async fn handler(order: &Order) -> Result<(), Error> {
        tracer::annotate("tenant", "acme");
        tracer::annotate("items", order.items);
        tracer::add_metadata("order", order);
        tracer::add_metadata_in("audit", "checked_by", ["fraud", "stock"]);

        let span = info_span!("reserve");
        span.annotate("warehouse", 7).add_metadata("shelves", [3, 4]);
        Ok(())
    }
    // end
    function().sent(|_| handler(&ORDER)).await
}

async fn errors() -> Vec<Value> {
    // example: errors
    #[derive(Debug, thiserror::Error)]
    #[error("payment of order {0} failed")]
    struct PaymentError(u64, #[source] CardError);

    #[derive(Debug, thiserror::Error)]
    #[error("card was declined")]
    struct CardError;

    async fn handler(order: &Order) -> Result<(), Error> {
        charge(order.id).await?;
        Ok(())
    }

    #[instrument(err)]
    async fn charge(id: u64) -> Result<(), PaymentError> {
        Err(PaymentError(id, CardError))
    }
    // end
    function().sent(|_| handler(&ORDER)).await
}

async fn responses() -> Vec<Value> {
    // example: responses
    fn wrapped(tracer: &Tracer) -> impl Service<LambdaEvent<()>, Error = Error> {
        tracer.response_layer().layer(service_fn(handler))
    }

    async fn handler(_: LambdaEvent<()>) -> Result<Value, Error> {
        Ok(json!({"receipt": "R-7"}))
    }
    // end
    let function = function();
    let handler = wrapped(&function.tracer);
    function.invoke_service(common::sampled(), "{}", handler).await;
    function.daemon.documents()
}

async fn sdk() -> Vec<Value> {
    // example: sdk
    fn client(tracer: &Tracer, config: aws_sdk_dynamodb::config::Builder) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::from_conf(config.interceptor(tracer.aws_interceptor()).build())
    }

    async fn handler(client: &aws_sdk_dynamodb::Client, order: &Order) -> Result<(), Error> {
        let id = AttributeValue::N(order.id.to_string());
        client.put_item().table_name("orders").item("id", id).send().await?;
        Ok(())
    }
    // end
    let function = function();
    let answer = |_| {
        let answer = http::Response::builder()
            .header("x-amzn-requestid", "V0M2TGOK")
            .body("{}");
        answer.unwrap()
    };
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("AKID", "secret", None, None, "test"))
        .http_client(infallible_client_fn(answer));
    let client = client(&function.tracer, config);
    function.sent(|_| handler(&client, &ORDER)).await
}

async fn http() -> Vec<Value> {
    // example: http
    fn client<S>(tracer: &Tracer, http: S) -> tracer::HttpService<S> {
        let layer = tracer
            .http_layer()
            .propagate_to("*.payments.example")
            .ignore("localhost", "/health");
        layer.layer(http)
    }
    // end
    let function = function();
    let service = service_fn(async |_: http::Request<()>| {
        let answer = http::Response::builder()
            .status(429)
            .header("content-length", 21)
            .body(());
        Ok::<_, Error>(answer?)
    });
    let client = client(&function.tracer, service);
    function
        .sent(|_| {
            let request = http::Request::post("https://user:word@api.payments.example/charges?card=4242").body(());
            let client = client.clone();
            async move { client.oneshot(request?).await.map(|_| ()) }
        })
        .await
}

async fn links() -> Vec<Value> {
    let function = function();
    let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    let event = json!({"Records": [{"body": "{}", "attributes": {"AWSTraceHeader": header}}]}).to_string();
    let context = with_header("Root=1-6b04fdad-801ce56249fb4511917954f4;Parent=557abcec3ee5a047;Sampled=1");
    let handler = service_fn(async |_| Ok::<_, Error>(()));
    function.invoke_service(context, &event, handler).await;
    function.daemon.documents()
}

#[tokio::test]
async fn the_guide_shows_this_code_and_what_it_sends() {
    let examples = [
        ("spans", spans().await),
        ("annotations", annotations().await),
        ("errors", errors().await),
        ("responses", responses().await),
        ("sdk", sdk().await),
        ("http", http().await),
        ("links", links().await),
    ];
    // The guide has the paths of the umbrella crate.
    let source = include_str!("guide.rs").replace(
        "powertools_lambda_tracer::{self as tracer",
        "powertools_lambda::tracer::{self",
    );
    let text = include_str!("../../docs/guide.md");
    guide_check::check("crates/tracer/docs/guide.md", text, &source, |guide| {
        guide.code("imports");
        for (name, documents) in &examples {
            // Links are found in the event, without code.
            if *name != "links" {
                guide.code(name);
            }
            guide.output(name, "json", &guide_check::documents(documents));
        }
        guide.left_out(
            "use powertools_lambda::parameters::Parameters;",
            "the parameters utility is not a dependency",
        );
        guide.left_out("let client = reqwest_middleware::", "the tests of HTTP calls cover it");
        guide.left_out(
            "Trace 1-",
            "it is the output of a run of the quickstart, and each run differs",
        );
    });
}
