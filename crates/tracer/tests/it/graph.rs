//! The service graph and the timeline that X-Ray would show for a function that calls DynamoDB, SQS and an HTTP
//! backend.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_http_client::test_util::infallible_client_fn;
use lambda_runtime::Error;
use serde_json::Value;
use tracing_subscriber::layer::SubscriberExt;

use crate::common::{Function, PARENT, ROOT};

/// The function's segment, which Lambda sends, and the nodes it calls: name and kind.
type Edges = BTreeSet<(String, String)>;

/// Returns the edges of the service graph: each subsegment with a namespace is a separate node.
fn edges(documents: &[Value]) -> Edges {
    let calls = documents.iter().filter_map(|document| {
        let namespace = document.get("namespace")?.as_str()?;
        let name = document["name"].as_str()?;
        Some((name.to_owned(), namespace.to_owned()))
    });
    calls.collect()
}

/// Returns the lines of the timeline, each indented below its parent, in the order of their begin.
fn timeline(documents: &[Value]) -> Vec<String> {
    fn below(parent: &Value, depth: usize, documents: &[Value], lines: &mut Vec<String>) {
        let mut children: Vec<_> = documents
            .iter()
            .filter(|document| document["parent_id"] == *parent)
            .collect();
        let begin = |document: &&Value| document["start_time"].as_f64().unwrap();
        children.sort_by(|a, b| begin(a).total_cmp(&begin(b)));
        for child in children {
            let operation = child["aws"]["operation"]
                .as_str()
                .map(|name| format!(" {name}"))
                .unwrap_or_default();
            let mark = if child["fault"] == true { " fault" } else { "" };
            lines.push(format!(
                "{}{}{operation}{mark}",
                "  ".repeat(depth),
                child["name"].as_str().unwrap()
            ));
            below(&child["id"], depth + 1, documents, lines);
        }
    }
    let mut lines = Vec::new();
    below(&Value::from(PARENT), 0, documents, &mut lines);
    lines
}

#[tokio::test]
async fn the_service_graph_has_exactly_the_services_called() {
    let backend = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = backend.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = backend.accept().unwrap();
        let length = stream.read(&mut [0; 4_096]).unwrap();
        assert!(length > 0);
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            .unwrap();
    });

    let function = Function::new();
    // A second layer without a filter enables all spans, including those of the SDK and of hyper.
    let everything = tracing_subscriber::layer::Identity::new();
    let subscriber = tracing_subscriber::registry()
        .with(function.tracer.subscriber_layer())
        .with(everything);
    let _guard = tracing::subscriber::set_default(subscriber);
    let tracer = &function.tracer;
    let clock = function.environment.clock().clone();
    let answer = {
        let clock = clock.clone();
        infallible_client_fn(move |request| {
            clock.advance(Duration::from_millis(5));
            let target = request.headers().get("x-amz-target").unwrap().to_str().unwrap();
            let body = if target.starts_with("AmazonSQS") {
                r#"{"MessageId":"1","MD5OfMessageBody":"49f68a5c8493ec2c0bf489821c21fc3b"}"#
            } else {
                "{}"
            };
            http::Response::builder().status(200).body(body).unwrap()
        })
    };
    let credentials = Credentials::new("AKID", "secret", None, None, "test");
    let table = aws_sdk_dynamodb::Client::from_conf(
        aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(credentials.clone())
            .http_client(answer.clone())
            .interceptor(tracer.aws_interceptor())
            .build(),
    );
    let queue = aws_sdk_sqs::Client::from_conf(
        aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(credentials)
            .http_client(answer)
            .interceptor(tracer.aws_interceptor())
            .build(),
    );
    let payment = reqwest_middleware::ClientBuilder::new(reqwest::Client::builder().no_proxy().build().unwrap())
        .with(tracer.http_layer())
        .build();

    #[tracing::instrument(skip_all)]
    async fn save(table: &aws_sdk_dynamodb::Client) -> Result<(), Error> {
        let id = AttributeValue::S("7".into());
        table.put_item().table_name("orders").item("id", id).send().await?;
        Ok(())
    }

    let documents = function
        .trace(async |_| {
            save(&table).await?;
            clock.advance(Duration::from_millis(1));
            payment.get(format!("http://{address}/pay")).send().await?;
            clock.advance(Duration::from_millis(1));
            queue
                .send_message()
                .queue_url("https://sqs.eu-west-1.amazonaws.com/123456789012/orders")
                .message_body("hi")
                .send()
                .await?;
            Ok(())
        })
        .await;
    server.join().unwrap();

    let expected = [("DynamoDB", "aws"), ("SQS", "aws"), ("127.0.0.1", "remote")];
    let expected: Edges = expected.map(|(name, kind)| (name.to_owned(), kind.to_owned())).into();
    assert_eq!(edges(&documents), expected);
    assert_eq!(
        timeline(&documents),
        [
            "## handler",
            "  ## save",
            "    DynamoDB PutItem",
            "  127.0.0.1",
            "  SQS SendMessage"
        ]
    );
    // Every subsegment is part of the tree and of the same trace.
    assert_eq!(documents.len(), 5, "{documents:#?}");
    assert!(documents.iter().all(|document| document["trace_id"] == ROOT));
    for document in &documents {
        let parent = documents.iter().find(|other| other["id"] == document["parent_id"]);
        let Some(parent) = parent else { continue };
        let time = |document: &Value, key: &str| document[key].as_f64().unwrap();
        assert!(time(parent, "start_time") <= time(document, "start_time"));
        assert!(time(parent, "end_time") >= time(document, "end_time"));
    }
}
