//! `with_json`, which serializes values of metadata.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use memchr::memchr2;
use powertools_lambda_core::json;
use serde::Serialize;

use super::json_serializer::JsonSerializer;

/// Calls `use_it` with the value's JSON, in a buffer of the thread.
///
/// The value is serialized before any lock is taken, because a user's `Serialize` may add metrics itself. If it fails or
/// panics, the value is a text that says so.
pub(crate) fn with_json(value: &impl Serialize, use_it: impl FnOnce(&[u8])) {
    thread_local! {
        static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    }
    /// The maximum size of a buffer whose memory is kept.
    const MAX_KEPT: usize = 8 * 1_024;

    // Taken, not borrowed, so that a value that adds metadata while it is serialized gets another buffer.
    let mut buffer = BUFFER.try_with(Cell::take).unwrap_or_default();
    buffer.clear();
    let written = catch_unwind(AssertUnwindSafe(|| {
        value.serialize(JsonSerializer {
            buffer: &mut buffer,
            other: &mut None,
        })
    }));
    match written {
        Ok(Ok(())) => on_one_line(&mut buffer),
        Ok(Err(error)) => replace(&mut buffer, &format!("<not serialisable: {error}>")),
        Err(_) => replace(&mut buffer, "<not serialisable: it panicked>"),
    }
    use_it(&buffer);
    if buffer.capacity() <= MAX_KEPT {
        let _ = BUFFER.try_with(|kept| kept.set(buffer));
    }
}

fn replace(buffer: &mut Vec<u8>, text: &str) {
    buffer.clear();
    json::write_str(buffer, text);
}

/// Replaces line breaks between tokens, which a raw value may have and which would end the record.
fn on_one_line(buffer: &mut [u8]) {
    let mut rest = buffer;
    while let Some(at) = memchr2(b'\n', b'\r', rest) {
        rest[at] = b' ';
        rest = &mut rest[at + 1..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json_of(value: &impl Serialize) -> String {
        let mut text = String::new();
        with_json(value, |bytes| text.push_str(std::str::from_utf8(bytes).unwrap()));
        text
    }

    #[test]
    fn a_value_that_cannot_be_serialised_says_so() {
        struct Panics;
        impl Serialize for Panics {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                panic!("never fails a function");
            }
        }
        let map = std::collections::BTreeMap::from([((1, 2), 3)]);
        assert_eq!(json_of(&map), r#""<not serialisable: key must be a string>""#);
        assert_eq!(json_of(&Panics), r#""<not serialisable: it panicked>""#);
        assert_eq!(json_of(&"next"), r#""next""#);
    }

    #[test]
    fn a_value_that_adds_metadata_itself_has_its_own_buffer() {
        struct Nested;
        impl Serialize for Nested {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                assert_eq!(json_of(&"inner"), r#""inner""#);
                serializer.serialize_str("outer")
            }
        }
        assert_eq!(json_of(&[Nested, Nested]), r#"["outer","outer"]"#);
    }
}
