//! `Credentials`, which are recognised in a text by their form: `Basic …`, `Bearer …` and `user:password@` in a URL.

use std::ops::Range;

use base64::Engine;
use memchr::memmem;

use super::encoded::BASE64;

/// The minimum length of a token after `Bearer`; in running text, anything shorter is more likely an ordinary word.
const MIN_TOKEN: usize = 16;

/// The maximum length of the part of a URL that is searched for a password.
const MAX_AUTHORITY: usize = 512;

/// The credentials in a text.
pub(super) struct Credentials<'a> {
    text: &'a [u8],
    /// The next one of each form.
    next: [Option<Range<usize>>; FORMS.len()],
}

impl<'a> Credentials<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        let next = FORMS.map(|form| find(text, form, 0));
        Self { text, next }
    }

    /// Returns the first credential at or after `from`, which must not decrease from call to call.
    pub(super) fn next(&mut self, from: usize) -> Option<Range<usize>> {
        for (next, form) in self.next.iter_mut().zip(FORMS) {
            if next.as_ref().is_some_and(|next| next.start < from) {
                *next = find(self.text, form, from);
            }
        }
        self.next.iter().flatten().min_by_key(|next| next.start).cloned()
    }
}

/// How a credential is found: by a fixed text, and by what is before and after that text.
type Form = (&'static [u8], Find);

const FORMS: [Form; 3] = [(b"asic ", basic), (b"earer ", bearer), (b"://", password)];

fn find(text: &[u8], (needle, find): Form, from: usize) -> Option<Range<usize>> {
    let places = memmem::find_iter(text.get(from..)?, needle);
    let mut found = places.filter_map(|at| find(text, from + at, from + at + needle.len()));
    found.find(|found| found.start >= from)
}

/// Finds a credential by the text between two positions.
type Find = fn(&[u8], usize, usize) -> Option<Range<usize>>;

fn basic(text: &[u8], start: usize, end: usize) -> Option<Range<usize>> {
    let token = token_of_scheme(text, start, end, b'B')?;
    let mut data = &text[token.clone()];
    if token.end == text.len() && data.len() % 4 == 1 {
        // The text may be cut here, and a single character is less than a byte.
        data = &data[..data.len() - 1];
    }
    let decoded = BASE64.decode(data).ok()?;
    decoded.contains(&b':').then_some(token)
}

fn bearer(text: &[u8], start: usize, end: usize) -> Option<Range<usize>> {
    let token = token_of_scheme(text, start, end, b'B')?;
    let before = text[..start - 1].trim_ascii_end().last();
    let begins = before.is_none_or(|byte| b"\"'\\:=,".contains(byte));
    let ends = text.get(token.end).is_none_or(|byte| b"\"'\\\r\n,;".contains(byte));
    (begins && ends || token.len() >= MIN_TOKEN).then_some(token)
}

/// Returns the token after a scheme, of which the first letter is in front of `start`.
fn token_of_scheme(text: &[u8], start: usize, end: usize, first: u8) -> Option<Range<usize>> {
    let letter = start.checked_sub(1)?;
    let is_word = letter.checked_sub(1).is_none_or(|at| !text[at].is_ascii_alphanumeric());
    if !is_word || !text[letter].eq_ignore_ascii_case(&first) {
        return None;
    }
    let rest = &text[end..];
    let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(byte);
    let length = rest[spaces..].iter().take_while(|byte| is_token(byte)).count();
    (length > 0).then_some(end + spaces..end + spaces + length)
}

fn password(text: &[u8], _: usize, end: usize) -> Option<Range<usize>> {
    let rest = &text[end..text.len().min(end + MAX_AUTHORITY)];
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"/?#\"\\'<>".contains(byte);
    let authority = &rest[..rest.iter().position(ends).unwrap_or(rest.len())];
    let at = authority.iter().rposition(|byte| *byte == b'@')?;
    let colon = authority[..at].iter().position(|byte| *byte == b':')?;
    (colon + 1 < at).then_some(end + colon + 1..end + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_found_by_its_form() {
        for (text, expected) in [
            ("Basic dXNlcjpodW50ZXIy", Some("dXNlcjpodW50ZXIy")),
            ("authorization: basic dXNlcjpodW50ZXIy\r\n", Some("dXNlcjpodW50ZXIy")),
            ("Bearer hunter2", Some("hunter2")),
            (r#"["Bearer hunter2"]"#, Some("hunter2")),
            ("GET /\r\nAuthorization: Bearer hunter2\r\n\r\n", Some("hunter2")),
            ("note: bearer of news", None),
            (
                "curl -H 'authorization: Bearer eyJhbGciOi.eyJzdWIi.c2ln'",
                Some("eyJhbGciOi.eyJzdWIi.c2ln"),
            ),
            ("postgres://admin:hunter2@db.internal:5432/orders", Some("hunter2")),
            ("https://admin:hunt@er2@a.example/", Some("hunt@er2")),
            ("Basic training and Bearer of news", None),
            ("Basic subscription", None),
            ("Basic dXNlcjpodW50Z", Some("dXNlcjpodW50Z")),
            ("Basic dXNlcjpodW50Z and more", None),
            ("basics dXNlcjpodW50ZXIy", None),
            ("https://a.example:8080/a@b", None),
            ("https://admin@a.example/", None),
            ("https://:@", None),
            ("", None),
        ] {
            let found = Credentials::new(text.as_bytes()).next(0).map(|found| &text[found]);
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn each_credential_of_a_text_is_found() {
        let text = "http://a:b@c d Basic dTpw, Basic dTpx";
        let mut credentials = Credentials::new(text.as_bytes());
        let mut at = 0;
        let mut found = Vec::new();
        while let Some(next) = credentials.next(at) {
            at = next.end;
            found.push(&text[next]);
        }
        assert_eq!(found, ["b", "dTpw", "dTpx"]);
    }
}
