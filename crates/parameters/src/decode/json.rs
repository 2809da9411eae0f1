//! `Json`, which decodes JSON into a type.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use powertools_lambda_core::json;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::decoding::{Decode, Sealed};
use super::exact::{self, Exact};
use crate::{DecodeError, Value};

/// Decodes JSON into `Arc<T>`.
pub struct Json<T>(PhantomData<fn() -> T>);

impl<T> Json<T> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Sealed for Json<T> {}

impl<T: DeserializeOwned + Send + Sync + 'static> Decode for Json<T> {
    type Output = Arc<T>;

    fn decode(&self, _name: &str, value: &Value) -> Result<Arc<T>, DecodeError> {
        parse(value.as_bytes()).map(Arc::new)
    }
}

pub(crate) fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, DecodeError> {
    let rounded = exact::rounded(json);
    let read = if rounded.is_empty() {
        serde_json::from_slice(json)
    } else {
        let mut deserializer = serde_json::Deserializer::from_slice(json);
        let read = T::deserialize(Exact::new(&mut deserializer, &rounded));
        read.and_then(|value| deserializer.end().map(|()| value))
    };
    read.map_err(|error| DecodeError::new("json", reason::<T>(&error)))
}

/// Describes an error without the value, which serde's own text contains (`invalid type: string "hunter2"`).
pub(crate) fn reason<T>(error: &serde_json::Error) -> String {
    let place = format!("at line {} column {}", error.line(), error.column());
    let text = error.to_string();
    let what = text.strip_suffix(&place).unwrap_or(&text).trim_end();
    match error.classify() {
        Category::Syntax | Category::Eof | Category::Io => format!("{what} {place}"),
        Category::Data => {
            let target = std::any::type_name::<T>();
            let hint = without_value(what).map(|hint| format!(" ({hint})")).unwrap_or_default();
            format!("not a {target}{hint} {place}")
        }
    }
}

/// Returns the part of serde's text that comes from the type and not from the value.
fn without_value(what: &str) -> Option<String> {
    if what == exact::ROUNDED {
        return Some(what.to_owned());
    }
    json::mismatch(what)
}

impl<T> Clone for Json<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Json<T> {}

impl<T> fmt::Debug for Json<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Limits {
        orders: u8,
        #[serde(default)]
        mode: Mode,
    }

    #[derive(Debug, Default, serde::Deserialize)]
    enum Mode {
        #[default]
        Off,
        On,
    }

    #[test]
    fn an_error_says_what_was_expected_and_where() {
        let target = std::any::type_name::<Limits>();
        for (json, reason) in [
            ("", "EOF while parsing a value at line 1 column 0".to_owned()),
            ("{", "EOF while parsing an object at line 1 column 1".to_owned()),
            ("hunter2", "expected value at line 1 column 1".to_owned()),
            (
                r#"{"orders":1} hunter2"#,
                "trailing characters at line 1 column 14".to_owned(),
            ),
            (
                "{}",
                format!("not a {target} (missing field `orders`) at line 1 column 2"),
            ),
            (
                r#"{"orders":"hunter2"}"#,
                format!("not a {target} (invalid type, expected u8) at line 1 column 19"),
            ),
            (
                r#"{"orders":77777}"#,
                format!("not a {target} (invalid value, expected u8) at line 1 column 15"),
            ),
            (
                r#"{"orders":1,"hunter2":1}"#,
                format!("not a {target} (unknown field, expected `orders` or `mode`) at line 1 column 21"),
            ),
            (
                r#"{"orders":1,"mode":"hunter2, expected x"}"#,
                format!("not a {target} (unknown variant, expected `Off` or `On`) at line 1 column 40"),
            ),
        ] {
            assert_eq!(
                parse::<Limits>(json.as_bytes()).unwrap_err().to_string(),
                format!("transform json: {reason}"),
                "{json}"
            );
        }
    }

    #[test]
    fn a_custom_error_of_the_type_is_not_shown() {
        #[derive(Debug)]
        struct Picky;
        impl<'de> serde::Deserialize<'de> for Picky {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Err(serde::de::Error::custom(format!(
                    "{text} is bad, expected anything but {text}"
                )))
            }
        }
        let error = parse::<Picky>(br#""hunter2""#).unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn a_number_is_exact_or_an_error() {
        #[derive(Debug, PartialEq, serde::Deserialize)]
        #[serde(untagged)]
        enum Buffered {
            Number(u64),
            Float { rate: f64 },
            Other(serde_json::Value),
        }
        let wide = format!("{{\"a\": [{}]}}", u128::MAX);
        let exact: std::collections::BTreeMap<String, Vec<u128>> = parse(wide.as_bytes()).unwrap();
        assert_eq!(exact["a"], [u128::MAX]);
        let error = parse::<serde_json::Value>(wide.as_bytes()).unwrap_err().to_string();
        assert_eq!(
            error,
            "transform json: not a serde_json::value::Value (a number has more digits than its type holds) at line 1 column 46"
        );
        assert!(parse::<Buffered>(wide.as_bytes()).is_err());
        assert!(parse::<serde_json::Value>(b"0.1234567890123456789").is_err());
        // The type asks for the nearest `f64`.
        assert_eq!(
            parse::<Option<(f64, f32)>>(b"[2.50000000000000000001, 1]").unwrap(),
            Some((2.5, 1.0))
        );
        assert_eq!(parse::<serde_json::Value>(b"18446744073709551615").unwrap(), u64::MAX);
        assert_eq!(
            parse::<Buffered>(b"{\"rate\": 2.75}").unwrap(),
            Buffered::Float { rate: 2.75 }
        );
    }
}
