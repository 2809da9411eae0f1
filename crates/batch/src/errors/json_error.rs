//! `JsonError`, which says why JSON does not fit a type, without showing its values.

use std::error::Error;
use std::fmt;

use lambda_runtime::Error as BoxError;
use powertools_lambda_core::json;

/// Why the JSON of a record does not fit the type that its handler takes.
///
/// It is logged, so it must not contain the value, as serde's own text does (`invalid type: string "hunter2", expected
/// u32`).
#[derive(Debug)]
pub(crate) struct JsonError(String);

impl JsonError {
    /// Returns the error itself if it is about the syntax, because its text then has no value in it.
    pub(crate) fn without_value(error: serde_json::Error) -> BoxError {
        if !error.is_data() {
            return error.into();
        }
        Self(json::mismatch_at(&error.to_string(), error.line(), error.column())).into()
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for JsonError {}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde::de::DeserializeOwned;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Order {
        id: u32,
    }

    fn why<T: DeserializeOwned + fmt::Debug>(json: &str) -> String {
        JsonError::without_value(serde_json::from_str::<T>(json).unwrap_err()).to_string()
    }

    #[test]
    fn the_text_of_an_error_has_no_value() {
        for (json, text) in [
            (
                r#"{"id":"hunter2, expected x"}"#,
                "invalid type, expected u32 at line 1 column 27",
            ),
            (r#"{"id":-1}"#, "invalid value, expected u32 at line 1 column 8"),
            (r#"{"hunter2":1}"#, "unknown field, expected `id` at line 1 column 10"),
            ("{}", "missing field `id` at line 1 column 2"),
            ("{", "EOF while parsing an object at line 1 column 1"),
            ("hunter2", "expected value at line 1 column 1"),
        ] {
            assert_eq!(why::<Order>(json), text, "{json}");
        }
    }

    #[test]
    fn an_error_of_the_type_itself_is_not_shown() {
        #[derive(Debug)]
        struct Picky;
        impl<'de> Deserialize<'de> for Picky {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Err(serde::de::Error::custom(format!("{text} is bad")))
            }
        }
        let why = why::<Picky>(r#""hunter2""#);
        assert!(
            why.starts_with("a value is not what its type expects") && !why.contains("hunter2"),
            "{why}"
        );
    }
}
