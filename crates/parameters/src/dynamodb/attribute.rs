//! `value`, which reads an attribute as text or bytes.

use std::fmt::Write;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::{ProviderError, Value};

/// Returns a text or a number as text, bytes as bytes, and everything else as JSON.
pub(super) fn value(attribute: AttributeValue) -> Result<Value, ProviderError> {
    match attribute {
        AttributeValue::S(text) | AttributeValue::N(text) => Ok(Value::text(text)),
        AttributeValue::B(bytes) => Ok(Value::binary(bytes.into_inner())),
        attribute => {
            let mut json = String::new();
            // A type that this version of the SDK does not know may be readable later, so the failure is not lasting.
            write_json(&mut json, &attribute)
                .ok_or_else(|| ProviderError::unavailable("the attribute has an unknown type"))?;
            Ok(Value::text(json))
        }
    }
}

/// Writes an attribute as JSON. Numbers are copied as text: DynamoDB's have up to 38 digits, more than Rust's.
fn write_json(json: &mut String, attribute: &AttributeValue) -> Option<()> {
    match attribute {
        AttributeValue::S(text) => write_text(json, text),
        AttributeValue::N(number) => json.push_str(number),
        AttributeValue::Bool(flag) => write!(json, "{flag}").ok()?,
        AttributeValue::Null(_) => json.push_str("null"),
        AttributeValue::B(bytes) => write_text(json, &BASE64_STANDARD.encode(bytes)),
        AttributeValue::L(list) => write_list(json, list, write_json)?,
        AttributeValue::Ns(numbers) => write_list(json, numbers, |json, number| {
            json.push_str(number);
            Some(())
        })?,
        AttributeValue::Ss(texts) => write_list(json, texts, |json, text| {
            write_text(json, text);
            Some(())
        })?,
        AttributeValue::Bs(list) => write_list(json, list, |json, bytes| {
            write_text(json, &BASE64_STANDARD.encode(bytes));
            Some(())
        })?,
        AttributeValue::M(map) => {
            json.push('{');
            let mut names: Vec<_> = map.keys().collect();
            names.sort();
            for (at, name) in names.into_iter().enumerate() {
                if at > 0 {
                    json.push(',');
                }
                write_text(json, name);
                json.push(':');
                write_json(json, &map[name])?;
            }
            json.push('}');
        }
        _ => return None,
    }
    Some(())
}

fn write_list<T>(json: &mut String, list: &[T], write: impl Fn(&mut String, &T) -> Option<()>) -> Option<()> {
    json.push('[');
    for (at, item) in list.iter().enumerate() {
        if at > 0 {
            json.push(',');
        }
        write(json, item)?;
    }
    json.push(']');
    Some(())
}

fn write_text(json: &mut String, text: &str) {
    // Serializing a text does not fail.
    json.push_str(&serde_json::to_string(text).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use aws_sdk_dynamodb::primitives::Blob;

    use super::*;

    fn text(attribute: AttributeValue) -> String {
        value(attribute).unwrap().as_str().unwrap().to_owned()
    }

    #[test]
    fn text_and_numbers_are_read_as_they_are() {
        assert_eq!(text(AttributeValue::S("va\"lue".into())), "va\"lue");
        let digits = "12345678901234567890123456789012345.678";
        assert_eq!(text(AttributeValue::N(digits.into())), digits);
        let bytes = value(AttributeValue::B(Blob::new(vec![0, 255]))).unwrap();
        assert_eq!(bytes.as_bytes(), [0, 255]);
    }

    #[test]
    fn everything_else_is_its_json() {
        let map = HashMap::from([
            ("text".to_owned(), AttributeValue::S("a\"b\n".into())),
            ("number".to_owned(), AttributeValue::N("1.50".into())),
            (
                "list".to_owned(),
                AttributeValue::L(vec![AttributeValue::Bool(true), AttributeValue::Null(true)]),
            ),
            ("bytes".to_owned(), AttributeValue::B(Blob::new(b"hello".to_vec()))),
            ("numbers".to_owned(), AttributeValue::Ns(vec!["1".into(), "2".into()])),
            ("texts".to_owned(), AttributeValue::Ss(vec!["x".into()])),
        ]);
        assert_eq!(
            text(AttributeValue::M(map)),
            r#"{"bytes":"aGVsbG8=","list":[true,null],"number":1.50,"numbers":[1,2],"text":"a\"b\n","texts":["x"]}"#
        );
    }
}
