//! Events of every source, with realistic fields and made-up ids.
//!
//! Each function returns a builder of the JSON that the source sends. Everything that you do not set has a fixed value:
//! account `123456789012`, region `eu-west-1`, 2026-01-15T10:30:00.125Z. Ids count up within an event, so two runs of a
//! test see the same event. The shapes are those of AWS' documentation, which each builder's page cites.
//!
//! An event goes to a handler with `TestFunction::invoke` of `powertools-lambda`. [`decode`](Event::decode) reads it into a
//! type, such as those of `aws_lambda_events`; [`into_json`](Event::into_json) returns it as JSON, for fields that have no
//! method here. Every builder has both.
//!
//! ```
//! use powertools_lambda_core::test_util::events;
//! use serde_json::json;
//!
//! let event = events::api_gateway_http("POST", "/orders?dry_run=true")
//!     .header("idempotency-key", "k-1")
//!     .json_body(&json!({"item": "honey"}))
//!     .into_json();
//! assert_eq!(event["rawPath"], "/orders");
//! assert_eq!(event["queryStringParameters"]["dry_run"], "true");
//! assert_eq!(event["body"], r#"{"item":"honey"}"#);
//!
//! let batch = events::sqs()
//!     .message("first")
//!     .message_with("second", |message| message.attribute("tenant", "acme").receive_count(3))
//!     .into_json();
//! assert_eq!(batch["Records"][1]["messageAttributes"]["tenant"]["stringValue"], "acme");
//! ```
//!
//! | source | function | type of `aws_lambda_events` |
//! |---|---|---|
//! | API Gateway, REST API | [`api_gateway_rest`] | `apigw::ApiGatewayProxyRequest` |
//! | API Gateway, HTTP API | [`api_gateway_http`] | `apigw::ApiGatewayV2httpRequest` |
//! | API Gateway, WebSocket API | [`api_gateway_websocket`] | `apigw::ApiGatewayWebsocketProxyRequest` |
//! | function URL | [`function_url`] | `lambda_function_urls::LambdaFunctionUrlRequest` |
//! | Application Load Balancer | [`alb`] | `alb::AlbTargetGroupRequest` |
//! | SQS | [`sqs`], [`sqs_fifo`] | `sqs::SqsEvent` |
//! | SNS | [`sns`] | `sns::SnsEvent` |
//! | SNS through SQS | [`sns_in_sqs`] | `sqs::SqsEvent`, with `sns::SnsMessage` in each body |
//! | Kinesis Data Streams | [`kinesis`] | `kinesis::KinesisEvent` |
//! | DynamoDB Streams | [`dynamodb`] | `dynamodb::Event` |
//! | Apache Kafka | [`kafka`] | `kafka::KafkaEvent` |
//! | EventBridge | [`eventbridge`] | `eventbridge::EventBridgeEvent` |
//! | EventBridge schedule | [`scheduled`] | `eventbridge::EventBridgeEvent` |
//! | S3 | [`s3`] | `s3::S3Event` |
//! | CloudWatch Logs | [`cloudwatch_logs`] | `cloudwatch_logs::LogsEvent` |
//! | Cognito, before a sign-up | [`cognito_pre_sign_up`] | `cognito::CognitoEventUserPoolsPreSignup` |
//! | anything else | [`json`], [`raw`] | |

mod cloudwatch_logs;
mod cognito;
mod dynamodb;
mod encode;
mod event;
mod eventbridge;
mod http;
mod kafka;
mod kinesis;
mod s3;
mod sample;
mod sns;
mod sns_in_sqs;
mod sqs;

pub use cloudwatch_logs::{CloudWatchLogs, cloudwatch_logs};
pub use cognito::{CognitoPreSignUp, cognito_pre_sign_up};
pub use dynamodb::{DynamoDb, dynamodb};
pub use event::{Event, json, raw};
pub use eventbridge::{EventBridge, eventbridge, scheduled};
pub use http::{
    Alb, ApiGatewayHttp, ApiGatewayRest, ApiGatewayWebSocket, FunctionUrl, alb, api_gateway_http, api_gateway_rest,
    api_gateway_websocket, function_url,
};
pub use kafka::{Kafka, KafkaRecordBuilder, kafka};
pub use kinesis::{Kinesis, KinesisRecordBuilder, kinesis};
pub use s3::{S3, S3RecordBuilder, s3};
pub use sns::{Sns, SnsMessageBuilder, sns};
pub use sns_in_sqs::{SnsInSqs, sns_in_sqs};
pub use sqs::{Sqs, SqsMessageBuilder, sqs, sqs_fifo};
