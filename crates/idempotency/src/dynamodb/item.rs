//! [`record`], which reads an item of the table.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::attributes::Attributes;
use crate::{Record, Status, StoreError, Token};

type Item = HashMap<String, AttributeValue>;

/// Reads the record in an item.
pub(super) fn record(item: &Item, attributes: &Attributes) -> Result<Record, StoreError> {
    let status = text(item, &attributes.status)?.ok_or_else(|| foreign(&attributes.status, "is missing"))?;
    let status = Status::from_word(status).ok_or_else(|| foreign(&attributes.status, &format!("is {status:?}")))?;
    let expires_at = number(item, &attributes.expiration)?;
    let expires_at = expires_at.ok_or_else(|| foreign(&attributes.expiration, "is missing"))?;
    let mut record = Record::new(status, expires_at);
    record.locked_until = number(item, &attributes.in_progress_expiration)?;
    record.token = text(item, &attributes.token)?.map(Token::from_text);
    record.previous = text(item, &attributes.previous)?.and_then(Status::from_word);
    record.answer = text(item, &attributes.data)?.map(str::to_owned);
    record.payload_hash = text(item, &attributes.validation)?.map(str::to_owned);
    Ok(record)
}

fn text<'a>(item: &'a Item, name: &str) -> Result<Option<&'a str>, StoreError> {
    match item.get(name) {
        None | Some(AttributeValue::Null(_)) => Ok(None),
        Some(AttributeValue::S(text)) => Ok(Some(text)),
        Some(_) => Err(foreign(name, "is not a text")),
    }
}

fn number(item: &Item, name: &str) -> Result<Option<u64>, StoreError> {
    match item.get(name) {
        None | Some(AttributeValue::Null(_)) => Ok(None),
        Some(AttributeValue::N(number)) => {
            // Other implementations may write a fraction, which does not matter here.
            let whole = number.split('.').next().unwrap_or_default();
            let whole = whole.parse().map_err(|_| foreign(name, "is not a time"))?;
            Ok(Some(whole))
        }
        Some(_) => Err(foreign(name, "is not a number")),
    }
}

fn foreign(name: &str, what: &str) -> StoreError {
    StoreError::invalid_record(format!(
        "the item of this key is not a record that can be read, because its attribute {name:?} {what}: use a table or a key \
         prefix that nothing else writes to, or delete the item"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(members: &[(&str, AttributeValue)]) -> Item {
        let members = members.iter();
        members
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect()
    }

    fn s(text: &str) -> AttributeValue {
        AttributeValue::S(text.to_owned())
    }

    fn n(number: &str) -> AttributeValue {
        AttributeValue::N(number.to_owned())
    }

    #[test]
    fn the_records_of_other_implementations_are_read() {
        let attributes = Attributes::default();
        let python = item(&[
            ("id", s("f#1")),
            ("status", s("COMPLETED")),
            ("expiration", n("17")),
            ("data", s("\"old\"")),
        ]);
        let record = record(&python, &attributes).unwrap();
        assert_eq!((record.status, record.expires_at), (Status::Completed, 17));
        assert_eq!((record.answer.as_deref(), record.token), (Some("\"old\""), None));

        let typescript = item(&[
            ("status", s("INPROGRESS")),
            ("expiration", n("17.25")),
            ("in_progress_expiration", n("18")),
        ]);
        let record = super::record(&typescript, &attributes).unwrap();
        assert_eq!((record.expires_at, record.locked_until), (17, Some(18)));
    }

    #[test]
    fn an_item_that_is_no_record_names_the_attribute() {
        let attributes = Attributes::default();
        for (members, what) in [
            (vec![("value", s("x"))], r#""status" is missing"#),
            (vec![("status", n("1"))], r#""status" is not a text"#),
            (
                vec![("status", s("EXPIRED")), ("expiration", n("1"))],
                r#""status" is "EXPIRED""#,
            ),
            (vec![("status", s("COMPLETED"))], r#""expiration" is missing"#),
            (
                vec![("status", s("COMPLETED")), ("expiration", s("1"))],
                r#""expiration" is not a number"#,
            ),
            (
                vec![("status", s("COMPLETED")), ("expiration", n("-1"))],
                r#""expiration" is not a time"#,
            ),
            (
                vec![
                    ("status", s("COMPLETED")),
                    ("expiration", n("1")),
                    ("data", AttributeValue::M(HashMap::new())),
                ],
                r#""data" is not a text"#,
            ),
        ] {
            let error = record(&item(&members), &attributes).unwrap_err();
            assert!(error.is_invalid_record() && error.to_string().contains(what), "{error}");
        }
    }
}
