//! Writes our own types with the paths by which a user names them.
//!
//! rustdoc knows a type of another crate by the file it is in (`powertools_lambda_core::layer::handler::HandlerLayer`). A
//! file that is moved would change the API of each crate that uses the type.

use std::collections::BTreeSet;

/// The public paths of all our items.
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// Collects the paths that are defined by the lines of all our crates.
    pub(super) fn of<'a>(crates: impl Iterator<Item = &'a [String]>) -> Self {
        let mut names = BTreeSet::new();
        for line in crates.flatten() {
            let words = line.split([' ', '(', '<', ':']).filter(|word| !word.is_empty());
            let is_type = words
                .take(6)
                .any(|word| ["struct", "enum", "trait", "type", "union", "use"].contains(&word));
            if is_type && !line.starts_with("impl") {
                names.extend(paths(line).next().map(|(_, path)| path.to_owned()));
            }
        }
        Self(names)
    }

    /// Replaces each path to a file with the public path, if leaving modules out gives one.
    pub(super) fn shorten(&self, line: &str) -> String {
        let mut text = String::new();
        let mut rest = line;
        while let Some((start, path)) = paths(rest).next() {
            text.push_str(&rest[..start]);
            text.push_str(&self.public(path).unwrap_or_else(|| path.to_owned()));
            rest = &rest[start + path.len()..];
        }
        text + rest
    }

    /// Leaves out as few modules as possible.
    fn public(&self, path: &str) -> Option<String> {
        let parts: Vec<_> = path.split("::").collect();
        if parts.len() < 3 || self.0.contains(path) {
            return None;
        }
        let item = parts.last()?;
        let modules = &parts[..parts.len() - 1];
        let candidates = (1..modules.len()).rev();
        candidates
            .map(|kept| format!("{}::{item}", modules[..kept].join("::")))
            .find(|name| self.0.contains(name))
    }
}

/// Returns the paths of a line that begin with one of our crates, each with its position.
fn paths(line: &str) -> impl Iterator<Item = (usize, &str)> {
    line.match_indices("powertools_lambda").filter_map(|(start, _)| {
        let is_part = |character: char| character.is_alphanumeric() || character == '_' || character == ':';
        let before = line[..start].chars().next_back();
        if before.is_some_and(is_part) {
            return None;
        }
        let rest = &line[start..];
        let end = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
        // A bound follows a type with a colon.
        Some((start, rest[..end].trim_end_matches(':')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shortened(line: &str) -> String {
        let core = [
            "pub mod powertools_lambda_core".to_owned(),
            "#[non_exhaustive] pub struct powertools_lambda_core::Host".to_owned(),
            "pub trait powertools_lambda_core::json::Write: core::marker::Send".to_owned(),
            "pub fn powertools_lambda_core::Host::new() -> Self".to_owned(),
        ];
        Names::of([core.as_slice()].into_iter()).shorten(line)
    }

    #[test]
    fn a_path_to_a_file_becomes_the_public_one() {
        let line = "pub fn f(&powertools_lambda_core::environment::host::Host, u8) -> bool";
        assert_eq!(shortened(line), "pub fn f(&powertools_lambda_core::Host, u8) -> bool");
        let line = "impl powertools_lambda_core::json::write::Write for powertools_lambda_core::a::Host";
        let expected = "impl powertools_lambda_core::json::Write for powertools_lambda_core::Host";
        assert_eq!(shortened(line), expected);
    }

    #[test]
    fn a_path_that_is_public_or_unknown_stays() {
        for line in [
            "pub fn powertools_lambda_core::Host::new() -> Self",
            "pub fn f(powertools_lambda_core::json::Write)",
            "pub fn f(powertools_lambda_core::private::Hidden)",
            "pub fn f(http::Host, my_powertools_lambda_core::a::Host)",
        ] {
            assert_eq!(shortened(line), line);
        }
    }
}
