//! `FromRecord`, the conversion of a record into an argument of its handler, and its implementations.

use std::ops::{Deref, DerefMut};

use lambda_runtime::Context;
use serde::de::DeserializeOwned;

use super::payload::payload_kind;
use crate::errors::JsonError;
use crate::{BatchRecord, DecodeError, Record, RecordBody};

/// An argument of a record's handler, made from the record.
///
/// | argument | sources | value |
/// |---|---|---|
/// | [`Json<T>`](Json) | SQS, Kinesis, Kafka | the body, data or value, decoded from JSON |
/// | `String`, `Vec<u8>` | SQS, Kinesis, Kafka | the same as text or bytes |
/// | [`Change<T>`], [`NewImage<T>`], [`OldImage<T>`], [`ItemKeys<T>`] | DynamoDB Streams | the item, decoded from its [attributes](crate::_guide#dynamodb-streams) |
/// | [`Record<R>`](Record) | all | the record as delivered, with its attributes |
/// | [`Context`] | all | the Lambda context |
/// | `Option<T>` | as `T` | `None` if there is no content, such as a Kafka tombstone |
/// | `Result<T, DecodeError>` | as `T` | the error, if the record does not decode |
///
/// Implement it for a custom type, for example for a body that is not JSON:
///
/// ```
/// # use powertools_lambda_batch::{DecodeError, FromRecord, Record, RecordBody};
/// /// The fields of a line of comma-separated values.
/// struct Fields(Vec<String>);
///
/// impl<R: RecordBody> FromRecord<R> for Fields {
///     fn from_record(record: &Record<R>) -> Result<Self, DecodeError> {
///         let line = String::from_record(record)?;
///         Ok(Self(line.split(',').map(str::to_owned).collect()))
///     }
/// }
/// ```
///
/// [`Change<T>`]: crate::dynamodb::Change
/// [`NewImage<T>`]: crate::dynamodb::NewImage
/// [`OldImage<T>`]: crate::dynamodb::OldImage
/// [`ItemKeys<T>`]: crate::dynamodb::ItemKeys
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a handler of `{R}`",
    label = "not made from a record",
    note = "for a type that is decoded from JSON, write `Json<{Self}>` and `{Self}: Deserialize`",
    note = "for the record as delivered, write `Record<{R}>` instead of `{R}`"
)]
pub trait FromRecord<R>: Sized {
    /// Makes the argument from a record.
    ///
    /// # Errors
    ///
    /// Returns an error if the record does not decode. The record then fails, and its handler is not called.
    fn from_record(record: &Record<R>) -> Result<Self, DecodeError>;

    /// Makes the argument from an owned record. Called for a function's last argument.
    ///
    /// The default calls [`from_record`](Self::from_record); [`Record`] overrides it to avoid a clone.
    ///
    /// # Errors
    ///
    /// Returns an error if the record does not decode, as [`from_record`](Self::from_record) does.
    fn from_owned_record(record: Record<R>) -> Result<Self, DecodeError> {
        Self::from_record(&record)
    }
}

/// The record's body, data or value, decoded from JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Json<T>(
    /// The decoded value.
    pub T,
);

impl<T> Deref for Json<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Json<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<R: RecordBody, T: DeserializeOwned> FromRecord<R> for Json<T> {
    fn from_record(record: &Record<R>) -> Result<Self, DecodeError> {
        let payload = record.body()?;
        let decoded = serde_json::from_slice(&payload);
        decoded
            .map(Self)
            .map_err(|error| unexpected("the expected JSON", &payload).with_source(JsonError::without_value(error)))
    }
}

impl<R: RecordBody> FromRecord<R> for String {
    fn from_record(record: &Record<R>) -> Result<Self, DecodeError> {
        let payload = record.body()?.into_owned();
        Self::from_utf8(payload)
            .map_err(|error| unexpected("valid UTF-8", error.as_bytes()).with_source(error.utf8_error()))
    }
}

impl<R: RecordBody> FromRecord<R> for Vec<u8> {
    fn from_record(record: &Record<R>) -> Result<Self, DecodeError> {
        record.body().map(std::borrow::Cow::into_owned)
    }
}

impl<R: BatchRecord> FromRecord<R> for Record<R> {
    fn from_record(record: &Self) -> Result<Self, DecodeError> {
        Ok(record.clone())
    }

    fn from_owned_record(record: Self) -> Result<Self, DecodeError> {
        Ok(record)
    }
}

impl<R> FromRecord<R> for Context {
    fn from_record(record: &Record<R>) -> Result<Self, DecodeError> {
        Ok(record.context().clone())
    }
}

impl<R, T: FromRecord<R>> FromRecord<R> for Option<T> {
    fn from_record(record: &Record<R>) -> Result<Self, DecodeError> {
        match T::from_record(record) {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl<R, T: FromRecord<R>> FromRecord<R> for Result<T, DecodeError> {
    fn from_record(record: &Record<R>) -> Result<Self, DecodeError> {
        Ok(T::from_record(record))
    }
}

#[cold]
fn unexpected(expected: &str, payload: &[u8]) -> DecodeError {
    DecodeError::new(match payload_kind(payload) {
        None => format!("the record is not {expected}"),
        Some(kind) => format!("the record is not {expected}: {kind}"),
    })
}
