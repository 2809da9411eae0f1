//! Readers of `OTEL_*` variables whose values are lists.

use percent_encoding::percent_decode_str;
use powertools_lambda_core::Environment;

/// Returns the pairs of `key=value,key=value` in a variable, percent-decoded; nothing if it is unset.
///
/// If the variable is invalid, it counts as unset, with one warning.
pub(crate) fn pairs(environment: &Environment, name: &str) -> Vec<(String, String)> {
    let parsed = environment
        .variables()
        .parse_with(name, "key=value,key=value", parse_pairs);
    parsed.unwrap_or_default()
}

fn parse_pairs(text: &str) -> Option<Vec<(String, String)>> {
    let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    entries
        .map(|entry| {
            let (key, value) = entry.split_once('=')?;
            let (key, value) = (key.trim(), percent_decode_str(value.trim()).decode_utf8().ok()?);
            (!key.is_empty()).then(|| (key.to_owned(), value.into_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded_or_refused() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        for (text, expected) in [
            ("a=1", Some(vec![pair("a", "1")])),
            (" a = 1 , b=x%2Cy%20z ,", Some(vec![pair("a", "1"), pair("b", "x,y z")])),
            ("a=b=c", Some(vec![pair("a", "b=c")])),
            ("a=", Some(vec![pair("a", "")])),
            ("a", None),
            ("=1", None),
            ("a=%ff", None),
        ] {
            assert_eq!(parse_pairs(text), expected, "{text}");
        }
    }
}
