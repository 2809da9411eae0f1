//! `value`, which finds the secrets of multipart forms.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memmem};
use powertools_lambda_core::json::Text;

use super::names::Names;
use super::siblings::MAX_NAME;

/// How far the headers of a part are read before and after its name, so that a text with many names is read in linear time.
/// Servers refuse longer headers.
const MAX_HEADERS: usize = 8_192;

/// Returns the place of a part's value in `after`, the text after the part's name, if the name is that of a secret.
///
/// `before` ends in `name=`, without an opening quote; `name` is without quotes.
pub(super) fn value(names: &Names, before: &[u8], name: Text<'_>, after: &[u8]) -> Option<Range<usize>> {
    if !before.ends_with(b"name=") {
        return None;
    }
    let mut text = String::new();
    if !name.unescape(&mut text, MAX_NAME) || !names.contains_in_form(text.as_bytes()) {
        return None;
    }
    let start = headers_end(&after[..after.len().min(MAX_HEADERS)])?;
    let end = delimiter(before).and_then(|delimiter| value_end(after, start, delimiter));
    Some(start..end.unwrap_or(after.len()))
}

/// Returns the position after the first empty line, not counting the line at the start.
fn headers_end(text: &[u8]) -> Option<usize> {
    memchr_iter(b'\n', text).find_map(|at| match &text[at + 1..] {
        [b'\n', ..] => Some(at + 2),
        [b'\r', b'\n', ..] => Some(at + 3),
        _ => None,
    })
}

/// Returns the delimiter of the form: the line that opens the part whose headers `before` ends in.
///
/// Any other line that begins with two hyphens, such as the first line of a key in PEM, is part of a value.
fn delimiter(before: &[u8]) -> Option<&[u8]> {
    let headers = &before[before.len().saturating_sub(MAX_HEADERS)..];
    let mut lines = headers.rsplit(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    lines.find(|line| line.len() > 2 && line.starts_with(b"--"))
}

/// Returns the end of the value at `start`: the line break before the next delimiter.
fn value_end(text: &[u8], start: usize, delimiter: &[u8]) -> Option<usize> {
    let is_line = |at: &usize| {
        let rest = &text[at + delimiter.len()..];
        let line = &rest[..memchr(b'\n', rest).unwrap_or(rest.len())];
        matches!(line.trim_ascii_end(), b"" | b"--")
    };
    let places = memmem::find_iter(&text[start..], delimiter).map(|at| start + at);
    let line = places.filter(|at| text[at - 1] == b'\n').find(is_line)?;
    let value = &text[..line - 1];
    // A value that is empty may be without its line break.
    Some(value.strip_suffix(b"\r").unwrap_or(value).len().max(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the value of the first part of a form.
    fn first(form: &str) -> Option<&str> {
        let (before, after) = form.split_at(form.find("token")?);
        let (name, after) = after.split_at("token".len());
        let name = Text::from_raw(name.as_bytes());
        let found = value(&Names::default(), before.as_bytes(), name, after.as_bytes())?;
        Some(&after[found])
    }

    #[test]
    fn a_value_ends_at_the_delimiter_of_its_form() {
        for (form, expected) in [
            ("--b\n; name=token\n\nx\n--b--", "x"),
            (
                "--b\n; name=token\n\nx\n--c\ny\n--b2\nz\n--b z\n--b \n",
                "x\n--c\ny\n--b2\nz\n--b z",
            ),
            ("-----b\n; name=token\nType: y\n\n-----x\n-----b--\n", "-----x"),
            ("--b\n\n--x\n--b\n; name=token\n\ny\n--b--\n", "y"),
            ("--b\n; name=token\n\n\n--b--\n", ""),
            ("--b\n; name=token\n\n--b--\n", ""),
            // Cut, or not a whole form.
            ("--b\n; name=token\n\nx\n--", "x\n--"),
            ("; name=token\n\nx\n--b--\n", "x\n--b--\n"),
        ] {
            assert_eq!(first(form), Some(expected), "{form}");
            let form = form.replace('\n', "\r\n");
            assert_eq!(first(&form), Some(&*expected.replace('\n', "\r\n")), "{form}");
        }
        // The empty line of a form that has no carriage returns is the first one, whichever line ends the values have.
        assert_eq!(
            first("--b\n; name=token\n\nx\n--b\n; name=a\n\n1\r\n\r\n2\n--b--\n"),
            Some("x")
        );
        assert_eq!(first("--b\r\n; name=token"), None);
    }
}
