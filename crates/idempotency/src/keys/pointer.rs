//! [`Pointers`], JSON pointers into the raw event.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use powertools_lambda_core::json::Scanner;

use super::node::{NULL, Node};
use crate::errors::KeyError;

/// One or several JSON pointers (RFC 6901). A step into a text reads the text as JSON, because the body of an HTTP request
/// and that of a message are texts. The body of an HTTP request may be Base64.
#[derive(Clone, Debug)]
pub(crate) struct Pointers(Vec<Vec<String>>);

impl Pointers {
    pub(crate) fn new<P: AsRef<str>>(pointers: impl IntoIterator<Item = P>) -> Result<Self, KeyError> {
        let steps = |pointer: P| {
            let pointer = pointer.as_ref();
            if !pointer.is_empty() && !pointer.starts_with('/') {
                return Err(KeyError::pointer(pointer));
            }
            let steps = pointer.split('/').skip(1);
            Ok(steps.map(|step| step.replace("~1", "/").replace("~0", "~")).collect())
        };
        let pointers = pointers.into_iter().map(steps).collect::<Result<Vec<_>, _>>()?;
        if pointers.is_empty() {
            return Err(KeyError::pointer("(none)"));
        }
        Ok(Self(pointers))
    }

    /// Returns the value at the pointer or, if there are several, a list of their values. A missing value is null.
    ///
    /// Returns `None` if a pointer leads into a text that is not a JSON object or list. A null there would be the same for all such texts, so that
    /// requests that have nothing in common would be taken for the same one.
    pub(crate) fn select(&self, document: &[u8]) -> Result<Option<Vec<u8>>, KeyError> {
        if let [pointer] = &*self.0 {
            return find(document, pointer);
        }
        let mut list = vec![b'['];
        for (index, pointer) in self.0.iter().enumerate() {
            if index > 0 {
                list.push(b',');
            }
            let Some(value) = find(document, pointer)? else {
                return Ok(None);
            };
            list.extend(value);
        }
        list.push(b']');
        Ok(Some(list))
    }
}

fn find(document: &[u8], pointer: &[String]) -> Result<Option<Vec<u8>>, KeyError> {
    let invalid = || KeyError::unreadable("the event is not valid JSON");
    let mut scanner = Scanner::new(document);
    let Some((step, rest)) = pointer.split_first() else {
        let value = scanner.value_within(document.len()).ok_or_else(invalid)?;
        return Ok(Some(value.to_vec()));
    };
    let found = match scanner.peek().ok_or_else(invalid)? {
        b'{' => match member(&mut scanner, step) {
            Some(body) if step == "body" && !rest.is_empty() && body.starts_with(b"\"") && is_base64(document) => {
                let body = Scanner::new(body).string().ok_or_else(invalid)?;
                let body: Vec<u8> = body.bytes().collect();
                return STANDARD.decode(body).map_or(Ok(None), |body| find_in_text(&body, rest));
            }
            found => found,
        },
        b'[' => item(&mut scanner, step),
        b'"' => {
            let text = scanner.string().ok_or_else(invalid)?;
            let text: Vec<u8> = text.bytes().collect();
            return find_in_text(&text, pointer);
        }
        _ => None,
    };
    found.map_or_else(|| Ok(Some(NULL.into())), |value| find(value, rest))
}

fn find_in_text(text: &[u8], pointer: &[String]) -> Result<Option<Vec<u8>>, KeyError> {
    match Scanner::new(text).peek() {
        // A request without a body.
        None => Ok(Some(NULL.into())),
        // In invalid JSON, a member would seem to be missing.
        Some(b'{' | b'[') if Node::read(text).is_ok() => find(text, pointer),
        Some(_) => Ok(None),
    }
}

/// Returns whether the `body` of this object is Base64: API Gateway, function URLs and load balancers say so next to it.
fn is_base64(object: &[u8]) -> bool {
    member(&mut Scanner::new(object), "isBase64Encoded") == Some(b"true")
}

/// Returns the member of an object, the last of those with the name.
fn member<'a>(scanner: &mut Scanner<'a>, name: &str) -> Option<&'a [u8]> {
    let mut found = None;
    scanner.take(b'{')?;
    while scanner.take(b'}').is_none() {
        let is_it = scanner.string()?.bytes().eq(name.bytes());
        scanner.take(b':')?;
        let value = scanner.value_within(usize::MAX)?;
        if is_it {
            found = Some(value);
        }
        scanner.skip_value()?;
        if scanner.peek()? != b'}' {
            scanner.take(b',')?;
        }
    }
    found
}

fn item<'a>(scanner: &mut Scanner<'a>, index: &str) -> Option<&'a [u8]> {
    let is_index = index == "0" || (!index.starts_with('0') && index.bytes().all(|byte| byte.is_ascii_digit()));
    let index: usize = index.parse().ok().filter(|_| is_index)?;
    scanner.take(b'[')?;
    for _ in 0..index {
        scanner.skip_value()?;
        scanner.take(b',')?;
    }
    scanner.value_within(usize::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn selected(event: &str, pointers: &[&str]) -> Option<String> {
        let pointers = Pointers::new(pointers).unwrap();
        let selected = pointers.select(event.as_bytes()).unwrap();
        selected.map(|value| String::from_utf8(value).unwrap())
    }

    #[test]
    fn a_pointer_finds_the_same_value_as_serde_json_and_goes_into_texts() {
        let event = r#" {"a": [1, {"b/c~": 1.50}], "n": null, "body": "{\"id\":\"o-1\",\"lines\":[7]}", "d": 1, "d": 2, "t": "x", "empty": "", "cut": "{\"id\":\"o-1\",", "list": "[x]", "" : 3} "#;
        for (pointer, value) in [
            ("", event.trim()),
            ("/a/0", "1"),
            ("/a/1/b~1c~0", "1.50"),
            ("/a/2", "null"),
            ("/a/00", "null"),
            ("/a/-", "null"),
            ("/a/b", "null"),
            ("/n", "null"),
            ("/nope/x", "null"),
            ("/body/id", r#""o-1""#),
            ("/body/lines/0", "7"),
            ("/d", "2"),
            ("/empty/x", "null"),
            ("/d/x", "null"),
            ("/", "3"),
        ] {
            assert_eq!(selected(event, &[pointer]).as_deref(), Some(value), "{pointer:?}");
        }
        assert_eq!(selected(event, &["/body/id", "/nope"]).unwrap(), r#"["o-1",null]"#);
        // Not null, which would be the same for any text.
        assert_eq!(selected(event, &["/t/x"]), None);
        assert_eq!(selected(event, &["/d", "/t/x"]), None);
        for pointer in ["/cut/id", "/cut/nope", "/list/0", "/list/1"] {
            assert_eq!(selected(event, &[pointer]), None, "{pointer}");
        }
    }

    #[test]
    fn a_body_may_be_base64() {
        let encoded = STANDARD.encode(r#"{"id": "ö-1"}"#);
        for (body, is_encoded, pointer, value) in [
            (json!(encoded), true, "/body/id", Some(r#""ö-1""#)),
            (json!(encoded), true, "/body/nope", Some("null")),
            (json!(encoded), false, "/body/id", None),
            (json!("%"), true, "/body/id", None),
            (json!(STANDARD.encode("id=1")), true, "/body/id", None),
            (json!(""), true, "/body/id", Some("null")),
            (json!(null), true, "/body/id", Some("null")),
            (json!({"id": 1}), true, "/body/id", Some("1")),
            (json!(STANDARD.encode(r#"{"id":"o-1","#)), true, "/body/id", None),
            (json!("aWQ="), true, "/body", Some(r#""aWQ=""#)),
            // Only of the body.
            (json!("{}"), true, "/other/id", Some("7")),
        ] {
            let event = json!({"isBase64Encoded": is_encoded, "body": body, "other": "{\"id\":7}"});
            let found = selected(&event.to_string(), &[pointer]);
            assert_eq!(found.as_deref(), value, "{event} {pointer}");
        }
    }

    #[test]
    fn a_pointer_that_is_not_one_is_an_error() {
        for pointer in ["a", "a/b", "$.a"] {
            assert!(Pointers::new([pointer]).is_err(), "{pointer}");
        }
        assert!(Pointers::new([""; 0]).is_err());
    }
}
