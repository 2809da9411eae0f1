//! `Siblings`, what the members of an object say about each other's values.

use std::ops::Range;

use base64::Engine;
use powertools_lambda_core::json::{Scanner, Text};

use super::encoded::BASE64;
use super::names::{Folded, Names};

/// The maximum length of a name, unescaped.
pub(super) const MAX_NAME: usize = 256;

/// What an object says about the value of a member, besides its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// Another member names a secret, as in `{"name": "password", "value": …}`.
    Secret,
    /// The text is Base64, as in `{"isBase64Encoded": true, "body": …}` or in a record of Kinesis.
    Base64,
    /// The object is one whose `data` is Base64, as `kinesis` in a record.
    Record,
}

/// The members of an object that say something about the others, one bit for each.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Siblings(u16);

/// A member whose value is a name, and one whose value is the name of a secret.
const NAME: u16 = 1 << 10;
const SECRET_NAME: u16 = 1 << 11;
/// A flag that says that the body is Base64.
const BASE64_FLAG: u16 = 1 << 12;
/// The object's own name says that its `data` is Base64; and a member has such a name.
const IN_RECORD: u16 = 1 << 13;
const RECORD: u16 = 1 << 14;
/// The object ends too early, so that other members may be missing.
const CUT: u16 = 1 << 15;

/// The members that are found together only in records or messages of these sources.
const KAFKA: u16 = 0b11;
const KINESIS: u16 = 0b11 << 2;
const FIREHOSE: u16 = 0b11 << 4;
const ACTIVE_MQ: u16 = 0b11 << 6;
const RABBIT_MQ: u16 = 0b11 << 8;

impl Siblings {
    /// Reads the object at the start of `object`, at most `budget` bytes, and subtracts the bytes read from `budget`.
    pub(super) fn of(names: &Names, object: &[u8], budget: &mut usize) -> Self {
        let object = &object[..object.len().min(*budget)];
        let mut siblings = Self::default();
        let (length, is_whole) = for_each_member(object, |name, value| siblings.note(names, name, &object[value]));
        *budget -= length.min(*budget);
        siblings.set(CUT, !is_whole);
        siblings
    }

    /// Returns whether the value of a member with this name may have a mark.
    pub(super) fn concern(name: Text<'_>) -> bool {
        fold(name).is_some_and(|name| {
            let name = name.as_bytes();
            is_value(name) || is_record(name) || matches!(name, b"key" | b"body" | b"data" | b"payload" | b"content")
        })
    }

    /// Sets whether the name of the object says that its `data` is Base64.
    pub(super) fn in_record(mut self, is_record: bool) -> Self {
        self.set(IN_RECORD, is_record);
        self
    }

    /// Returns the mark of the member with this name.
    pub(super) fn mark(self, name: Text<'_>) -> Option<Mark> {
        let name = fold(name)?;
        let name = name.as_bytes();
        let is_secret = self.may_name_a_secret();
        if is_value(name) && is_secret {
            return Some(Mark::Secret);
        }
        if is_record(name) {
            return Some(Mark::Record);
        }
        let is_base64 = match name {
            b"key" | b"value" => self.has_all(KAFKA),
            b"data" => self.has_all(BASE64_FLAG) || self.has_all(IN_RECORD) || self.is_of_source(),
            b"body" | b"payload" | b"content" => self.has_all(BASE64_FLAG),
            _ => false,
        };
        is_base64.then_some(Mark::Base64)
    }

    /// Returns whether a member may have a mark.
    pub(super) fn say_something(self) -> bool {
        self.may_name_a_secret() || self.0 & !(NAME | SECRET_NAME | CUT) != 0
    }

    fn may_name_a_secret(self) -> bool {
        self.has_all(SECRET_NAME) || self.has_all(CUT) && !self.has_all(NAME)
    }

    fn is_of_source(self) -> bool {
        let sources = [KINESIS, FIREHOSE, ACTIVE_MQ, RABBIT_MQ];
        sources.into_iter().any(|source| self.has_all(source))
    }

    fn has_all(self, members: u16) -> bool {
        self.0 & members == members
    }

    fn set(&mut self, member: u16, is_present: bool) {
        if is_present {
            self.0 |= member;
        }
    }

    fn note(&mut self, names: &Names, name: Text<'_>, value: &[u8]) {
        let Some(name) = fold(name) else { return };
        match name.as_bytes() {
            b"name" | b"key" | b"header" | b"headername" | b"headerkey" | b"parameter" | b"parametername"
            | b"parameterkey" | b"optionname" | b"attribute" | b"attributename" | b"property" | b"propertyname"
            | b"field" | b"fieldname" | b"variable" | b"variablename" | b"n" | b"k" => {
                if let Some(text) = text_of(value) {
                    self.set(NAME, true);
                    self.set(SECRET_NAME, is_secret(names, text));
                }
            }
            b"isbase64encoded" | b"base64encoded" | b"isbase64" => self.set(BASE64_FLAG, value == b"true"),
            b"encoding" | b"contenttransferencoding" => {
                self.set(BASE64_FLAG, value.eq_ignore_ascii_case(b"\"base64\""));
            }
            b"partition" => self.set(1, true),
            b"offset" => self.set(1 << 1, true),
            b"partitionkey" => self.set(1 << 2, true),
            b"sequencenumber" => self.set(1 << 3, true),
            b"recordid" => self.set(1 << 4, true),
            b"approximatearrivaltimestamp" | b"recordmetadata" | b"kinesisrecordmetadata" => self.set(1 << 5, true),
            b"messageid" => self.set(1 << 6, true),
            b"messagetype" => self.set(1 << 7, true),
            b"basicproperties" => self.set(1 << 8, true),
            b"redelivered" => self.set(1 << 9, true),
            name => self.set(RECORD, is_record(name)),
        }
    }
}

/// Calls `visit` with each member of the object at the start of `object`: its name and the place of its value.
///
/// Returns the length of what was read, and whether that is the whole object.
pub(super) fn for_each_member(object: &[u8], mut visit: impl FnMut(Text<'_>, Range<usize>)) -> (usize, bool) {
    let mut scanner = Scanner::new(object);
    let at = |scanner: &Scanner<'_>| object.len() - scanner.rest().len();
    let mut is_whole = false;
    let mut separator = b'{';
    while scanner.take(separator).is_some() {
        if separator == b'{' && scanner.take(b'}').is_some() {
            is_whole = true;
            break;
        }
        let Some(name) = scanner.string() else { break };
        if scanner.take(b':').is_none() || scanner.peek().is_none() {
            break;
        }
        let start = at(&scanner);
        if scanner.skip_value().is_none() {
            visit(name, start..object.len());
            return (object.len(), false);
        }
        visit(name, start..at(&scanner));
        separator = b',';
        if scanner.take(b'}').is_some() {
            is_whole = true;
            break;
        }
    }
    (at(&scanner), is_whole)
}

/// Returns the place of the second item of `["password", …]`: an array of two items, of which the first names a secret.
///
/// Reads at most `budget` bytes of the second item, and subtracts the bytes read from `budget`. An item without its end
/// counts, too.
pub(super) fn secret_item(names: &Names, array: &[u8], budget: &mut usize) -> Option<Range<usize>> {
    let mut scanner = Scanner::new(array);
    scanner.take(b'[')?;
    if !is_secret(names, scanner.string()?) {
        return None;
    }
    scanner.take(b',')?;
    scanner.peek()?;
    let start = array.len() - scanner.rest().len();
    let window = &scanner.rest()[..scanner.rest().len().min(*budget)];
    let mut item = Scanner::new(window);
    if item.skip_value().is_none() {
        *budget -= window.len();
        return Some(start..array.len());
    }
    let length = window.len() - item.rest().len();
    *budget -= length;
    let is_last = matches!(item.peek(), Some(b']') | None);
    is_last.then_some(start..start + length)
}

/// Returns the text of a name: a string, or an object with one, such as the `{"S": "name"}` of `DynamoDB`.
fn text_of(value: &[u8]) -> Option<Text<'_>> {
    let mut scanner = Scanner::new(value);
    if scanner.take(b'{').is_some() {
        scanner.string()?;
        scanner.take(b':')?;
    }
    scanner.string()
}

fn fold(name: Text<'_>) -> Option<Folded> {
    if !name.is_escaped() {
        return Folded::new(name.raw());
    }
    let mut text = String::new();
    name.unescape(&mut text, MAX_NAME);
    Folded::new(text.as_bytes())
}

/// Returns whether a text in the place of a name names a secret. Its last part alone may do so, as in
/// `/orders/db/password`, and so may text in Base64, as in Kafka's keys.
fn is_secret(names: &Names, text: Text<'_>) -> bool {
    let mut name = String::new();
    if !text.unescape(&mut name, MAX_NAME) {
        return false;
    }
    names.contains_part(name.as_bytes()) || BASE64.decode(&name).is_ok_and(|decoded| names.contains_part(&decoded))
}

/// Returns whether a folded name is that of a value: `value`, `values`, `stringValue`, `ParameterValue`.
fn is_value(name: &[u8]) -> bool {
    name.ends_with(b"value") || name.ends_with(b"values") || matches!(name, b"v" | b"val")
}

/// Returns whether a folded name is that of an object whose `data` is Base64: in a record of Kinesis, and in the event
/// of a CloudWatch Logs subscription.
fn is_record(name: &[u8]) -> bool {
    matches!(name, b"kinesis" | b"awslogs")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The marks of the members of an object, in its order.
    fn marks(object: &str) -> Vec<Option<Mark>> {
        let siblings = Siblings::of(&Names::default(), object.as_bytes(), &mut usize::MAX.clone());
        let mut marks = Vec::new();
        for_each_member(object.as_bytes(), |name, _| {
            let mark = siblings.mark(name);
            assert!(mark.is_none() || Siblings::concern(name));
            marks.push(mark);
        });
        marks
    }

    #[test]
    fn a_name_beside_a_value_marks_it() {
        let secret = Some(Mark::Secret);
        for (object, expected) in [
            (r#"{"name":"Authorization","value":1}"#, vec![None, secret]),
            (r#"{"Value":[1],"Name":"password"}"#, vec![secret, None]),
            (r#"{"ParameterKey":"token","ParameterValue":"x"}"#, vec![None, secret]),
            (
                r#"{"k":"pass\u0077ord","v":"x","values":["x"]}"#,
                vec![None, secret, secret],
            ),
            (r#"{"name":{"S":"cookie"},"value":{"S":"x"}}"#, vec![None, secret]),
            (r#"{"name":"/orders/db/password","value":"x"}"#, vec![None, secret]),
            (r#"{"name":"user[password]","value":"x"}"#, vec![None, secret]),
            (r#"{"key":"dG9rZW4=","value":"x"}"#, vec![None, secret]),
            (r#"{"name":"accept","value":"x"}"#, vec![None, None]),
            (r#"{"value":[1,2]}"#, vec![None]),
            // The name may be missing.
            (r#"{"value":"x","oth"#, vec![secret]),
            (r#"{"name":"accept","value":"x","oth"#, vec![None, None]),
            ("{}", vec![]),
            ("{", vec![]),
        ] {
            assert_eq!(marks(object), expected, "{object}");
        }
    }

    #[test]
    fn the_events_of_aws_services_mark_what_is_base64() {
        let base64 = Some(Mark::Base64);
        for (object, expected) in [
            (r#"{"body":"x","isBase64Encoded":true}"#, vec![base64, None]),
            (r#"{"is_base64_encoded": true ,"body":"x"}"#, vec![None, base64]),
            (r#"{"body":"x","isBase64Encoded":false}"#, vec![None, None]),
            (r#"{"encoding":"base64","data":"x"}"#, vec![None, base64]),
            (
                r#"{"partitionKey":"k","sequenceNumber":"1","data":"x"}"#,
                vec![None, None, base64],
            ),
            (
                r#"{"recordId":"1","approximateArrivalTimestamp":1,"data":"x"}"#,
                vec![None, None, base64],
            ),
            (
                r#"{"messageID":"1","messageType":"jms","data":"x"}"#,
                vec![None, None, base64],
            ),
            (
                r#"{"basicProperties":{},"redelivered":false,"data":"x"}"#,
                vec![None, None, base64],
            ),
            (r#"{"messageID":"1","data":"x"}"#, vec![None, None]),
            (r#"{"kinesis":{},"awslogs":{}}"#, vec![Some(Mark::Record); 2]),
            (
                r#"{"partition":0,"offset":1,"key":"a","value":"x"}"#,
                vec![None, None, base64, base64],
            ),
            (r#"{"data":"x"}"#, vec![None]),
        ] {
            assert_eq!(marks(object), expected, "{object}");
        }
    }

    #[test]
    fn a_pair_is_an_array_of_a_name_and_a_value() {
        for (array, expected) in [
            (r#"["Authorization", {"a":1} ]"#, Some(r#"{"a":1}"#)),
            (r#"["accept","x"]"#, None),
            (r#"["token"]"#, None),
            (r#"["token","x","y"]"#, None),
            ("[1,2]", None),
            (r#"["token","x"#, Some("\"x")),
        ] {
            let found = secret_item(&Names::default(), array.as_bytes(), &mut 1_000);
            let found = found.map(|found| &array[found]);
            assert_eq!(found, expected, "{array}");
        }
    }
}
