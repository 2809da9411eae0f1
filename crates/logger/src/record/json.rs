//! `json`, which puts structured values into fields, and the functions that write values as JSON.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::{self, Write};
use std::io;

use memchr::memchr2;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// Wraps a [`Serialize`] value as a structured field: `info!(order = ?json(&order), "placed")`.
///
/// The `?` is required, because `tracing` has no field type for structures and the value is passed as a `Debug` value
/// that prints JSON; with `%` or without a sigil the code does not compile. The logger writes the structure itself into
/// the record; any other layer prints the same JSON as text. The value can be a reference, and is serialized only if
/// the event is written. A value that cannot be serialized becomes the text `<not serialisable: …>`.
///
/// [`append_key`](crate::append_key) and the other functions for keys take such values directly, without `json`.
///
/// ```
/// use powertools_lambda_logger::json;
/// use tracing::info;
///
/// #[derive(serde::Serialize)]
/// struct Order {
///     id: u64,
/// }
///
/// let order = Order { id: 1 };
/// info!(order = ?json(&order), "order placed"); // "order":{"id":1}
/// ```
pub fn json<T: Serialize>(value: T) -> Json<T> {
    Json(value)
}

/// A value whose `Debug` text is its JSON, returned by [`json`].
#[derive(Clone, Copy)]
#[must_use = "pass it to an event as a field: `info!(order = ?json(&order))`"]
pub struct Json<T>(T);

impl<T: Serialize> fmt::Debug for Json<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Serialized before anything is written, so that a value that fails half-way leaves nothing behind.
        match serde_json::to_string(&self.0) {
            Ok(text) => {
                if RAW.get() == Raw::Possible {
                    RAW.set(Raw::Begun);
                }
                f.write_str(&on_one_line(&text))?;
                if RAW.get() == Raw::Begun {
                    RAW.set(Raw::Whole);
                }
                Ok(())
            }
            Err(error) => write!(f, "<not serialisable: {error}>"),
        }
    }
}

/// Whether the text that a `Debug` writes is JSON to be copied unchanged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Raw {
    /// It is text: something else was written, or the logger is not recording.
    No,
    /// Nothing has been written yet.
    Possible,
    /// [`Json`] is writing.
    Begun,
    /// [`Json`] has written its value, and nothing else has been written.
    Whole,
}

thread_local! {
    static RAW: Cell<Raw> = const { Cell::new(Raw::No) };
}

/// Appends the `Debug` text of `value` as a JSON string, or the JSON itself if `value` is a [`Json`].
pub(crate) fn write_debug(buffer: &mut Vec<u8>, value: &dyn fmt::Debug) {
    let start = buffer.len();
    buffer.push(b'"');
    let listening = Listening(RAW.replace(Raw::Possible));
    let mut text = Text { buffer, start };
    let written = write!(text, "{value:?}");
    let whole = RAW.get() == Raw::Whole;
    drop(listening);
    if written.is_err() {
        let _ = text.write_str("<its Debug failed>");
    }
    if whole {
        // The quote that was pushed before this was known.
        buffer.remove(start);
    } else {
        buffer.push(b'"');
    }
}

/// Appends the `Display` text of `value` as a JSON string.
pub(crate) fn write_display(buffer: &mut Vec<u8>, value: impl fmt::Display) {
    buffer.push(b'"');
    write_escaped_display(buffer, value);
    buffer.push(b'"');
}

/// Appends the `Display` text of `value`, escaped for the inside of a JSON string.
pub(crate) fn write_escaped_display(buffer: &mut Vec<u8>, value: impl fmt::Display) {
    if write!(Escaped(buffer), "{value}").is_err() {
        buffer.extend_from_slice(b"<its Display failed>");
    }
}

/// Appends any value as JSON, or `<not serialisable: …>` if it cannot be serialized.
pub(crate) fn write_value(buffer: &mut Vec<u8>, value: &impl Serialize) {
    let start = buffer.len();
    let written = value.serialize(&mut Serializer::with_formatter(Bytes(buffer), OneLine));
    if let Err(error) = written {
        buffer.truncate(start);
        write_display(buffer, format_args!("<not serialisable: {error}>"));
    }
}

/// Writes JSON as `serde_json` does, but a raw value, which is copied as it was read, on one line.
struct OneLine;

impl Formatter for OneLine {
    fn write_raw_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        writer.write_all(on_one_line(fragment).as_bytes())
    }
}

/// Replaces line breaks, which JSON can have only between its tokens, and which would end the record.
fn on_one_line(json: &str) -> Cow<'_, str> {
    match memchr2(b'\n', b'\r', json.as_bytes()) {
        None => Cow::Borrowed(json),
        Some(_) => Cow::Owned(json.replace(['\n', '\r'], " ")),
    }
}

/// Restores the state of an outer value, because a `Debug` may log and thus write other values.
struct Listening(Raw);

impl Drop for Listening {
    fn drop(&mut self) {
        RAW.set(self.0);
    }
}

struct Text<'a> {
    buffer: &'a mut Vec<u8>,
    start: usize,
}

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        match RAW.get() {
            Raw::Begun => {
                self.buffer.extend_from_slice(text.as_bytes());
                return Ok(());
            }
            Raw::Possible if !text.is_empty() => RAW.set(Raw::No),
            Raw::Whole if !text.is_empty() => {
                // More follows, so the whole value is text: the JSON copied so far has to be escaped after all.
                RAW.set(Raw::No);
                let taken = self.buffer.split_off(self.start + 1);
                powertools_lambda_core::json::write_escaped(self.buffer, &String::from_utf8_lossy(&taken));
            }
            _ => {}
        }
        powertools_lambda_core::json::write_escaped(self.buffer, text);
        Ok(())
    }
}

struct Escaped<'a>(&'a mut Vec<u8>);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        powertools_lambda_core::json::write_escaped(self.0, text);
        Ok(())
    }
}

struct Bytes<'a>(&'a mut Vec<u8>);

impl io::Write for Bytes<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: &dyn fmt::Debug) -> String {
        let mut buffer = Vec::new();
        write_debug(&mut buffer, value);
        String::from_utf8(buffer).unwrap()
    }

    #[test]
    fn a_structure_is_copied_unchanged_and_printed_the_same_elsewhere() {
        let order = json(serde_json::json!({"id": "A-1", "lines": [1, 2.5, null]}));
        assert_eq!(written(&order), r#"{"id":"A-1","lines":[1,2.5,null]}"#);
        assert_eq!(format!("{order:?}"), r#"{"id":"A-1","lines":[1,2.5,null]}"#);
    }

    #[test]
    fn a_structure_inside_other_text_is_text() {
        assert_eq!(written(&Some(json([1]))), r#""Some([1])""#);
        struct Followed;
        impl fmt::Debug for Followed {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}!", json("a"))
            }
        }
        assert_eq!(written(&Followed), r#""\"a\"!""#);
    }

    #[test]
    fn a_value_that_fails_becomes_a_text_that_says_so() {
        let keys_that_are_not_text = json(std::collections::HashMap::from([([1, 2], 3)]));
        assert_eq!(
            written(&keys_that_are_not_text),
            r#""<not serialisable: key must be a string>""#
        );
        struct Fails;
        impl fmt::Debug for Fails {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("half")?;
                Err(fmt::Error)
            }
        }
        assert_eq!(written(&Fails), r#""half<its Debug failed>""#);
    }
}
