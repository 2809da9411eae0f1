//! Compares an output with the one that a guide shows.

/// Returns whether a line matches the one shown, in which `…` matches any text.
pub(crate) fn matches(shown: &str, line: &str) -> bool {
    let mut parts = shown.split('…');
    let Some(mut rest) = parts.next().and_then(|first| line.strip_prefix(first)) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(found) = rest.find(part) else { return false };
        rest = &rest[found + part.len()..];
    }
    rest.ends_with(last)
}

/// Removes the line number from each record's `location`.
pub(crate) fn without_lines_of_code(text: &str) -> String {
    const KEY: &str = "\"location\":\"";
    let mut parts = text.split(KEY);
    let mut without = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        without.push_str(KEY);
        let (location, rest) = part.split_at(part.find('"').unwrap_or(part.len()));
        match location.rsplit_once(':') {
            Some((module, line)) if !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit()) => {
                without.push_str(module);
                without.push_str(":…");
            }
            _ => without.push_str(location),
        }
        without.push_str(rest);
    }
    without
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ellipsis_stands_for_anything() {
        for (shown, line, expected) in [
            ("", "", true),
            ("a", "a", true),
            ("a", "ab", false),
            ("…", "", true),
            ("a…", "abc", true),
            ("…c", "abc", true),
            ("{…}", "{{}}", true),
            ("{…,…}", "{a,b}", true),
            ("{…,…,…}", "{a,b}", false),
            ("a…b", "ab", true),
            ("ab…b", "ab", false),
            ("a…b…b", "abcb", true),
            ("x…", "abc", false),
        ] {
            assert_eq!(matches(shown, line), expected, "{shown:?} and {line:?}");
        }
    }

    #[test]
    fn lines_of_code_are_left_out() {
        let text = r#"{"location":"a::b:7","x":1}{"location":"event"}{"location":"a::b"}{"location":"src/a.rs:7"#;
        let expected = r#"{"location":"a::b:…","x":1}{"location":"event"}{"location":"a::b"}{"location":"src/a.rs:…"#;
        assert_eq!(without_lines_of_code(text), expected);
    }
}
