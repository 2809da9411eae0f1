//! `Credentials`, which are recognised in a text by their form: `Basic …`, `Bearer …` and `user:password@` in a URL.

use std::ops::Range;

use base64::Engine;
use memchr::memmem;

use super::encoded::BASE64;
use super::part::Part;

/// The minimum length of a token after `Bearer`; in running text, anything shorter is more likely an ordinary word.
const MIN_TOKEN: usize = 16;

/// The maximum length of the part of a URL that is searched for a password.
const MAX_AUTHORITY: usize = 512;

/// The maximum length of a port, written in decimal.
const MAX_PORT: usize = 5;

/// The credentials in a text.
pub(super) struct Credentials<'a> {
    part: Part<'a>,
    /// The next one of each form.
    next: [Option<Range<usize>>; FORMS.len()],
}

impl<'a> Credentials<'a> {
    pub(super) fn new(part: Part<'a>) -> Self {
        let next = FORMS.map(|form| find(part, form, 0));
        Self { part, next }
    }

    /// Returns the first credential at or after `from`, which must not decrease from call to call.
    pub(super) fn next(&mut self, from: usize) -> Option<Range<usize>> {
        for (next, form) in self.next.iter_mut().zip(FORMS) {
            if next.as_ref().is_some_and(|next| next.start < from) {
                *next = find(self.part, form, from);
            }
        }
        self.next.iter().flatten().min_by_key(|next| next.start).cloned()
    }
}

/// How a credential is found: by a fixed text, and by what is before and after that text.
type Form = (&'static [u8], Find);

const FORMS: [Form; 3] = [(b"asic ", basic), (b"earer ", bearer), (b"://", password)];

fn find(part: Part<'_>, (needle, find): Form, from: usize) -> Option<Range<usize>> {
    let places = memmem::find_iter(part.text.get(from..)?, needle);
    let mut found = places.filter_map(|at| find(part, from + at, from + at + needle.len()));
    found.find(|found| found.start >= from)
}

/// Finds a credential by the text between two positions.
type Find = fn(Part<'_>, usize, usize) -> Option<Range<usize>>;

fn basic(Part { text, is_cut }: Part<'_>, start: usize, end: usize) -> Option<Range<usize>> {
    let token = token_of_scheme(text, start, end, b'B')?;
    let mut data = &text[token.clone()];
    if is_cut && token.end == text.len() && data.len() % 4 == 1 {
        // A single character is less than a byte.
        data = &data[..data.len() - 1];
    }
    let decoded = BASE64.decode(data).ok()?;
    decoded.contains(&b':').then_some(token)
}

fn bearer(Part { text, .. }: Part<'_>, start: usize, end: usize) -> Option<Range<usize>> {
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

fn password(Part { text, is_cut }: Part<'_>, _: usize, end: usize) -> Option<Range<usize>> {
    let rest = &text[end..text.len().min(end + MAX_AUTHORITY)];
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"/?#\"\\'<>".contains(byte);
    let authority = &rest[..rest.iter().position(ends).unwrap_or(rest.len())];
    let at = authority.iter().rposition(|byte| *byte == b'@');
    let login = &authority[..at.unwrap_or(authority.len())];
    let start = login.iter().position(|byte| *byte == b':')? + 1;
    let password = &login[start..];
    // In a text that was cut, the host may be missing.
    let is_port = password.len() <= MAX_PORT && password.iter().all(u8::is_ascii_digit);
    let is_open = is_cut && end + authority.len() == text.len() && !is_port;
    let is_password = !password.is_empty() && (at.is_some() || is_open);
    is_password.then_some(end + start..end + login.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str, is_cut: bool) -> Option<&str> {
        let part = Part {
            text: text.as_bytes(),
            is_cut,
        };
        Credentials::new(part).next(0).map(|found| &text[found])
    }

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
            ("basics dXNlcjpodW50ZXIy", None),
            ("https://a.example:8080/a@b", None),
            ("https://admin@a.example/", None),
            ("https://:@", None),
            ("", None),
        ] {
            assert_eq!(first(text, false), expected, "{text}");
        }
    }

    #[test]
    fn a_credential_is_found_where_the_text_is_cut() {
        for (text, expected) in [
            ("Basic dXNlcjpodW50Z", Some("dXNlcjpodW50Z")),
            ("Basic dXNlcjpodW50Z and", None),
            ("https://admin:hunter2", Some("hunter2")),
            ("https://admin:123456", Some("123456")),
            ("https://a.example:8080", None),
            ("https://a.example:8080/a", None),
            ("https://admin:", None),
            ("https://admin:hunter2/", None),
            ("https://admin:hunter2@a", Some("hunter2")),
        ] {
            assert_eq!(first(text, true), expected, "{text}");
        }
        assert_eq!(first("Basic dXNlcjpodW50Z", false), None);
        assert_eq!(first("https://admin:hunter2", false), None);
    }

    #[test]
    fn each_credential_of_a_text_is_found() {
        let text = "http://a:b@c d Basic dTpw, Basic dTpx";
        let part = Part {
            text: text.as_bytes(),
            is_cut: false,
        };
        let mut credentials = Credentials::new(part);
        let mut at = 0;
        let mut found = Vec::new();
        while let Some(next) = credentials.next(at) {
            at = next.end;
            found.push(&text[next]);
        }
        assert_eq!(found, ["b", "dTpw", "dTpx"]);
    }
}
