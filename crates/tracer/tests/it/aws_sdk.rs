//! Calls of real AWS SDK clients, answered by the SDK's own replay client.

use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_http_client::test_util::{NeverClient, ReplayEvent, StaticReplayClient};
use aws_smithy_runtime_api::client::http::HttpClient;
use aws_smithy_types::body::SdkBody;
use lambda_runtime::Error;
use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_tracer::{Tracer, trace_header};
use serde_json::json;
use tracing::Instrument as _;

use crate::common::{Function, PARENT, ROOT, named, sampled, with_header};

fn answers(answers: &[(u16, &str)]) -> StaticReplayClient {
    let events = answers.iter().map(|(status, body)| {
        let response = http::Response::builder()
            .status(*status)
            .header("x-amzn-requestid", "R7")
            .header("content-length", body.len())
            .body(SdkBody::from(*body))
            .unwrap();
        ReplayEvent::new(http::Request::new(SdkBody::empty()), response)
    });
    StaticReplayClient::new(events.collect())
}

fn dynamodb(tracer: &Tracer, http: impl HttpClient + 'static) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("AKID", "secret", None, None, "test"))
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)))
        .http_client(http)
        .interceptor(tracer.aws_interceptor());
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

async fn put(client: &aws_sdk_dynamodb::Client) -> bool {
    let item = AttributeValue::S("7".into());
    client
        .put_item()
        .table_name("orders")
        .item("id", item)
        .send()
        .await
        .is_ok()
}

async fn succeeds(client: &aws_sdk_dynamodb::Client) -> Result<(), Error> {
    assert!(put(client).await);
    Ok(())
}

async fn fails(client: &aws_sdk_dynamodb::Client) -> Result<(), Error> {
    assert!(!put(client).await);
    Ok(())
}

#[tokio::test]
async fn a_call_is_a_subsegment_of_the_current_span_and_propagates_it() {
    let function = Function::new();
    let http = answers(&[(200, "{}")]);
    let client = dynamodb(&function.tracer, http.clone());
    let documents = function
        .trace(|_| {
            let span = tracing::info_span!("save");
            async { succeeds(&client).await }.instrument(span)
        })
        .await;
    let call = named(&documents, "DynamoDB");
    assert_eq!(call["namespace"], "aws");
    assert_eq!(
        call["aws"],
        json!({"operation": "PutItem", "region": "eu-west-1", "request_id": "R7", "retries": 0, "table_name": "orders"})
    );
    assert_eq!(call["http"], json!({"response": {"status": 200, "content_length": 2}}));
    assert_eq!(call["parent_id"], named(&documents, "## save")["id"]);
    assert!(call.get("fault").is_none() && call.get("error").is_none());
    assert_eq!(documents.len(), 3, "no span of the SDK's own: {documents:#?}");

    let sent = http.actual_requests().next().unwrap();
    let header = sent.headers().get("x-amzn-trace-id").unwrap();
    assert_eq!(
        header,
        format!("Root={ROOT};Parent={};Sampled=1", call["id"].as_str().unwrap())
    );
    let toolkit = format!("lib/powertools-lambda-rust/{}", env!("CARGO_PKG_VERSION"));
    let agents = ["user-agent", "x-amz-user-agent"].map(|name| sent.headers().get(name).unwrap_or_default());
    assert!(agents.iter().any(|agent| agent.contains(&toolkit)), "{agents:?}");
}

#[tokio::test]
async fn resource_names_that_fill_a_document_are_cut_with_a_warning() {
    use aws_sdk_dynamodb::types::KeysAndAttributes;

    let function = Function::new();
    let client = dynamodb(&function.tracer, answers(&[(200, "{}")]));
    let documents = function
        .trace(async |_| {
            let keys = KeysAndAttributes::builder().keys([].into()).build()?;
            let mut call = client.batch_get_item();
            for table in 0..100 {
                call = call.request_items(format!("{table}{}", "\"".repeat(400)), keys.clone());
            }
            call.send().await?;
            Ok(())
        })
        .await;
    let names = named(&documents, "DynamoDB")["aws"]["table_names"].as_array().unwrap();
    assert!((80..100).contains(&names.len()), "{}", names.len());
    let [warning] = &function.environment.warnings()[..] else {
        panic!("{:?}", function.environment.warnings())
    };
    assert!(
        warning.starts_with("the document of a span exceeds 64000 bytes"),
        "{warning}"
    );
}

#[tokio::test]
async fn retries_are_counted_and_carry_the_header() {
    let function = Function::new();
    let http = answers(&[(500, ""), (500, ""), (200, "{}")]);
    let client = dynamodb(&function.tracer, http.clone());
    let documents = function.trace(async |_| succeeds(&client).await).await;
    let call = named(&documents, "DynamoDB");
    assert_eq!(
        (&call["aws"]["retries"], &call["http"]["response"]["status"]),
        (&json!(2), &json!(200))
    );
    assert!(call.get("fault").is_none());
    let headers: Vec<_> = http
        .actual_requests()
        .map(|request| request.headers().get("x-amzn-trace-id").unwrap())
        .collect();
    assert!(headers.len() == 3 && headers.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn what_the_service_answers_is_an_error_a_throttle_or_a_fault() {
    let refused = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"secret"}"#;
    let throttled = r#"{"__type":"ProvisionedThroughputExceededException","message":"slow down"}"#;
    let function = Function::new();
    for (status, body, flags, name) in [
        (400, refused, ["error"].as_slice(), "ConditionalCheckFailedException"),
        (
            400,
            throttled,
            &["error", "throttle"],
            "ProvisionedThroughputExceededException",
        ),
        (503, "", &["fault"], ""),
    ] {
        let client = dynamodb(&function.tracer, answers(&[(status, body); 3]));
        let documents = function.trace(async |_| fails(&client).await).await;
        let call = named(&documents, "DynamoDB");
        for flag in ["fault", "error", "throttle"] {
            assert_eq!(call.get(flag).is_some(), flags.contains(&flag), "{flag} {call:#}");
        }
        let exception = &call["cause"]["exceptions"][0];
        assert_eq!(exception["remote"], true);
        if !name.is_empty() {
            assert_eq!(exception["type"], name);
        }
        assert!(named(&documents, "## handler").get("fault").is_none());
    }
}

#[tokio::test]
async fn error_texts_of_services_can_be_kept_out() {
    let function = Function::with(TestEnvironment::new().var("POWERTOOLS_TRACER_CAPTURE_ERROR", "false"));
    let client = dynamodb(
        &function.tracer,
        answers(&[(
            400,
            r#"{"__type":"ConditionalCheckFailedException","message":"secret"}"#,
        )]),
    );
    function.invoke(sampled(), async |_| fails(&client).await).await;
    let datagrams = function.daemon.datagrams();
    assert!(datagrams[0].contains(r#""error":true"#), "{datagrams:?}");
    assert!(
        datagrams
            .iter()
            .all(|datagram| !datagram.contains("secret") && !datagram.contains("cause"))
    );
}

#[tokio::test]
async fn a_call_without_an_answer_and_a_cancelled_one_are_faults() {
    let function = Function::new();
    let client = dynamodb(&function.tracer, NeverClient::new());
    let documents = function
        .trace(async |_| {
            let timeout = aws_sdk_dynamodb::config::timeout::TimeoutConfig::builder()
                .operation_timeout(Duration::from_millis(20))
                .build();
            let call = client.list_tables().customize();
            let result = call
                .config_override(aws_sdk_dynamodb::Config::builder().timeout_config(timeout))
                .send()
                .await;
            assert!(result.is_err());
            let cancelled = tokio::time::timeout(Duration::from_millis(20), put(&client)).await;
            assert!(cancelled.is_err());
            Ok(())
        })
        .await;
    let calls: Vec<_> = documents
        .iter()
        .filter(|document| document["name"] == "DynamoDB")
        .collect();
    let types: Vec<_> = calls
        .iter()
        .map(|call| call["cause"]["exceptions"][0]["type"].as_str().unwrap())
        .collect();
    assert_eq!(types, ["TimeoutError", "Cancelled"]);
    assert!(calls.iter().all(|call| call["fault"] == true));
    assert_eq!(calls[0]["aws"]["operation"], "ListTables");
}

#[tokio::test]
async fn an_unsampled_call_sends_the_header_and_no_document() {
    let function = Function::new();
    let http = answers(&[(200, "{}")]);
    let client = dynamodb(&function.tracer, http.clone());
    let header = format!("Root={ROOT};Parent={PARENT};Sampled=0;Lineage=1:a87bd80c:1");
    function
        .invoke(with_header(&header), async |_| succeeds(&client).await)
        .await;
    let sent = http.actual_requests().next().unwrap();
    assert_eq!(sent.headers().get("x-amzn-trace-id"), Some(header.as_str()));
    assert!(function.daemon.documents().is_empty());
}

#[tokio::test]
async fn outside_an_invocation_a_call_is_left_alone() {
    let function = Function::new();
    let http = answers(&[(200, "{}")]);
    assert!(put(&dynamodb(&function.tracer, http.clone())).await);
    assert!(
        http.actual_requests()
            .next()
            .unwrap()
            .headers()
            .get("x-amzn-trace-id")
            .is_none()
    );
    assert!(trace_header().is_none());
    assert!(function.daemon.documents().is_empty());
}

#[tokio::test]
async fn a_queue_is_named_by_its_url() {
    let function = Function::new();
    let body = r#"{"MessageId":"1","MD5OfMessageBody":"49f68a5c8493ec2c0bf489821c21fc3b"}"#;
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("AKID", "secret", None, None, "test"))
        .http_client(answers(&[(200, body)]))
        .interceptor(function.tracer.aws_interceptor());
    let client = aws_sdk_sqs::Client::from_conf(config.build());
    let url = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders";
    let documents = function
        .trace(async |_| {
            assert!(
                client
                    .send_message()
                    .queue_url(url)
                    .message_body("hi")
                    .send()
                    .await
                    .is_ok()
            );
            Ok(())
        })
        .await;
    let call = named(&documents, "SQS");
    assert_eq!(
        (&call["aws"]["operation"], &call["aws"]["queue_url"]),
        (&json!("SendMessage"), &json!(url))
    );
}
