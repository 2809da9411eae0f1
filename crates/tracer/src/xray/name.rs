//! Names as X-Ray takes them.

/// How many characters a name has.
const MAX: usize = 200;

/// Appends a name without the characters that X-Ray refuses, up to 200 characters.
///
/// X-Ray takes letters, digits, white space and `_ . : / % & # = + \ - @`.
pub(super) fn push(name: &mut String, text: &str) {
    let taken = text
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == ' ' || "_.:/%&#=+\\-@".contains(*c));
    let left = MAX.saturating_sub(name.chars().count());
    name.extend(taken.take(left));
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_xray_refuses_is_left_out() {
        for (text, expected) in [
            ("charge", "## charge"),
            ("get<T>(a, b)?", "## getTa b"),
            ("café/naïve", "## café/naïve"),
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
