//! `S3`, notifications of a bucket.

use serde_json::{Value, json};

use super::encode::percent;
use super::event::builds_event;
use super::sample::{REGION, SOURCE_IP, TIME_ISO};

/// Returns an S3 event of a bucket, with no notification yet.
///
/// Keys are URL-encoded in the event, a space as `+`, as S3 does.
///
/// Shape: [Event message structure](https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html).
///
/// ```
/// use powertools_lambda_core::test_util::events;
///
/// let event = events::s3("uploads").object_created("in/Happy Face.jpg").into_json();
/// assert_eq!(event["Records"][0]["s3"]["object"]["key"], "in/Happy+Face.jpg");
/// ```
pub fn s3(bucket: impl Into<String>) -> S3 {
    S3 {
        bucket: bucket.into(),
        records: Vec::new(),
    }
}

/// Builds an S3 event; see [`s3`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until its event is used"]
pub struct S3 {
    bucket: String,
    records: Vec<S3RecordBuilder>,
}

/// Builds a notification of an [`S3`] event.
#[derive(Clone, Debug)]
#[must_use = "return it from the closure"]
pub struct S3RecordBuilder {
    event_name: String,
    key: String,
    size: u64,
    etag: String,
    version_id: Option<String>,
}

impl S3 {
    /// Adds an object that was put: `ObjectCreated:Put`.
    pub fn object_created(self, key: impl Into<String>) -> Self {
        self.record_with("ObjectCreated:Put", key, |record| record)
    }

    /// Adds an object that was deleted: `ObjectRemoved:Delete`.
    pub fn object_removed(self, key: impl Into<String>) -> Self {
        self.record_with("ObjectRemoved:Delete", key, |record| record)
    }

    /// Adds a notification of any kind, with further properties.
    pub fn record_with(
        mut self,
        event_name: impl Into<String>,
        key: impl Into<String>,
        configure: impl FnOnce(S3RecordBuilder) -> S3RecordBuilder,
    ) -> Self {
        self.records.push(configure(S3RecordBuilder {
            event_name: event_name.into(),
            key: key.into(),
            size: 1_024,
            etag: "d41d8cd98f00b204e9800998ecf8427e".to_owned(),
            version_id: None,
        }));
        self
    }

    fn build(self) -> Value {
        let Self { bucket, records } = self;
        let record = |(index, record): (usize, S3RecordBuilder)| {
            let mut object = json!({
                "key": percent(&record.key, "/ ").replace(' ', "+"),
                "sequencer": format!("0A1B2C3D4E5F678D{index:02}"),
            });
            if !record.event_name.starts_with("ObjectRemoved") {
                object["size"] = record.size.into();
                object["eTag"] = record.etag.into();
            }
            if let Some(version) = record.version_id {
                object["versionId"] = version.into();
            }
            json!({
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": REGION,
                "eventTime": TIME_ISO,
                "eventName": record.event_name,
                "userIdentity": {"principalId": "AWS:AIDAINPONIXQXHT3IKHL2"},
                "requestParameters": {"sourceIPAddress": SOURCE_IP},
                "responseElements": {
                    "x-amz-request-id": "D82B88E5F771F645",
                    "x-amz-id-2": "vlR7PnpV2Ce81l0PRw6jlUpck7Jo5ZsQjryTjKlc5aLWGVHPZLj5NeC6qMa0emYBDXOo6QBU0Wo=",
                },
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": "828aa6fc-f7b5-4305-8584-487c791949c1",
                    "bucket": {
                        "name": bucket,
                        "ownerIdentity": {"principalId": "A3I5XTEXAMAI3E"},
                        "arn": format!("arn:aws:s3:::{bucket}"),
                    },
                    "object": object,
                },
            })
        };
        let records: Vec<_> = records.into_iter().enumerate().map(record).collect();
        json!({ "Records": records })
    }
}

impl S3RecordBuilder {
    /// Sets the object's size in bytes. Default: 1,024.
    pub fn size(mut self, bytes: u64) -> Self {
        self.size = bytes;
        self
    }

    /// Sets the object's entity tag.
    pub fn etag(mut self, etag: impl Into<String>) -> Self {
        self.etag = etag.into();
        self
    }

    /// Sets the object's version. Default: none, as in a bucket without versioning.
    pub fn version_id(mut self, id: impl Into<String>) -> Self {
        self.version_id = Some(id.into());
        self
    }
}

builds_event!(S3);
