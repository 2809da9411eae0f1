//! [`push`] writes names without the characters that X-Ray refuses.

/// How many characters a name may have.
const MAX: usize = 200;

/// Letters beyond ASCII that X-Ray accepts: Latin, Greek, Cyrillic, Hebrew, Arabic, Devanagari, Thai, kana, Han,
/// Hangul.
///
/// Its schema lists the letters of Unicode 8 below U+10000, which is a subset of what Rust calls alphanumeric.
const LETTERS: [(char, char); 15] = [
    ('\u{c0}', '\u{d6}'),
    ('\u{d8}', '\u{f6}'),
    ('\u{f8}', '\u{2c1}'),
    ('\u{3a3}', '\u{3f5}'),
    ('\u{3f7}', '\u{481}'),
    ('\u{48a}', '\u{52f}'),
    ('\u{5d0}', '\u{5ea}'),
    ('\u{620}', '\u{64a}'),
    ('\u{904}', '\u{939}'),
    ('\u{e01}', '\u{e30}'),
    ('\u{3041}', '\u{3096}'),
    ('\u{30a1}', '\u{30fa}'),
    ('\u{3400}', '\u{4db5}'),
    ('\u{4e00}', '\u{9fd5}'),
    ('\u{ac00}', '\u{d7a3}'),
];

/// Appends a name without the characters that X-Ray refuses, up to 200 characters.
///
/// X-Ray accepts letters, digits, the space and `_ . : / % & # = + - @`. Its guide also lists the backslash; its schema
/// does not.
pub(super) fn push(name: &mut String, text: &str) {
    let left = MAX.saturating_sub(name.chars().count());
    name.extend(text.chars().filter(|c| is_taken(*c)).take(left));
}

fn is_taken(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || " _.:/%&#=+-@".contains(c);
    }
    LETTERS.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_xray_refuses_is_left_out() {
        for (text, expected) in [
            ("charge", "## charge"),
            ("get<T>(a, b)?", "## getTa b"),
            ("café/naïve", "## café/naïve"),
            ("注文 주문 заказ", "## 注文 주문 заказ"),
            ("a\u{301}b\u{1e008}c", "## abc"),
            ("two\nlines\u{0}", "## twolines"),
        ] {
            let mut name = String::from("## ");
            super::push(&mut name, text);
            assert_eq!(name, expected);
        }
        let mut long = String::from("## ");
        super::push(&mut long, &"é".repeat(500));
        assert_eq!(long.chars().count(), 200);
    }
}
