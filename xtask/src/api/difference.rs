//! Shows how one list of lines differs from another.

use console::style;
use similar::{ChangeTag, TextDiff};

/// Returns the lines that were added and removed, each group below the unchanged line before it.
pub(super) fn shown(old: &str, new: &str) -> String {
    let difference = TextDiff::from_lines(old, new);
    let groups = difference.grouped_ops(1);
    let changes = groups
        .iter()
        .flatten()
        .flat_map(|operation| difference.iter_changes(operation));
    let lines = changes.map(|change| {
        let line = change.value().trim_end();
        let line = match change.tag() {
            ChangeTag::Equal => style(format!("  {line}")).dim(),
            ChangeTag::Delete => style(format!("- {line}")).red(),
            ChangeTag::Insert => style(format!("+ {line}")).green(),
        };
        line.to_string() + "\n"
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn additions_and_removals_are_shown_with_their_neighbours() {
        let old = "a\nb\nc\nd\ne\nf\n";
        let new = "a\nb\nc\nD\ne\nf\n";
        let shown = shown(old, new);
        assert_eq!(console::strip_ansi_codes(&shown), "  c\n- d\n+ D\n  e\n");
    }

    #[test]
    fn equal_lists_have_no_difference() {
        assert_eq!(shown("a\n", "a\n"), "");
    }
}
