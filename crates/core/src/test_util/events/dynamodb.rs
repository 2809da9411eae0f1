//! `DynamoDb`, a batch of changes of a table.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::event::{builds_event, to_json};
use super::sample::{REGION, TIME_MILLIS, arn, sequence_number};

/// Returns an empty batch of the stream of the table `orders`, whose key is `id`.
///
/// Items are any type that serializes to a JSON object: texts become `S`, numbers `N`, and so on. The stream has new and
/// old images.
///
/// Shape: [Using AWS Lambda with Amazon DynamoDB](https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html).
///
/// ```
/// use powertools_lambda_core::test_util::events;
/// use serde_json::json;
///
/// let event = events::dynamodb().insert(&json!({"id": "A-1", "quantity": 2})).into_json();
/// let change = &event["Records"][0]["dynamodb"];
/// assert_eq!(change["Keys"], json!({"id": {"S": "A-1"}}));
/// assert_eq!(change["NewImage"]["quantity"], json!({"N": "2"}));
/// ```
pub fn dynamodb() -> DynamoDb {
    DynamoDb {
        table: "orders".to_owned(),
        keys: vec!["id".to_owned()],
        changes: Vec::new(),
    }
}

/// Builds a DynamoDB Streams event; see [`dynamodb`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until its event is used"]
pub struct DynamoDb {
    table: String,
    keys: Vec<String>,
    changes: Vec<Change>,
}

#[derive(Clone, Debug)]
struct Change {
    name: &'static str,
    old: Option<Value>,
    new: Option<Value>,
}

impl DynamoDb {
    /// Sets the table's name.
    pub fn table(mut self, name: impl Into<String>) -> Self {
        self.table = name.into();
        self
    }

    /// Sets the attributes of the table's key. Default: `id`.
    pub fn keys<K: Into<String>>(mut self, names: impl IntoIterator<Item = K>) -> Self {
        self.keys = names.into_iter().map(Into::into).collect();
        self
    }

    /// Adds an item that was inserted.
    ///
    /// # Panics
    ///
    /// Panics if the item cannot be serialized to a JSON object.
    #[track_caller]
    pub fn insert(self, item: &(impl Serialize + ?Sized)) -> Self {
        let new = Some(image(item));
        self.change("INSERT", None, new)
    }

    /// Adds an item that was modified.
    ///
    /// # Panics
    ///
    /// Panics if an item cannot be serialized to a JSON object.
    #[track_caller]
    pub fn modify(self, old: &(impl Serialize + ?Sized), new: &(impl Serialize + ?Sized)) -> Self {
        let (old, new) = (Some(image(old)), Some(image(new)));
        self.change("MODIFY", old, new)
    }

    /// Adds an item that was removed.
    ///
    /// # Panics
    ///
    /// Panics if the item cannot be serialized to a JSON object.
    #[track_caller]
    pub fn remove(self, item: &(impl Serialize + ?Sized)) -> Self {
        let old = Some(image(item));
        self.change("REMOVE", old, None)
    }

    fn change(mut self, name: &'static str, old: Option<Value>, new: Option<Value>) -> Self {
        self.changes.push(Change { name, old, new });
        self
    }

    fn build(self) -> Value {
        let Self { table, keys, changes } = self;
        let record = |(index, Change { name, old, new }): (usize, Change)| {
            let image = new.as_ref().or(old.as_ref());
            let key = |key: &String| image.and_then(|image| Some((key.clone(), image.get(key)?.clone())));
            let keys: Map<_, _> = keys.iter().filter_map(key).collect();
            let mut change = json!({
                "ApproximateCreationDateTime": TIME_MILLIS / 1_000,
                "Keys": keys,
                "SequenceNumber": sequence_number(index),
                "SizeBytes": 26,
                "StreamViewType": "NEW_AND_OLD_IMAGES",
            });
            for (name, image) in [("OldImage", old), ("NewImage", new)] {
                if let Some(image) = image {
                    change[name] = image;
                }
            }
            json!({
                "eventID": format!("c4ca4238a0b923820dcc509a6f{:06}", index + 1),
                "eventName": name,
                "eventVersion": "1.1",
                "eventSource": "aws:dynamodb",
                "awsRegion": REGION,
                "dynamodb": change,
                "eventSourceARN": arn("dynamodb", &format!("table/{table}/stream/2026-01-01T00:00:00.000")),
            })
        };
        let records: Vec<_> = changes.into_iter().enumerate().map(record).collect();
        json!({ "Records": records })
    }
}

/// Returns the attributes of an item.
#[track_caller]
fn image(item: &(impl Serialize + ?Sized)) -> Value {
    match to_json(item) {
        Value::Object(fields) => attributes(fields),
        other => panic!("an item is a JSON object, not {other}"),
    }
}

fn attributes(fields: Map<String, Value>) -> Value {
    let fields = fields.into_iter().map(|(name, value)| (name, attribute(value)));
    Value::Object(fields.collect())
}

/// Returns the attribute value of a JSON value.
fn attribute(value: Value) -> Value {
    match value {
        Value::Null => json!({"NULL": true}),
        Value::Bool(flag) => json!({"BOOL": flag}),
        Value::Number(number) => json!({"N": number.to_string()}),
        Value::String(text) => json!({"S": text}),
        Value::Array(values) => json!({"L": values.into_iter().map(attribute).collect::<Vec<_>>()}),
        Value::Object(fields) => json!({"M": attributes(fields)}),
    }
}

builds_event!(DynamoDb);
