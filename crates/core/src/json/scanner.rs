//! [`Scanner`] reads JSON from bytes, forwards only, without building a tree.
//!
//! `serde_json` can walk a document too, but it allocates twice: for the open brackets of what it skips, and for the
//! error that is the only way to stop early.

use memchr::memchr;

use super::text::Text;

/// A position in a JSON document.
///
/// Each method returns `None` if what it reads is not at this position; no method panics. In skipped values only
/// strings and brackets are recognised, so skipping is a single loop for any depth of nesting.
///
/// See the [module](crate::json) for an example.
#[derive(Clone, Debug)]
pub struct Scanner<'a> {
    rest: &'a [u8],
}

impl<'a> Scanner<'a> {
    /// Creates a scanner at the start of `document`.
    pub fn new(document: &'a [u8]) -> Self {
        Self { rest: document }
    }

    /// Returns the part of the document that has not been read yet.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Skips white space and returns the next byte without taking it.
    #[inline]
    pub fn peek(&mut self) -> Option<u8> {
        loop {
            let (&byte, rest) = self.rest.split_first()?;
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.rest = rest;
        }
    }

    /// Skips white space and takes `byte`, if it is the next one.
    #[inline]
    pub fn take(&mut self, byte: u8) -> Option<()> {
        if self.peek()? != byte {
            return None;
        }
        self.advance(1)
    }

    /// Skips white space and returns whether nothing is left.
    pub fn is_at_end(&mut self) -> bool {
        self.peek().is_none()
    }

    /// Takes a string.
    #[inline]
    pub fn string(&mut self) -> Option<Text<'a>> {
        self.take(b'"')?;
        let (text, end) = Text::until_quote(self.rest)?;
        self.advance(end)?;
        Some(text)
    }

    /// Takes a number in the form that RFC 8259 allows.
    pub fn number(&mut self) -> Option<&'a str> {
        self.peek()?;
        let run = self.plain_run();
        let text = std::str::from_utf8(run).ok().filter(|text| is_number(text))?;
        self.advance(run.len())?;
        Some(text)
    }

    /// Takes `true`, `false` or `null`.
    pub fn literal(&mut self) -> Option<&'static str> {
        self.peek()?;
        let run = self.plain_run();
        let literal = ["true", "false", "null"]
            .into_iter()
            .find(|literal| literal.as_bytes() == run)?;
        self.advance(run.len())?;
        Some(literal)
    }

    /// Skips a value of any kind.
    pub fn skip_value(&mut self) -> Option<()> {
        let length = match self.peek()? {
            b'"' => return self.string().map(drop),
            b'{' | b'[' => nested_len(self.rest)?,
            b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => self.plain_run().len(),
            _ => return None,
        };
        self.advance(length)
    }

    /// Moves past the next member name and its colon, at any depth, and returns the name.
    ///
    /// Ignores the structure of values, so that a document is searched in one pass.
    pub fn next_name(&mut self) -> Option<Text<'a>> {
        loop {
            let text = self.next_text()?;
            if self.take(b':').is_some() {
                return Some(text);
            }
        }
    }

    /// Moves past the next string, whether a name or a value, at any depth, and returns it.
    pub fn next_text(&mut self) -> Option<Text<'a>> {
        let quote = memchr(b'"', self.rest)?;
        self.advance(quote)?;
        self.string()
    }

    /// Returns the bytes of the value at this position if there are at most `limit` of them; does not move.
    pub fn value_within(&self, limit: usize) -> Option<&'a [u8]> {
        let mut ahead = self.clone();
        ahead.peek()?;
        let value = &ahead.rest[..ahead.rest.len().min(limit)];
        let mut value_alone = Self::new(value);
        value_alone.skip_value()?;
        value.get(..value.len() - value_alone.rest.len())
    }

    /// Returns the bytes up to the next one that cannot be part of a number or a literal.
    fn plain_run(&self) -> &'a [u8] {
        let end = self.rest.iter().position(|byte| !is_plain(*byte));
        &self.rest[..end.unwrap_or(self.rest.len())]
    }

    #[inline]
    fn advance(&mut self, length: usize) -> Option<()> {
        self.rest = self.rest.get(length..)?;
        Some(())
    }
}

/// Returns the length of the object or array at the start of `bytes`, or `None` if it has no end.
///
/// Brackets are counted, not matched: `[}` passes.
pub fn nested_len(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (0, 0_usize);
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        match byte {
            b'"' => at += Text::until_quote(&bytes[at..])?.1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
}

/// Returns whether `byte` may be part of a number or a literal.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
}

/// Returns whether `text` is a number as defined by RFC 8259.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    digits(whole) && !leading_zero && digits(fraction) && digits(exponent)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_what_a_strict_parser_takes() {
        for text in [
            "0", "-0", "12", "1.5", "-0.25", "1e9", "1E+9", "2.5e-3", "", "-", "01", "1.", ".5", "1e", "1e+", "+1",
            "1.5.5", "0x10", "NaN", "1-2", "--1",
        ] {
            let strict = serde_json::from_str::<serde_json::Number>(text).is_ok();
            assert_eq!(Scanner::new(text.as_bytes()).number().is_some(), strict, "{text:?}");
        }
    }

    #[test]
    fn a_value_is_skipped_with_everything_in_it() {
        for value in [
            "1",
            "true",
            r#""a \" ] b""#,
            r#"{"a":[{"b":"]}"}],"c":"\\"}"#,
            "[]",
            "{ }",
        ] {
            let document = format!(" {value} , 7");
            let mut scanner = Scanner::new(document.as_bytes());
            assert_eq!(scanner.skip_value(), Some(()), "{value}");
            assert_eq!(scanner.take(b','), Some(()), "{value}");
            assert_eq!(scanner.rest(), b" 7", "{value}");
            assert_eq!(scanner.number(), Some("7"), "{value}");
            assert!(scanner.is_at_end());
        }
    }

    #[test]
    fn a_value_without_its_end_is_none() {
        for document in [
            "", "\"a", "\"a\\", "\"a\\\"", "[", "{\"a\":1", "[\"]", "]", "}", ",", ":",
        ] {
            assert_eq!(Scanner::new(document.as_bytes()).skip_value(), None, "{document:?}");
        }
    }

    #[test]
    fn names_are_found_at_any_depth_and_values_are_not_names() {
        let document = br#"{"a":"b : ","c":[{"d" : {"e":1}},"f"],"g\"":"\"h\":"}"#;
        let mut scanner = Scanner::new(document);
        let names: Vec<_> = std::iter::from_fn(|| scanner.next_name()).map(Text::raw).collect();
        assert_eq!(names, [&b"a"[..], b"c", b"d", b"e", br#"g\""#]);
    }

    #[test]
    fn a_value_is_seen_only_if_it_ends_within_the_limit() {
        let scanner = Scanner::new(b" [1,2] ,3");
        assert_eq!(scanner.value_within(5), Some(&b"[1,2]"[..]));
        assert_eq!(scanner.value_within(4), None);
        assert_eq!(Scanner::new(b"\"text\"").value_within(9), Some(&b"\"text\""[..]));
        assert_eq!(Scanner::new(b"").value_within(9), None);
    }

    #[test]
    fn deep_nesting_takes_no_stack() {
        let depth = 3_000_000;
        let document = "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(Scanner::new(document.as_bytes()).skip_value(), Some(()));
        assert_eq!(Scanner::new(&document.as_bytes()[..depth]).skip_value(), None);
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_read(bytes in any::<Vec<u8>>()) {
            let mut scanner = Scanner::new(&bytes);
            while scanner.skip_value().or_else(|| scanner.advance(1)).is_some() {}
            prop_assert!(scanner.is_at_end());
        }
    }
}
