//! [`Node`], a JSON document whose numbers are kept as they were written.

use std::collections::BTreeMap;

use powertools_lambda_core::json::Scanner;

use crate::errors::KeyError;

/// A JSON value. `serde_json::Value` would round long numbers and forget how a number was written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node<'a> {
    /// `true`, `false` or `null`.
    Literal(&'static str),
    Number(&'a str),
    Text(String),
    List(Vec<Self>),
    /// Sorted by code points. If two members have the same name, the last one counts, as in all implementations.
    Object(BTreeMap<String, Self>),
}

/// The deepest nesting, as in `serde_json`.
const MAX_DEPTH: usize = 128;

impl<'a> Node<'a> {
    /// Reads a whole document.
    pub(super) fn read(document: &'a [u8]) -> Result<Self, KeyError> {
        let mut scanner = Scanner::new(document);
        let node = read(&mut scanner, MAX_DEPTH)?;
        if scanner.is_at_end() {
            Ok(node)
        } else {
            Err(KeyError::unreadable("there is more text after the end of the JSON"))
        }
    }

    /// Returns whether this has nothing by which a request can be recognised.
    pub(super) fn is_missing(&self) -> bool {
        match self {
            Self::Literal(literal) => *literal == NULL,
            Self::Number(_) => false,
            Self::Text(text) => text.is_empty(),
            Self::List(items) => items.iter().all(Self::is_null),
            Self::Object(members) => members.values().all(Self::is_null),
        }
    }

    fn is_null(&self) -> bool {
        matches!(self, Self::Literal(literal) if *literal == NULL)
    }
}

pub(super) const NULL: &str = "null";

fn read<'a>(scanner: &mut Scanner<'a>, depth: usize) -> Result<Node<'a>, KeyError> {
    if depth == 0 {
        return Err(KeyError::unreadable("it is nested more than 128 levels deep"));
    }
    let invalid = || KeyError::unreadable("it is not valid JSON");
    match scanner.peek().ok_or_else(invalid)? {
        b'"' => text(scanner).map(Node::Text),
        b'[' => read_list(scanner, depth),
        b'{' => read_object(scanner, depth),
        b't' | b'f' | b'n' => scanner.literal().map(Node::Literal).ok_or_else(invalid),
        _ => scanner.number().map(Node::Number).ok_or_else(invalid),
    }
}

fn read_list<'a>(scanner: &mut Scanner<'a>, depth: usize) -> Result<Node<'a>, KeyError> {
    let mut items = Vec::new();
    take(scanner, b'[')?;
    while scanner.take(b']').is_none() {
        if !items.is_empty() {
            take(scanner, b',')?;
        }
        items.push(read(scanner, depth - 1)?);
    }
    Ok(Node::List(items))
}

fn read_object<'a>(scanner: &mut Scanner<'a>, depth: usize) -> Result<Node<'a>, KeyError> {
    let mut members = BTreeMap::new();
    let mut is_first = true;
    take(scanner, b'{')?;
    while scanner.take(b'}').is_none() {
        if !std::mem::take(&mut is_first) {
            take(scanner, b',')?;
        }
        let name = text(scanner)?;
        take(scanner, b':')?;
        members.insert(name, read(scanner, depth - 1)?);
    }
    Ok(Node::Object(members))
}

fn take(scanner: &mut Scanner<'_>, byte: u8) -> Result<(), KeyError> {
    let taken = scanner.take(byte);
    taken.ok_or_else(|| KeyError::unreadable("it is not valid JSON"))
}

fn text(scanner: &mut Scanner<'_>) -> Result<String, KeyError> {
    let invalid = || KeyError::unreadable("it is not valid JSON");
    let text = scanner.string().ok_or_else(invalid)?;
    if let Some(plain) = text.as_plain() {
        return plain.map(str::to_owned).map_err(|_| invalid());
    }
    // Strict, where the scanner would replace half of a surrogate pair: two keys must not become one.
    let quoted = [b"\"", text.raw(), b"\""].concat();
    serde_json::from_slice(&quoted).map_err(|_| KeyError::unreadable("a text in it has an invalid escape"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_is_what_identifies_nothing() {
        for (document, missing) in [
            ("null", true),
            (r#""""#, true),
            ("[]", true),
            ("{}", true),
            ("[null, null]", true),
            (r#"{"a": null, "b": null}"#, true),
            ("0", false),
            ("false", false),
            ("0.0", false),
            (r#"" ""#, false),
            ("[[]]", false),
            (r#"[null, ""]"#, false),
            (r#"{"a": 0, "b": null}"#, false),
            (r#"{"a": {}}"#, false),
        ] {
            assert_eq!(
                Node::read(document.as_bytes()).unwrap().is_missing(),
                missing,
                "{document}"
            );
        }
    }

    #[test]
    fn what_is_not_valid_json_is_an_error() {
        let deep = "[".repeat(200) + &"]".repeat(200);
        for document in [
            "",
            "[",
            "[1",
            "[1,]",
            "[,1]",
            "{\"a\"}",
            "{\"a\":1,}",
            "{a:1}",
            "1 2",
            "01",
            "nul",
            "\"\\x\"",
            "\"\\ud800\"",
            &deep,
        ] {
            assert!(Node::read(document.as_bytes()).is_err(), "{document}");
        }
    }
}
