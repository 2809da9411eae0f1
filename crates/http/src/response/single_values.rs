//! `to_single_values`, for sources that take one value of each header.

use http::{HeaderMap, HeaderName, HeaderValue};
use powertools_lambda_core::Warnings;

/// The headers whose values may be joined with a comma, because their grammar is a list: RFC 9110 and the specifications of
/// the others. Sorted.
const LISTS: [&str; 47] = [
    "accept",
    "accept-ch",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "accept-patch",
    "accept-post",
    "accept-ranges",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-expose-headers",
    "access-control-request-headers",
    "allow",
    "alt-svc",
    "cache-control",
    "cache-status",
    "cdn-cache-control",
    "clear-site-data",
    "connection",
    "content-encoding",
    "content-language",
    "content-security-policy",
    "content-security-policy-report-only",
    "critical-ch",
    "expect",
    "feature-policy",
    "forwarded",
    "if-match",
    "if-none-match",
    "link",
    "permissions-policy",
    "pragma",
    "preference-applied",
    "proxy-authenticate",
    "proxy-status",
    "reporting-endpoints",
    "server-timing",
    "te",
    "timing-allow-origin",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "vary",
    "via",
    "warning",
    "www-authenticate",
    "x-forwarded-for",
];

/// Leaves one value of each header: the values of a list are joined; of any other header, the first value stays, with
/// one warning.
pub(super) fn to_single_values(headers: &mut HeaderMap, warnings: &Warnings) {
    if headers.len() == headers.keys_len() {
        return;
    }
    let several = |name: &&HeaderName| headers.get_all(*name).iter().nth(1).is_some();
    let several: Vec<HeaderName> = headers.keys().filter(several).cloned().collect();
    for name in several {
        let value = if LISTS.binary_search(&name.as_str()).is_ok() {
            joined(headers, &name)
        } else {
            warnings.once(
                &format!("several values of {name}"),
                format_args!(
                    "a response has several headers {name}, and its source takes one: the first is sent, and the others are left out"
                ),
            );
            headers.get(&name).cloned()
        };
        if let Some(value) = value {
            headers.insert(name, value);
        }
    }
}

fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<HeaderValue> {
    let values: Vec<&[u8]> = headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
    HeaderValue::from_bytes(&values.join(&b", "[..])).ok()
}

#[cfg(test)]
mod tests {
    use powertools_lambda_core::test_util::TestEnvironment;

    use super::*;

    #[test]
    fn the_lists_are_sorted() {
        assert!(LISTS.is_sorted());
    }

    #[test]
    fn lists_are_joined_and_other_headers_keep_their_first_value() {
        let environment = TestEnvironment::new();
        for _ in 0..2 {
            let mut headers = HeaderMap::new();
            for (name, value) in [
                ("vary", "a"),
                ("vary", "b"),
                ("x-id", "1"),
                ("x-id", "2"),
                ("etag", "e"),
            ] {
                headers.append(name, HeaderValue::from_static(value));
            }
            to_single_values(&mut headers, environment.environment().warnings());
            let left: Vec<_> = headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
                .collect();
            assert_eq!(left, [("vary", "a, b"), ("x-id", "1"), ("etag", "e")]);
        }
        let warnings = environment.warnings();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains("several headers x-id"), "{warnings:?}");
    }
}
