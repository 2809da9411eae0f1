//! `fits`, which compares the size of an answer with the limit of its source.

use http::response::Parts;

/// Returns whether the JSON of an answer has at most `limit` bytes.
pub(super) fn fits(parts: &Parts, body: &[u8], limit: usize) -> bool {
    /// More than the names and the punctuation of the JSON take.
    const FRAME: usize = 256;
    /// What a character of one byte takes at most: `\u0000`.
    const ESCAPED: usize = 6;
    let headers = parts.headers.iter();
    let headers: usize = headers
        .map(|(name, value)| name.as_str().len() + ESCAPED * value.len() + 8)
        .sum();
    let around = FRAME + headers;
    if around + ESCAPED * body.len() <= limit {
        return true; // nearly always, without a look at the body
    }
    let written = match std::str::from_utf8(body) {
        Ok(text) => text.bytes().map(written).sum(),
        Err(_) => body.len().div_ceil(3) * 4,
    };
    around + written <= limit
}

/// Returns how many bytes `serde_json` writes for a byte of a text.
fn written(byte: u8) -> usize {
    match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 8 | 12 => 2,
        0..0x20 => 6,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_is_that_of_the_json() {
        let (parts, ()) = http::Response::new(()).into_parts();
        for (body, per_byte) in [(b'a', 1), (b'"', 2), (1, 6)] {
            let limit = 256 + 3_000 * per_byte;
            assert!(fits(&parts, &vec![body; 3_000], limit));
            assert!(!fits(&parts, &vec![body; 3_001], limit));
        }
        assert!(fits(&parts, &[0xff; 3_000], 256 + 4_000));
        assert!(!fits(&parts, &[0xff; 3_001], 256 + 4_000));
    }

    proptest::proptest! {
        #[test]
        fn a_text_takes_what_is_counted(text: String) {
            let json = serde_json::to_string(&text).unwrap();
            proptest::prop_assert_eq!(text.bytes().map(written).sum::<usize>() + 2, json.len());
        }
    }
}
