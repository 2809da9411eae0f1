//! The two texts that a key is hashed as: [`write_compact`], and [`write_python`], which is that of Python's `json.dumps`.

use powertools_lambda_core::json::write_str;

use super::node::Node;
use crate::errors::KeyError;

/// Writes JSON without spaces, with sorted names, and with numbers as they were written.
pub(super) fn write_compact(json: &mut Vec<u8>, node: &Node<'_>) {
    match node {
        Node::Literal(text) | Node::Number(text) => json.extend_from_slice(text.as_bytes()),
        Node::Text(text) => write_str(json, text),
        Node::List(items) => {
            json.push(b'[');
            for (index, item) in items.iter().enumerate() {
                separate(json, index, b",");
                write_compact(json, item);
            }
            json.push(b']');
        }
        Node::Object(members) => {
            json.push(b'{');
            for (index, (name, value)) in members.iter().enumerate() {
                separate(json, index, b",");
                write_str(json, name);
                json.push(b':');
                write_compact(json, value);
            }
            json.push(b'}');
        }
    }
}

/// Writes what `json.dumps(json.loads(document), sort_keys=True)` returns in Python.
pub(super) fn write_python(json: &mut Vec<u8>, node: &Node<'_>) -> Result<(), KeyError> {
    match node {
        Node::Literal(text) => json.extend_from_slice(text.as_bytes()),
        Node::Number(text) => json.extend_from_slice(python_number(text)?.as_bytes()),
        Node::Text(text) => write_ascii(json, text),
        Node::List(items) => {
            json.push(b'[');
            for (index, item) in items.iter().enumerate() {
                separate(json, index, b", ");
                write_python(json, item)?;
            }
            json.push(b']');
        }
        Node::Object(members) => {
            json.push(b'{');
            for (index, (name, value)) in members.iter().enumerate() {
                separate(json, index, b", ");
                write_ascii(json, name);
                json.extend_from_slice(b": ");
                write_python(json, value)?;
            }
            json.push(b'}');
        }
    }
    Ok(())
}

fn separate(json: &mut Vec<u8>, index: usize, separator: &[u8]) {
    if index > 0 {
        json.extend_from_slice(separator);
    }
}

/// The longest integer that Python converts from text.
const MAX_PYTHON_DIGITS: usize = 4_300;

fn python_number(text: &str) -> Result<String, KeyError> {
    if text.contains(['.', 'e', 'E']) {
        let number: f64 = text.parse().map_err(|_| KeyError::unreadable("it is not valid JSON"))?;
        return Ok(python_float(number));
    }
    let digits = text.trim_start_matches('-');
    if digits.len() > MAX_PYTHON_DIGITS {
        let reason = "Python refuses an integer of more than 4,300 digits: use `KeyHash::Sha256`, or another key";
        return Err(KeyError::unreadable(reason));
    }
    // Python's integers are exact, and it reads `-0` as `0`.
    Ok(if digits == "0" { digits } else { text }.to_owned())
}

/// Returns Python's `repr`: the shortest digits, with an exponent below 1e-4 and from 1e16.
fn python_float(number: f64) -> String {
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if number != 0.0 && !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs());
    }
    let plain = format!("{number}");
    if plain.contains('.') { plain } else { plain + ".0" }
}

/// Writes a string in ASCII, with all other characters as UTF-16 escapes in lower case.
fn write_ascii(json: &mut Vec<u8>, text: &str) {
    json.push(b'"');
    for char in text.chars() {
        match char {
            '"' => json.extend_from_slice(br#"\""#),
            '\\' => json.extend_from_slice(br"\\"),
            '\n' => json.extend_from_slice(br"\n"),
            '\r' => json.extend_from_slice(br"\r"),
            '\t' => json.extend_from_slice(br"\t"),
            '\u{8}' => json.extend_from_slice(br"\b"),
            '\u{c}' => json.extend_from_slice(br"\f"),
            ' '..='~' => json.push(char as u8),
            _ => {
                for unit in char.encode_utf16(&mut [0; 2]) {
                    json.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
                }
            }
        }
    }
    json.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(document: &str) -> String {
        let mut json = Vec::new();
        write_python(&mut json, &Node::read(document.as_bytes()).unwrap()).unwrap();
        String::from_utf8(json).unwrap()
    }

    fn compact(document: &str) -> String {
        let mut json = Vec::new();
        write_compact(&mut json, &Node::read(document.as_bytes()).unwrap());
        String::from_utf8(json).unwrap()
    }

    /// Each pair was printed by `CPython` 3.13: `json.dumps(json.loads(document), sort_keys=True)`.
    #[test]
    fn python_writes_the_same_text() {
        for (document, text) in [
            ("1.0", "1.0"),
            ("1", "1"),
            ("-0", "0"),
            ("-0.0", "-0.0"),
            ("1e5", "100000.0"),
            ("1e15", "1000000000000000.0"),
            ("1e16", "1e+16"),
            ("123456789012345680.0", "1.2345678901234568e+17"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("1.5e-7", "1.5e-07"),
            ("5e-324", "5e-324"),
            ("1.7976931348623157e308", "1.7976931348623157e+308"),
            ("1e400", "Infinity"),
            ("-1e400", "-Infinity"),
            ("0.1", "0.1"),
            ("2.50", "2.5"),
            ("1E2", "100.0"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("\"\u{e9}\u{1f600}\"", r#""\u00e9\ud83d\ude00""#),
            (r#""\u001f\u007f\/\b\f\n\r\t\"\\""#, r#""\u001f\u007f/\b\f\n\r\t\"\\""#),
            (
                r#"{"b":1,"a":[1,{"z":null,"y":true}],"B":{}}"#,
                r#"{"B": {}, "a": [1, {"y": true, "z": null}], "b": 1}"#,
            ),
            (r#"{"a":1,"a":2}"#, r#"{"a": 2}"#),
            (
                "{\"\u{1f600}\":1,\"\u{ffff}\":2}",
                r#"{"\uffff": 2, "\ud83d\ude00": 1}"#,
            ),
            ("[]", "[]"),
        ] {
            assert_eq!(python(document), text, "{document}");
        }
    }

    #[test]
    fn an_integer_that_python_refuses_is_an_error() {
        let digits = "9".repeat(4_301);
        let node = Node::read(digits.as_bytes()).unwrap();
        let error = write_python(&mut Vec::new(), &node).unwrap_err();
        assert!(error.to_string().contains("4,300 digits"), "{error}");
        assert_eq!(python(&digits[1..]), digits[1..]);
    }

    #[test]
    fn the_compact_form_is_sorted_and_keeps_numbers() {
        for (document, text) in [
            (
                r#" { "b" : 1.50 , "a" : [ 1e400 , "é" ] } "#,
                r#"{"a":[1e400,"é"],"b":1.50}"#,
            ),
            (r#""a\u0062\n""#, r#""ab\n""#),
            ("18446744073709551616", "18446744073709551616"),
        ] {
            assert_eq!(compact(document), text);
        }
    }
}
