//! The events of the testing kit decode into the types that functions use for them.

use aws_lambda_events::{
    alb::AlbTargetGroupRequest,
    apigw::{ApiGatewayProxyRequest, ApiGatewayV2httpRequest, ApiGatewayWebsocketProxyRequest},
    cloudwatch_logs::LogsEvent,
    cognito::CognitoEventUserPoolsPreSignup,
    dynamodb,
    eventbridge::EventBridgeEvent,
    kafka::KafkaEvent,
    kinesis::KinesisEvent,
    lambda_function_urls::LambdaFunctionUrlRequest,
    s3::S3Event,
    sns::SnsEvent,
    sqs::SqsEvent,
};
use powertools_lambda_core::test_util::events;
use serde_json::{Value, json};

#[test]
fn http_events_decode_with_path_query_header_and_body() {
    let body = json!({"id": "A-1"});
    let rest: ApiGatewayProxyRequest = events::api_gateway_rest("POST", "/orders/7")
        .header("x-tenant", "acme")
        .query("dry_run", "true")
        .json_body(&body)
        .decode();
    assert_eq!(
        (rest.http_method.as_str(), rest.path.as_deref()),
        ("POST", Some("/orders/7"))
    );
    assert_eq!(rest.query_string_parameters.first("dry_run"), Some("true"));
    assert_eq!(rest.body.as_deref(), Some(r#"{"id":"A-1"}"#));
    let http: ApiGatewayV2httpRequest = events::api_gateway_http("GET", "/orders/7?dry_run=true")
        .path_parameter("id", "7")
        .decode();
    assert_eq!(http.raw_path.as_deref(), Some("/orders/7"));
    assert_eq!(http.path_parameters["id"], "7");
    let url: LambdaFunctionUrlRequest = events::function_url("PUT", "/orders")
        .header("x-tenant", "acme")
        .decode();
    assert_eq!(url.headers["x-tenant"], "acme");
    let alb: AlbTargetGroupRequest = events::alb("GET", "/health").decode();
    assert_eq!(alb.path.as_deref(), Some("/health"));
    let socket: ApiGatewayWebsocketProxyRequest = events::api_gateway_websocket("$default").body("hi").decode();
    assert_eq!(socket.body.as_deref(), Some("hi"));
}

#[test]
fn headers_have_the_names_and_values_that_the_source_sends() {
    let http = events::api_gateway_http("GET", "/")
        .header("X-Id", "1")
        .header("x-id", "2");
    let url = events::function_url("GET", "/").header("X-Id", "1").header("x-id", "2");
    for event in [http.into_json(), url.into_json()] {
        assert_eq!(event["headers"]["x-id"], "1,2");
        assert_eq!(event["headers"].get("X-Id"), None);
    }
    let alb = events::alb("GET", "/").header("X-Id", "1").header("x-id", "2");
    let all = alb.clone().multi_value_headers().into_json();
    assert_eq!(all["multiValueHeaders"]["x-id"], json!(["1", "2"]));
    assert_eq!(all["multiValueHeaders"].get("X-Id"), None);
    let alb = alb.into_json();
    assert_eq!(alb["headers"]["x-id"], "2");
    assert_eq!(alb["headers"].get("X-Id"), None);
    let rest = events::api_gateway_rest("GET", "/").header("X-Id", "1").into_json();
    assert_eq!(rest["headers"]["X-Id"], "1");
    assert_eq!(rest["multiValueHeaders"]["X-Id"], json!(["1"]));
    assert_eq!(rest["headers"].get("x-id"), None);
}

#[test]
fn queries_are_decoded_where_the_source_decodes_them() {
    let path = "/search?q=a%20b+c&tag=x,y&flag";
    let (name, value) = ("email", "a+b@x.com");
    let decoded = json!({"q": "a b c", "tag": "x,y", "flag": "", "email": "a+b@x.com"});
    let encoded = json!({"q": "a%20b+c", "tag": "x,y", "flag": "", "email": "a%2Bb%40x.com"});

    let rest = events::api_gateway_rest("GET", path).query(name, value).into_json();
    assert_eq!(
        (&rest["path"], &rest["queryStringParameters"]),
        (&json!("/search"), &decoded)
    );
    assert_eq!(rest["multiValueQueryStringParameters"]["q"], json!(["a b c"]));
    let http = events::api_gateway_http("GET", path).query(name, value).into_json();
    let url = events::function_url("GET", path).query(name, value).into_json();
    for event in [http, url] {
        assert_eq!(event["rawQueryString"], "q=a%20b+c&tag=x,y&flag&email=a%2Bb%40x.com");
        assert_eq!(event["queryStringParameters"], decoded);
    }
    let alb = events::alb("GET", path).query(name, value);
    let all = alb.clone().multi_value_headers().into_json();
    assert_eq!(alb.into_json()["queryStringParameters"], encoded);
    assert_eq!(all["multiValueQueryStringParameters"]["q"], json!(["a%20b+c"]));
}

#[test]
fn batches_decode_with_every_record() {
    let sqs: SqsEvent = events::sqs()
        .message("first")
        .message_with("second", |message| message.attribute("tenant", "acme"))
        .decode();
    assert_eq!(sqs.records.len(), 2);
    assert_eq!(
        sqs.records[1].message_attributes["tenant"].string_value.as_deref(),
        Some("acme")
    );
    let fifo: SqsEvent = events::sqs_fifo().message("x").decode();
    assert_eq!(fifo.records[0].attributes["MessageGroupId"], "group-1");
    let kinesis: KinesisEvent = events::kinesis().record("data").decode();
    assert_eq!(kinesis.records[0].kinesis.data.0, b"data");
    let stream: dynamodb::Event = events::dynamodb().insert(&json!({"id": "A-1", "total": 12})).decode();
    assert_eq!(stream.records.len(), 1);
    let kafka: KafkaEvent = events::kafka().record("orders", "value").decode();
    assert_eq!(kafka.records.values().map(Vec::len).sum::<usize>(), 1);
}

#[test]
fn notifications_decode() {
    let sns: SnsEvent = events::sns().message("hello").decode();
    assert_eq!(sns.records[0].sns.message, "hello");
    let through_sqs: SqsEvent = events::sns_in_sqs().message("hello").decode();
    let notification: Value = serde_json::from_str(through_sqs.records[0].body.as_deref().unwrap()).unwrap();
    assert_eq!(notification["Message"], "hello");
    let s3: S3Event = events::s3("photos").object_created("a b.jpg").decode();
    assert_eq!(s3.records[0].s3.bucket.name.as_deref(), Some("photos"));
    let bridge: EventBridgeEvent = events::eventbridge("shop", "OrderPlaced")
        .detail(&json!({"id": 7}))
        .decode();
    assert_eq!((bridge.source.as_str(), &bridge.detail["id"]), ("shop", &json!(7)));
    let scheduled: EventBridgeEvent = events::scheduled("nightly").decode();
    assert_eq!(scheduled.detail_type, "Scheduled Event");
    let _logs: LogsEvent = events::cloudwatch_logs("/aws/lambda/order-fn")
        .message("hello")
        .decode();
    let _sign_up: CognitoEventUserPoolsPreSignup = events::cognito_pre_sign_up("ana").decode();
}

#[test]
#[should_panic(expected = "the event is not a u8")]
fn an_event_that_does_not_decode_is_shown() {
    let _: u8 = events::raw("{}").decode();
}
