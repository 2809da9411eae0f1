//! `Pointer`, a JSON pointer (RFC 6901) that is looked up in raw bytes.

use powertools_lambda_core::json::{Scanner, Text};
use std::borrow::Cow;
use std::fmt;

/// A JSON pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pointer {
    text: Cow<'static, str>,
    /// Whether the case of names is ignored, as for HTTP headers.
    any_case: bool,
}

/// A value that can be an id: a string or a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scalar<'a> {
    Text(Text<'a>),
    /// As written in the document.
    Number(&'a str),
}

impl Pointer {
    /// Creates a pointer; `text` must satisfy [`is_pointer`].
    pub(crate) const fn exact(text: &'static str) -> Self {
        let any_case = false;
        let text = Cow::Borrowed(text);
        Self { text, any_case }
    }

    /// Like [`exact`](Self::exact), but ignores the ASCII case of names.
    pub(crate) const fn any_case(text: &'static str) -> Self {
        let any_case = true;
        let text = Cow::Borrowed(text);
        Self { text, any_case }
    }

    /// Like [`exact`](Self::exact) or [`any_case`](Self::any_case), for a text made at run time.
    pub(crate) fn owned(text: String, any_case: bool) -> Self {
        let text = Cow::Owned(text);
        Self { text, any_case }
    }

    /// Returns the string or number at this place in `document`; nothing after it is read.
    pub(crate) fn look_up<'a>(&self, document: &'a [u8]) -> Option<Scalar<'a>> {
        let mut scanner = Scanner::new(document);
        self.seek(&mut scanner)?;
        if scanner.peek()? == b'"' {
            return scanner.string().map(Scalar::Text);
        }
        let number = scanner.number()?;
        // If the document ends here inside an object or array, the number may be incomplete.
        let is_whole = self.text.is_empty() || !scanner.is_at_end();
        is_whole.then_some(Scalar::Number(number))
    }

    /// Moves the scanner to the value.
    fn seek(&self, scanner: &mut Scanner<'_>) -> Option<()> {
        self.text
            .split('/')
            .skip(1)
            .try_for_each(|token| match scanner.peek()? {
                b'{' => self.seek_member(scanner, token),
                b'[' => seek_element(scanner, token),
                _ => None,
            })
    }

    /// Moves from an object to the value of its first member with this name.
    fn seek_member(&self, scanner: &mut Scanner<'_>, token: &str) -> Option<()> {
        scanner.take(b'{')?;
        loop {
            let name = scanner.string()?;
            scanner.take(b':')?;
            if self.is_name(token, name) {
                return Some(());
            }
            scanner.skip_value()?;
            scanner.take(b',')?;
        }
    }

    fn is_name(&self, token: &str, name: Text<'_>) -> bool {
        if !name.is_escaped() && !token.contains('~') {
            let (token, name) = (token.as_bytes(), name.raw());
            return token == name || self.any_case && token.eq_ignore_ascii_case(name);
        }
        let fold = |byte: u8| if self.any_case { byte.to_ascii_lowercase() } else { byte };
        token_bytes(token).map(fold).eq(name.bytes().map(fold))
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// Returns whether `text` is a JSON pointer.
pub(crate) const fn is_pointer(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.is_empty() {
        return true;
    }
    if bytes[0] != b'/' {
        return false;
    }
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'~' && (at + 1 == bytes.len() || !matches!(bytes[at + 1], b'0' | b'1')) {
            return false;
        }
        at += 1;
    }
    true
}

/// Moves from an array to an element.
fn seek_element(scanner: &mut Scanner<'_>, token: &str) -> Option<()> {
    scanner.take(b'[')?;
    let digits = token.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = token.len() > 1 && token.starts_with('0');
    let index: usize = token.parse().ok().filter(|_| digits && !leading_zero)?;
    for _ in 0..index {
        scanner.skip_value()?;
        scanner.take(b',')?;
    }
    Some(())
}

/// Returns the bytes of the name that a token of a pointer encodes.
fn token_bytes(token: &str) -> impl Iterator<Item = u8> {
    let mut bytes = token.bytes();
    std::iter::from_fn(move || match bytes.next()? {
        b'~' => match bytes.next()? {
            b'1' => Some(b'/'),
            _ => Some(b'~'),
        },
        byte => Some(byte),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::super::test_json;
    use super::*;

    fn found(pointer: &'static str, document: &str) -> Option<String> {
        Pointer::exact(pointer).look_up(document.as_bytes()).map(printed)
    }

    fn printed(scalar: Scalar<'_>) -> String {
        match scalar {
            Scalar::Text(text) => {
                let mut string = String::new();
                assert!(text.unescape(&mut string, usize::MAX));
                string
            }
            Scalar::Number(number) => number.to_owned(),
        }
    }

    #[test]
    fn the_examples_of_the_rfc_find_their_values() {
        let document = r#"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#;
        for (pointer, value) in [
            ("/foo/0", "bar"),
            ("/foo/1", "baz"),
            ("/", "0"),
            ("/a~1b", "1"),
            ("/c%d", "2"),
            ("/e^f", "3"),
            ("/g|h", "4"),
            ("/i\\j", "5"),
            ("/k\"l", "6"),
            ("/ ", "7"),
            ("/m~0n", "8"),
        ] {
            assert_eq!(found(pointer, document).as_deref(), Some(value), "{pointer}");
        }
        for pointer in [
            "", "/foo", "/foo/2", "/foo/-", "/foo/00", "/foo/+1", "/foo/0/0", "/bar", "/foo/0x",
        ] {
            assert_eq!(found(pointer, document), None, "{pointer}");
        }
        assert_eq!(found("", "\"all of it\"").as_deref(), Some("all of it"));
        assert_eq!(found("", " 42").as_deref(), Some("42"));
    }

    #[test]
    fn an_index_is_a_name_in_an_object() {
        assert_eq!(found("/0/00", r#"{"0":{"00":"a"}}"#).as_deref(), Some("a"));
    }

    #[test]
    fn the_first_of_equal_names_counts() {
        assert_eq!(
            found("/a/b", r#"{"a":{"b":"1","b":"2"},"a":{"b":"3"}}"#).as_deref(),
            Some("1")
        );
        assert_eq!(found("/a/b", r#"{"a":{"c":"1"},"a":{"b":"3"}}"#), None);
    }

    #[test]
    fn a_name_is_compared_unescaped() {
        assert_eq!(found("/id", r#"{"\u0069d":"a"}"#).as_deref(), Some("a"));
        assert_eq!(found("/é", r#"{"\u00e9":"a"}"#).as_deref(), Some("a"));
        let any_case = Pointer::any_case("/HEAD~1er");
        assert!(any_case.look_up(br#"{"head\/ER":"a"}"#).is_some());
        assert!(any_case.look_up(br#"{"head-ER":"a"}"#).is_none());
    }

    #[test]
    fn nothing_after_the_value_is_read() {
        assert_eq!(found("/a/1", r#"{"a":["x","y" <not json>"#).as_deref(), Some("y"));
        assert_eq!(found("/a", r#"{"a":12 <not json>"#).as_deref(), Some("12"));
    }

    #[test]
    fn a_value_without_its_end_is_not_found() {
        for event in [
            r#"{"a":"x"#,
            r#"{"a":"x\"#,
            r#"{"a":12"#,
            r#"{"a":-"#,
            r#"{"a":12."#,
            r#"{"a":"#,
            "{",
            "",
            "{\"a\"",
            "{x:1}",
        ] {
            assert_eq!(found("/a", event), None, "{event}");
        }
    }

    #[test]
    fn deep_nesting_takes_no_stack() {
        let depth = 1_000_000;
        let event = format!("{{\"deep\":{}{},\"id\":\"a\"}}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(found("/id", &event).as_deref(), Some("a"));
        let pointer = Pointer::owned("/0".repeat(depth), false);
        assert!(pointer.look_up("[".repeat(depth).as_bytes()).is_none());
    }

    /// Collects every pointer into `value` with the value it finds.
    fn pointers(value: &Value, pointer: &str, all: &mut Vec<(String, Value)>) {
        all.push((pointer.to_owned(), value.clone()));
        match value {
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    pointers(item, &format!("{pointer}/{at}"), all);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    pointers(member, &format!("{pointer}/{name}"), all);
                }
            }
            _ => {}
        }
    }

    proptest! {
        #[test]
        fn every_pointer_finds_what_serde_json_finds(value in test_json::value(), pretty in any::<bool>()) {
            let document = if pretty { format!("{value:#}") } else { value.to_string() };
            let mut all = Vec::new();
            pointers(&value, "", &mut all);
            all.push(("/absent/0".to_owned(), Value::Null));
            for (text, _) in all {
                prop_assert!(is_pointer(&text));
                let expected = match value.pointer(&text) {
                    Some(Value::String(text)) => Some(text.clone()),
                    Some(Value::Number(number)) => Some(number.to_string()),
                    _ => None,
                };
                let found = Pointer::owned(text, false).look_up(document.as_bytes());
                prop_assert_eq!(found.map(printed), expected);
            }
        }
    }
}
