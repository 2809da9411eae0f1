//! `Writer`, which writes an event as one line of JSON, redacted and of limited length.

use powertools_lambda_core::json::{Scanner, Text};
use std::borrow::Cow;

use powertools_lambda_core::json;

use super::encoded;
use super::names::{Names, REDACTED};
use super::secrets::{self, StringValue};
use super::siblings::{Mark, Siblings, secret_item};

/// The maximum nesting of the output; `serde_json` parses 127 levels, of which the record is one.
const MAX_DEPTH: usize = 100;

/// The markers of an event that is truncated or not JSON.
const TRUNCATED: &str = "[truncated]";
const MALFORMED: &str = "[malformed]";

/// The room reserved for `,"[truncated]":true`.
const RESERVED: usize = TRUNCATED.len() + 8;

/// How many bytes, at most, are read ahead to learn what the members of an object say about each other.
///
/// An event has up to 6 MB, and an object is read once for each level of nesting, if at all.
const READ_AHEAD: usize = 16 << 20;

/// Copies an event token by token.
///
/// Room for a marker and the closing brackets is always reserved, so that the output can be closed within the limit.
pub(crate) struct Writer<'a> {
    names: &'a Names,
    max_bytes: usize,
    event: &'a [u8],
    scanner: Scanner<'a>,
    buffer: &'a mut Vec<u8>,
    /// The start of the output in `buffer`.
    start: usize,
    depth: usize,
    /// One bit for each open bracket, with the innermost lowest: 1 for an object, 0 for an array.
    objects: u128,
    /// The open objects and arrays.
    opened: Vec<Opened<'a>>,
    /// Whether the next value is a secret.
    is_secret: bool,
    /// What the siblings of the next value say about it.
    mark: Option<Mark>,
    /// The length of the rest of the event at the start of an item that is a secret.
    secret_item: Option<usize>,
    /// How much may still be read ahead.
    budget: usize,
}

/// An object or array that is being written.
struct Opened<'a> {
    /// The rest of the event from its bracket on.
    event: &'a [u8],
    is_record: bool,
    /// Read when a member needs them.
    siblings: Option<Siblings>,
}

/// Why the output ends before the event does.
enum Stop {
    Full,
    /// The output is full and its marker is already written.
    FullAndMarked,
    Malformed,
    /// There is text after the document.
    Trailing,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(names: &'a Names, max_bytes: usize, event: &'a [u8], buffer: &'a mut Vec<u8>) -> Self {
        Self {
            names,
            max_bytes,
            event,
            scanner: Scanner::new(event),
            start: buffer.len(),
            buffer,
            depth: 0,
            objects: 0,
            opened: Vec::new(),
            is_secret: false,
            mark: None,
            secret_item: None,
            budget: READ_AHEAD,
        }
    }

    /// Appends the event.
    pub(crate) fn write(mut self) {
        match self.document() {
            Ok(()) | Err(Stop::FullAndMarked) => {}
            Err(Stop::Full) => self.mark(TRUNCATED),
            Err(Stop::Malformed) if self.depth > 0 => self.mark(MALFORMED),
            Err(Stop::Trailing) if self.reopen() => self.mark(MALFORMED),
            Err(Stop::Malformed | Stop::Trailing) => {
                self.buffer.truncate(self.start);
                let event = &self.event[..self.event.len().min(self.max_bytes)];
                let text = String::from_utf8_lossy(event);
                let full_len = text.len() + self.event.len() - event.len();
                if let Err(Stop::Full) = self.text(&text, full_len, None) {
                    self.mark(TRUNCATED);
                }
            }
        }
        while self.depth > 0 {
            self.close();
        }
    }

    fn document(&mut self) -> Result<(), Stop> {
        loop {
            let mut needs_item = self.value()?;
            while !needs_item {
                if self.depth == 0 {
                    return if self.scanner.is_at_end() {
                        Ok(())
                    } else {
                        Err(Stop::Trailing)
                    };
                }
                match self.scanner.peek().ok_or(Stop::Malformed)? {
                    b',' => {
                        self.scanner.take(b',').ok_or(Stop::Malformed)?;
                        needs_item = true;
                    }
                    byte if byte == self.closer() => {
                        self.scanner.take(byte).ok_or(Stop::Malformed)?;
                        self.close();
                    }
                    _ => return Err(Stop::Malformed),
                }
            }
            self.item()?;
        }
    }

    /// Writes the separator before the next value: a comma, and in an object the name.
    fn item(&mut self) -> Result<(), Stop> {
        let length = self.buffer.len();
        if !matches!(self.buffer.last(), Some(b'{' | b'[')) {
            self.buffer.push(b',');
        }
        if !self.in_object() {
            return Ok(());
        }
        let result = self.name();
        if result.is_err() {
            self.buffer.truncate(length);
        }
        result
    }

    fn name(&mut self) -> Result<(), Stop> {
        let name = self.scanner.string().ok_or(Stop::Malformed)?;
        self.scanner.take(b':').ok_or(Stop::Malformed)?;
        let room = self.room().ok_or(Stop::Full)?;
        match name.as_plain() {
            Some(Ok(plain)) if plain.len() <= room => json::write_str(self.buffer, plain),
            _ => {
                let mut text = String::new();
                if !name.unescape(&mut text, room) {
                    return Err(Stop::Full);
                }
                json::write_str(self.buffer, &text);
            }
        }
        self.buffer.push(b':');
        self.is_secret = secrets::is_secret(self.names, name);
        self.mark = self.mark_of(name);
        self.room().map(drop).ok_or(Stop::Full)
    }

    /// Returns what the other members of the innermost object say about the one with this name.
    fn mark_of(&mut self, name: Text<'_>) -> Option<Mark> {
        if !Siblings::concern(name) {
            return None;
        }
        let opened = self.opened.last_mut()?;
        let (names, budget) = (self.names, &mut self.budget);
        let siblings = opened
            .siblings
            .get_or_insert_with(|| Siblings::of(names, opened.event, budget).in_record(opened.is_record));
        siblings.mark(name)
    }

    /// Writes a value, or opens an object or array; returns whether it opened one that is not empty.
    fn value(&mut self) -> Result<bool, Stop> {
        let byte = self.scanner.peek().ok_or(Stop::Malformed)?;
        let mark = self.mark.take();
        let rest = self.scanner.rest();
        let is_item = self.secret_item.take_if(|left| *left == rest.len()).is_some();
        if std::mem::take(&mut self.is_secret) || is_item || mark == Some(Mark::Secret) {
            self.scanner.skip_value().ok_or(Stop::Malformed)?;
            return match encoded::secret_bytes(rest) {
                Some(bytes) if byte == b'[' => self.copy(&bytes),
                _ => self.marker(REDACTED),
            }
            .map(|()| false);
        }
        if byte == b'[' {
            if let Some(bytes) = secrets::redact_bytes(self.names, rest) {
                self.copy(&bytes)?;
                return self.scanner.skip_value().ok_or(Stop::Malformed).map(|()| false);
            }
            let item = secret_item(self.names, rest, &mut self.budget);
            self.secret_item = item.map(|item| rest.len() - item.start).or(self.secret_item);
        }
        match byte {
            b'{' | b'[' if self.depth == MAX_DEPTH => {
                self.scanner.skip_value().ok_or(Stop::Malformed)?;
                self.marker(TRUNCATED)?;
            }
            b'{' | b'[' => {
                self.scanner.take(byte).ok_or(Stop::Malformed)?;
                self.open(byte)?;
                self.opened.push(Opened {
                    event: rest,
                    is_record: mark == Some(Mark::Record),
                    siblings: None,
                });
                if self.scanner.peek() == Some(self.closer()) {
                    self.scanner.take(self.closer()).ok_or(Stop::Malformed)?;
                    self.close();
                } else {
                    return Ok(true);
                }
            }
            b'"' => {
                let text = self.scanner.string().ok_or(Stop::Malformed)?;
                self.string(text, mark)?;
            }
            b'-' | b'0'..=b'9' => {
                let number = self.scanner.number().ok_or(Stop::Malformed)?;
                // Most JSON parsers reject a number that does not fit into an `f64`.
                if number.len() < 300 && !number.contains(['e', 'E']) || number.parse().is_ok_and(f64::is_finite) {
                    self.copy(number.as_bytes())?;
                } else {
                    self.marker(number)?;
                }
            }
            _ => {
                let literal = self.scanner.literal().ok_or(Stop::Malformed)?;
                self.copy(literal.as_bytes())?;
            }
        }
        Ok(false)
    }

    fn string(&mut self, string: Text<'_>, mark: Option<Mark>) -> Result<(), Stop> {
        if let Some(Ok(plain)) = string.as_plain()
            && plain.len() <= self.max_bytes
        {
            return self.text(plain, plain.len(), mark);
        }
        let mut text = String::new();
        let is_whole = string.unescape(&mut text, self.max_bytes);
        let full_len = if is_whole {
            text.len()
        } else {
            string.raw().len().max(text.len() + 1)
        };
        self.text(&text, full_len, mark)
    }

    /// Writes a short text that does not come from the event.
    fn marker(&mut self, text: &str) -> Result<(), Stop> {
        self.text(text, text.len(), None)
    }

    /// Writes a text without its secrets, truncated to the remaining room.
    ///
    /// It had `full_len` bytes before it was cut.
    fn text(&mut self, text: &str, full_len: usize, mark: Option<Mark>) -> Result<(), Stop> {
        let mut clean = Vec::new();
        let mut is_whole = full_len == text.len();
        let text = if secrets::redact(self.names, StringValue { text, full_len, mark }, &mut clean) {
            is_whole |= clean == REDACTED.as_bytes();
            String::from_utf8_lossy(&clean)
        } else {
            Cow::Borrowed(text)
        };
        let room = self.room().and_then(|room| room.checked_sub(2)).ok_or(Stop::Full)?;
        if is_whole && fitting(&text, room) == text.len() {
            json::write_str(self.buffer, &text);
            return Ok(());
        }
        let room = room.checked_sub(TRUNCATED.len()).ok_or(Stop::Full)?;
        let end = fitting(&text, room);
        self.buffer.push(b'"');
        json::write_escaped(self.buffer, &text[..end]);
        self.buffer.extend_from_slice(TRUNCATED.as_bytes());
        self.buffer.push(b'"');
        if end < text.len() {
            Err(Stop::FullAndMarked)
        } else {
            Ok(())
        }
    }

    fn copy(&mut self, json: &[u8]) -> Result<(), Stop> {
        if self.room().is_none_or(|room| room < json.len()) {
            return Err(Stop::Full);
        }
        self.buffer.extend_from_slice(json);
        Ok(())
    }

    fn open(&mut self, bracket: u8) -> Result<(), Stop> {
        if self.room().is_none_or(|room| room < 2) {
            return Err(Stop::Full);
        }
        self.buffer.push(bracket);
        self.depth += 1;
        self.objects = self.objects << 1 | u128::from(bracket == b'{');
        Ok(())
    }

    fn close(&mut self) {
        self.buffer.push(self.closer());
        self.depth -= 1;
        self.opened.pop();
        self.objects >>= 1;
    }

    /// Removes the last closing bracket; returns whether there was one.
    fn reopen(&mut self) -> bool {
        let is_object = match self.buffer[self.start..].last() {
            Some(b'}') => true,
            Some(b']') => false,
            _ => return false,
        };
        self.buffer.pop();
        self.depth += 1;
        self.objects = u128::from(is_object);
        true
    }

    /// Writes the marker that says why the output ends, in the form that fits after the last token.
    fn mark(&mut self, marker: &str) {
        let last = self.buffer.last().copied().filter(|_| self.depth > 0);
        let is_item = matches!(last, Some(b'{' | b'[' | b',' | b':')) || self.depth == 0;
        if !is_item {
            self.buffer.push(b',');
        }
        json::write_str(self.buffer, marker);
        if self.in_object() && last != Some(b':') {
            self.buffer.extend_from_slice(b":true");
        }
    }

    fn in_object(&self) -> bool {
        self.depth > 0 && self.objects & 1 == 1
    }

    fn closer(&self) -> u8 {
        if self.in_object() { b'}' } else { b']' }
    }

    /// Returns how many bytes can be written so that the output can still be closed.
    fn room(&self) -> Option<usize> {
        let written = self.buffer.len() - self.start;
        self.max_bytes.checked_sub(written + self.depth + RESERVED)
    }
}

/// Returns the length of the beginning of `text` that takes at most `room` bytes when escaped.
fn fitting(text: &str, room: usize) -> usize {
    if text.len().saturating_mul(6) <= room {
        return text.len();
    }
    let mut taken = 0;
    for (at, char) in text.char_indices() {
        taken += match char {
            '"' | '\\' | '\u{8}' | '\t' | '\n' | '\u{c}' | '\r' => 2,
            '\0'..' ' => 6,
            _ => char.len_utf8(),
        };
        if taken > room {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::LogEvent;
    use super::*;

    fn written(log_event: &LogEvent, event: &[u8]) -> String {
        let mut buffer = b"before:".to_vec();
        log_event.write(event, &mut buffer);
        let line = String::from_utf8(buffer).unwrap();
        line.strip_prefix("before:").unwrap().to_owned()
    }

    fn logged(event: &str) -> String {
        written(&LogEvent::new(), event.as_bytes())
    }

    /// Writes `event` with a limit of 64 bytes.
    fn cut(event: &str) -> String {
        written(&LogEvent::new().max_bytes(64), event.as_bytes())
    }

    #[test]
    fn an_event_is_one_line_without_its_secrets() {
        let event = r#"{
            "headers": { "Authorization" : "Bearer a", "accept": "b\/c" },
            "multiValueHeaders": {"Cookie": ["a=b"], "accept": ["c"]},
            "requestContext": {"identity": {"apiKey": "k", "sourceIp": null}},
            "rawQueryString": "token=a&page=2",
            "cookies": ["a=b"], "empty": {}, "list": [ ], "n": [-1.50, true],
            "body": "{\"user\": \"u\", \"password\": \"p\"}"
        }"#;
        let expected = concat!(
            r#"{"headers":{"Authorization":"[redacted]","accept":"b/c"},"#,
            r#""multiValueHeaders":{"Cookie":"[redacted]","accept":["c"]},"#,
            r#""requestContext":{"identity":{"apiKey":"[redacted]","sourceIp":null}},"#,
            r#""rawQueryString":"token=[redacted]&page=2","#,
            r#""cookies":"[redacted]","empty":{},"list":[],"n":[-1.50,true],"#,
            r#""body":"{\"user\": \"u\", \"password\": \"[redacted]\"}"}"#
        );
        assert_eq!(logged(event), expected);
    }

    #[test]
    fn names_can_be_added_and_removed() {
        let log_event = LogEvent::new().redact("ssn").keep("TOKEN");
        let line = written(&log_event, br#"{"SSN":1,"token":2,"password":3}"#);
        assert_eq!(line, r#"{"SSN":"[redacted]","token":2,"password":"[redacted]"}"#);
    }

    #[test]
    fn an_event_that_is_not_json_is_a_text() {
        for (event, expected) in [
            ("", r#""""#),
            ("hello\n\"you\"", r#""hello\n\"you\"""#),
            ("12 monkeys", r#""12 monkeys""#),
            ("user=a&password=b", r#""user=a&password=[redacted]""#),
            ("true", "true"),
            (" 12.50 ", "12.50"),
            (r#""a""#, r#""a""#),
            (r#""{\"token\":1}""#, r#""{\"token\":\"[redacted]\"}""#),
        ] {
            assert_eq!(logged(event), expected, "{event}");
        }
        assert_eq!(written(&LogEvent::new(), b"a\xffb"), "\"a\u{fffd}b\"");
    }

    #[test]
    fn an_event_ends_where_it_stops_being_json() {
        for (event, expected) in [
            (
                r#"{"a":1,"b":[2,oops],"token":"x"}"#,
                r#"{"a":1,"b":[2,"[malformed]"]}"#,
            ),
            (r#"{"a":oops}"#, r#"{"a":"[malformed]"}"#),
            (r#"{"a":1,}"#, r#"{"a":1,"[malformed]":true}"#),
            (r"{a:1}", r#"{"[malformed]":true}"#),
            (r#"["a""#, r#"["a","[malformed]"]"#),
            (r"[1}", r#"[1,"[malformed]"]"#),
            (r#"{"a":1}{"token":"x"}"#, r#"{"a":1,"[malformed]":true}"#),
            (r"[]x", r#"["[malformed]"]"#),
            (r#"{"token":"x"#, r#"{"token":"[malformed]"}"#),
        ] {
            assert_eq!(logged(event), expected, "{event}");
        }
    }

    #[test]
    fn an_event_that_is_too_long_is_truncated() {
        let many = "1,".repeat(1_000);
        assert_eq!(
            cut(&format!("[{many}1]")),
            r#"[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"[truncated]"]"#
        );
        let long = "é\n".repeat(1_000);
        let event = json!({"a": {"b": long, "c": 1}, "d": 2}).to_string();
        assert_eq!(cut(&event), r#"{"a":{"b":"é\né\né\né\né\n[truncated]"}}"#);
        let event = format!(r#"{{"a":1,"{}":2,"b":3}}"#, "k".repeat(100));
        assert_eq!(cut(&event), r#"{"a":1,"[truncated]":true}"#);
        let event = format!(r#"{{"a":1,"b":{}}}"#, "1".repeat(100));
        assert_eq!(cut(&event), r#"{"a":1,"b":"[truncated]"}"#);
        assert!(cut(&"x".repeat(100)).ends_with("x[truncated]\""));
    }

    #[test]
    fn the_rest_of_a_truncated_event_is_not_read() {
        let event = format!("[{} oops", "1,".repeat(1_000));
        assert!(cut(&event).ends_with(r#","[truncated]"]"#));
    }

    #[test]
    fn values_nested_too_deep_are_left_out() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(logged(&nested(MAX_DEPTH)), nested(MAX_DEPTH));
        let expected = nested(MAX_DEPTH).replace("[]", "[\"[truncated]\"]");
        assert_eq!(logged(&nested(1_000_000)), expected);
        assert!(serde_json::from_str::<Value>(&logged(&"{\"a\":[".repeat(1_000_000))).is_ok());
    }

    #[test]
    fn a_number_that_parsers_reject_is_a_text() {
        assert_eq!(logged("[1e999,-1e-999,1e9]"), r#"["1e999",-1e-999,1e9]"#);
        let long = "1".repeat(400);
        assert_eq!(logged(&format!("[{long}]")), format!("[\"{long}\"]"));
    }
}
