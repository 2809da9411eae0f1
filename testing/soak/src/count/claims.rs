//! The numbers of invocations that a text claims to belong to.

/// Returns each number after `claimed` or `"number"` in a text, no matter in which field.
pub(super) fn claims(text: &str) -> impl Iterator<Item = u64> {
    let of = |mark: &'static str| {
        text.match_indices(mark).filter_map(move |(place, _)| {
            let rest = text[place + mark.len()..].trim_start_matches(['"', ':', '=', ' ', '\\']);
            let digits = rest
                .find(|character: char| !character.is_ascii_digit())
                .unwrap_or(rest.len());
            rest[..digits].parse().ok()
        })
    };
    of("claimed").chain(of("\"number\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_found_in_fields_and_in_texts() {
        let text = r#"{"claimed":7,"number": 8,"exception":"failed claimed=9","body":"{\"claimed\":10}"}"#;
        let mut found: Vec<_> = claims(text).collect();
        found.sort_unstable();
        assert_eq!(found, [7, 8, 9, 10]);
        assert_eq!(claims(r#"{"phone_number":7,"claimed":"x"}"#).count(), 0);
    }
}
