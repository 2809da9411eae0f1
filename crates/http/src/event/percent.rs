//! Percent-encoding of paths and queries.

/// Appends a path. Encoded characters stay, and others are encoded if a path must not have them.
pub(super) fn push_path(target: &mut String, path: &str) {
    push(target, path, true, |byte| {
        is_unreserved(byte) || b"!$&'()*+,;=:@/".contains(&byte)
    });
}

/// Appends a query as the client encoded it; encodes only what an [`http::Uri`] cannot have.
pub(super) fn push_query(target: &mut String, query: &str) {
    push(target, query, true, is_in_queries);
}

/// Appends the name or value of a parameter that the client encoded.
pub(super) fn push_encoded_parameter(target: &mut String, text: &str) {
    push(target, text, true, |byte| is_in_queries(byte) && !b"&=".contains(&byte));
}

/// Appends the name or value of a parameter that the source decoded.
pub(super) fn push_decoded_parameter(target: &mut String, text: &str) {
    push(target, text, false, is_unreserved);
}

/// Returns whether a query may have this byte. Browsers send `[` and some others unencoded, although RFC 3986 requires the
/// encoding. They are kept, because a reader that looks for `filter[name]` may not recognise `filter%5Bname%5D`.
fn is_in_queries(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\"#%<>".contains(&byte)
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn push(target: &mut String, text: &str, keeps_encoded: bool, is_allowed: impl Fn(u8) -> bool) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let bytes = text.as_bytes();
    if bytes.iter().all(|byte| is_allowed(*byte)) {
        target.push_str(text);
        return;
    }
    for (index, &byte) in bytes.iter().enumerate() {
        let is_encoded = || {
            let digits = bytes.get(index + 1..index + 3);
            keeps_encoded && byte == b'%' && digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        };
        if is_allowed(byte) || is_encoded() {
            target.push(char::from(byte));
        } else {
            target.push('%');
            target.push(char::from(HEX[usize::from(byte >> 4)]));
            target.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pushed(push: fn(&mut String, &str), text: &str) -> String {
        let mut target = String::new();
        push(&mut target, text);
        target
    }

    #[test]
    fn a_path_is_encoded_once() {
        for (path, expected) in [
            ("/orders/7", "/orders/7"),
            ("/a%20b@c:d,e", "/a%20b@c:d,e"),
            ("/a b", "/a%20b"),
            ("/what?#", "/what%3F%23"),
            ("/100%", "/100%25"),
            ("/100%zz%4", "/100%25zz%254"),
            ("/käse/日本", "/k%C3%A4se/%E6%97%A5%E6%9C%AC"),
            ("/a\"<>\\^`{|}", "/a%22%3C%3E%5C%5E%60%7B%7C%7D"),
        ] {
            assert_eq!(pushed(push_path, path), expected);
        }
    }

    #[test]
    fn parameters_are_encoded_unless_the_client_did() {
        assert_eq!(pushed(push_decoded_parameter, "a b&c=d+%20"), "a%20b%26c%3Dd%2B%2520");
        assert_eq!(pushed(push_encoded_parameter, "a%20b+c d&e=f"), "a%20b+c%20d%26e%3Df");
        assert_eq!(pushed(push_encoded_parameter, "a[b]{|}^`\\"), "a[b]{|}^`\\");
        assert_eq!(pushed(push_query, "filter[name]={x|y}^`\\"), "filter[name]={x|y}^`\\");
        assert_eq!(pushed(push_query, "a=\"<#>\"&b=100%"), "a=%22%3C%23%3E%22&b=100%25");
        assert_eq!(pushed(push_query, "tag=a&tag=b,c&q=x y"), "tag=a&tag=b,c&q=x%20y");
    }
}
