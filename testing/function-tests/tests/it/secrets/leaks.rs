//! [`leaks`], which searches what a function wrote for a secret in any form.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};

/// How many consecutive characters of a secret are a leak. A secret that is split over two records has more in one of them.
const LENGTH: usize = 8;

/// Returns the records that show a part of the secret, also percent-encoded or in Base64.
pub(super) fn leaks<'a>(written: &'a [String], secret: &str) -> Vec<&'a String> {
    let needles = needles(secret);
    let shows = |record: &&String| needles.iter().any(|needle| record.contains(needle));
    written.iter().filter(shows).collect()
}

fn needles(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned(), percent(secret), percent(secret).to_lowercase()];
    // The text before the secret may have any length, which shifts its bits.
    for shift in 0..3 {
        let shifted = [&b"   "[..shift], secret.as_bytes()].concat();
        for engine in [BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD] {
            let encoded = engine.encode(&shifted);
            // Without the ends, which also hold bits of their neighbours.
            forms.push(encoded[(shift * 8).div_ceil(6)..encoded.len() - 2].to_owned());
        }
    }
    let parts = forms.iter().flat_map(|form| form.as_bytes().windows(LENGTH));
    parts.map(|part| String::from_utf8_lossy(part).into_owned()).collect()
}

/// Encodes a text for a URL or a form.
pub(super) fn percent(text: &str) -> String {
    let encode = |byte: u8| match byte {
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[test]
fn a_planted_secret_is_found_in_every_form() {
    let secret = super::SECRET;
    let base64 = |prefix: &str| BASE64_STANDARD_NO_PAD.encode(format!("{prefix}{secret}!"));
    let (head, tail) = secret.split_at(secret.len() / 2);
    for planted in [
        secret.to_owned(),
        format!("{{\"message\":\"refused {secret}\"}}"),
        percent(secret),
        percent(secret).to_lowercase(),
        base64(""),
        base64("a"),
        base64("ab"),
        base64("abc"),
        BASE64_URL_SAFE_NO_PAD.encode(format!("password={secret}&a=b")),
    ] {
        assert_eq!(leaks(std::slice::from_ref(&planted), secret).len(), 1, "{planted}");
    }
    let split = [format!("…{head}"), format!("{tail}…"), "nothing".to_owned()];
    assert_eq!(leaks(&split, secret).len(), 2);
    assert!(
        leaks(
            &["[redacted]".to_owned(), BASE64_STANDARD_NO_PAD.encode("harmless")],
            secret
        )
        .is_empty()
    );
}
