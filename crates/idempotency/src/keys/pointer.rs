//! [`Pointers`], JSON pointers into the raw event.

use powertools_lambda_core::json::Scanner;

use super::node::NULL;
use crate::errors::KeyError;

/// One or several JSON pointers (RFC 6901). A step into a text reads the text as JSON, because the body of an HTTP request
/// and that of a message are texts.
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
    pub(crate) fn select(&self, document: &[u8]) -> Result<Vec<u8>, KeyError> {
        if let [pointer] = &*self.0 {
            return find(document, pointer);
        }
        let mut list = vec![b'['];
        for (index, pointer) in self.0.iter().enumerate() {
            if index > 0 {
                list.push(b',');
            }
            list.extend(find(document, pointer)?);
        }
        list.push(b']');
        Ok(list)
    }
}

fn find(document: &[u8], pointer: &[String]) -> Result<Vec<u8>, KeyError> {
    let invalid = || KeyError::unreadable("the event is not valid JSON");
    let mut scanner = Scanner::new(document);
    let Some((step, rest)) = pointer.split_first() else {
        let value = scanner.value_within(document.len()).ok_or_else(invalid)?;
        return Ok(value.to_vec());
    };
    let found = match scanner.peek().ok_or_else(invalid)? {
        b'{' => member(&mut scanner, step),
        b'[' => item(&mut scanner, step),
        b'"' => {
            let text = scanner.string().ok_or_else(invalid)?;
            let text: Vec<u8> = text.bytes().collect();
            let is_container = matches!(Scanner::new(&text).peek(), Some(b'{' | b'['));
            return if is_container {
                find(&text, pointer)
            } else {
                Ok(NULL.into())
            };
        }
        _ => None,
    };
    found.map_or_else(|| Ok(NULL.into()), |value| find(value, rest))
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
    use super::*;

    #[test]
    fn a_pointer_finds_the_same_value_as_serde_json_and_goes_into_texts() {
        let event = r#" {"a": [1, {"b/c~": 1.50}], "n": null, "body": "{\"id\":\"o-1\",\"lines\":[7]}", "d": 1, "d": 2, "t": "x", "" : 3} "#;
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
            ("/t/x", "null"),
            ("/d/x", "null"),
            ("/", "3"),
        ] {
            let found = Pointers::new([pointer]).unwrap().select(event.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(found).unwrap(), value, "{pointer:?}");
        }
        let several = Pointers::new(["/body/id", "/nope"]).unwrap();
        assert_eq!(several.select(event.as_bytes()).unwrap(), br#"["o-1",null]"#);
    }

    #[test]
    fn a_pointer_that_is_not_one_is_an_error() {
        for pointer in ["a", "a/b", "$.a"] {
            assert!(Pointers::new([pointer]).is_err(), "{pointer}");
        }
        assert!(Pointers::new([""; 0]).is_err());
    }
}
