//! Checks that a crate's `CHANGELOG.md` follows Keep a Changelog.

/// The kinds of changes, which are the titles of lists.
const KINDS: [&str; 6] = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];

pub(super) fn check(text: &str, version: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if !text.starts_with("# Changelog\n") {
        problems.push("CHANGELOG.md does not begin with `# Changelog`".to_owned());
    }
    let titles = || text.lines().filter_map(|line| line.strip_prefix("## "));
    for title in titles().filter(|title| !is_release(title)) {
        problems.push(format!(
            "CHANGELOG.md: `## {title}` is neither `## [Unreleased]` nor `## [1.2.3] - 2026-01-31`"
        ));
    }
    let current = |title: &str| title == "[Unreleased]" || title.starts_with(&format!("[{version}]"));
    if !titles().any(current) {
        problems.push(format!(
            "CHANGELOG.md has neither `## [Unreleased]` nor `## [{version}] - …`"
        ));
    }
    let kinds = text.lines().filter_map(|line| line.strip_prefix("### "));
    problems.extend(
        kinds
            .filter(|kind| !KINDS.contains(kind))
            .map(|kind| format!("CHANGELOG.md: `### {kind}` is not one of {}", KINDS.join(", "))),
    );
    problems
}

fn is_release(title: &str) -> bool {
    let dated = || {
        let (version, date) = title.strip_prefix('[')?.split_once("] - ")?;
        let parts: Vec<_> = date
            .split('-')
            .map(|part| (part.len(), part.parse::<u16>().is_ok()))
            .collect();
        cargo_metadata::semver::Version::parse(version).ok()?;
        (parts == [(4, true), (2, true), (2, true)]).then_some(())
    };
    title == "[Unreleased]" || dated().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_and_what_is_not_released_have_a_title() {
        for good in [
            "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n",
            "# Changelog\n\n## [0.1.0] - 2026-01-31\n\n### Fixed\n\n- A thing.\n",
        ] {
            assert_eq!(check(good, "0.1.0"), [""; 0]);
        }
    }

    #[test]
    fn each_rule_can_be_broken() {
        for bad in [
            "## [Unreleased]\n",
            "# Changelog\n",
            "# Changelog\n\n## [0.0.9] - 2026-01-31\n",
            "# Changelog\n\n## [Unreleased]\n\n## 0.0.9\n",
            "# Changelog\n\n## [Unreleased]\n\n## [0.0.9] - tomorrow\n",
            "# Changelog\n\n## [Unreleased]\n\n### News\n",
        ] {
            assert_eq!(check(bad, "0.1.0").len(), 1, "{bad}");
        }
    }
}
