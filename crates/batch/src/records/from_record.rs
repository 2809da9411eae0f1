//! `FromRecord`, the conversion of a record into an argument of its handler, and its implementations.

use std::ops::{Deref, DerefMut};

use lambda_runtime::Context;
use serde::de::DeserializeOwned;

use crate::{BatchRecord, DecodeError, Record, RecordBody};

/// What a record's handler can take, made from the record.
///
/// | argument | from | is |
/// |---|---|---|
/// | [`Json<T>`](Json) | SQS, Kinesis, Kafka | the body, data or value as JSON |
/// | `String`, `Vec<u8>` | SQS, Kinesis, Kafka | the same as text or bytes |
/// | `Change<T>`, `NewImage<T>`, `OldImage<T>`, `ItemKeys<T>` | DynamoDB Streams | the item |
/// | [`Record<R>`](Record) | each | the record as delivered, with its attributes |
/// | [`Context`] | each | the Lambda context |
/// | `Option<T>` | as `T` | `None` where there is no content, such as a Kafka tombstone |
/// | `Result<T, DecodeError>` | as `T` | leaves a record that does not decode to the handler |
pub trait FromRecord<R>: Sized {
    /// Makes it from a record.
    ///
    /// # Errors
    ///
    /// When the record does not have it: the record fails, its handler is not called.
    fn from_record(record: &Record<R>) -> Result<Self, DecodeError>;

    /// Makes it from a record that nothing else is made from, as a function's last argument is: the same, but a
    /// [`Record`] need not be cloned.
    ///
    /// # Errors
    ///
    /// As [`from_record`](Self::from_record).
    fn from_owned_record(record: Record<R>) -> Result<Self, DecodeError> {
        Self::from_record(&record)
    }
}

/// The record's content as JSON.
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
            .map_err(|error| DecodeError::new("the record is not the expected JSON").with_source(error))
    }
}

impl<R: RecordBody> FromRecord<R> for String {
    fn from_record(record: &Record<R>) -> Result<Self, DecodeError> {
        let payload = record.body()?.into_owned();
        Self::from_utf8(payload)
            .map_err(|error| DecodeError::new("the record is no text in UTF-8").with_source(error.utf8_error()))
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
