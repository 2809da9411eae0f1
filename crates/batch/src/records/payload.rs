//! `payload_kind`, which recognises the kind of a payload that does not decode.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// The first bytes of a record that the Kinesis Producer Library aggregated.
const AGGREGATED: &[u8] = &[0xF3, 0x89, 0x9A, 0xC2];

/// The first bytes of gzip's and zstd's formats.
const GZIP: &[u8] = &[0x1F, 0x8B];
const ZSTD: &[u8] = &[0x28, 0xB5, 0x2F, 0xFD];

/// Returns what a payload is and what to do about it, if another sender or setting explains why it does not decode.
pub(super) fn payload_kind(payload: &[u8]) -> Option<&'static str> {
    if payload.is_empty() {
        Some("it is empty")
    } else if payload.starts_with(AGGREGATED) {
        Some(
            "it is a record that the Kinesis Producer Library aggregated: switch aggregation off in the producer, or take \
             `Vec<u8>` and split it into its records",
        )
    } else if payload.starts_with(GZIP) {
        Some(
            "it is compressed with gzip, as CloudWatch Logs compresses what it sends to a subscription: take `Vec<u8>` and \
             decompress it",
        )
    } else if payload.starts_with(ZSTD) {
        Some("it is compressed with zstd: take `Vec<u8>` and decompress it")
    } else {
        envelope_kind(payload)
    }
}

/// The fields by which the envelopes of AWS services are recognised.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "Event", borrow)]
    event: Option<Cow<'a, str>>,
    #[serde(rename = "Type", borrow)]
    notification_type: Option<Cow<'a, str>>,
    #[serde(rename = "TopicArn")]
    topic: Option<IgnoredAny>,
    #[serde(rename = "detail-type")]
    detail_type: Option<IgnoredAny>,
    detail: Option<IgnoredAny>,
    #[serde(rename = "KinesisBatchInfo", alias = "DDBStreamBatchInfo")]
    batch_info: Option<IgnoredAny>,
    #[serde(rename = "requestContext")]
    request_context: Option<IgnoredAny>,
    #[serde(rename = "requestPayload")]
    request_payload: Option<IgnoredAny>,
}

fn envelope_kind(payload: &[u8]) -> Option<&'static str> {
    let envelope: Envelope<'_> = serde_json::from_slice(payload).ok()?;
    if envelope.event.as_deref() == Some("s3:TestEvent") {
        Some("it is the test event (`s3:TestEvent`) that S3 sends once when notifications are set up: drop it")
    } else if envelope.notification_type.as_deref() == Some("Notification") && envelope.topic.is_some() {
        Some(
            "it is a notification of SNS, which has the content in `Message`: switch on raw message delivery, or decode \
             the envelope",
        )
    } else if envelope.detail_type.is_some() && envelope.detail.is_some() {
        Some("it is an event of EventBridge, which has the content in `detail`: decode the envelope")
    } else if envelope.request_context.is_some() && envelope.batch_info.is_some() {
        Some(
            "it is what Lambda sends to the on-failure destination of a stream: it has no records, but their position in \
             the stream",
        )
    } else if envelope.request_context.is_some() && envelope.request_payload.is_some() {
        Some(
            "it is what Lambda sends to the destination of an asynchronous invocation, which has the content in \
             `requestPayload`: decode the envelope",
        )
    } else {
        None
    }
}
