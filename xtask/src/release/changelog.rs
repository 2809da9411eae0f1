//! [`Changelog`]: the text of a `CHANGELOG.md` in the form of Keep a Changelog.

use anyhow::{Result, bail};
use cargo_metadata::semver::Version;

use super::bump::Bump;

const UNRELEASED: &str = "## [Unreleased]";

/// How the entry of a breaking change begins.
pub(super) const BREAKING: &str = "**Breaking:**";

/// The headings, and what an entry below them requires.
const HEADINGS: [(&str, Bump); 6] = [
    ("### Added", Bump::Minor),
    ("### Changed", Bump::Minor),
    ("### Deprecated", Bump::Minor),
    ("### Removed", Bump::Breaking),
    ("### Fixed", Bump::Patch),
    ("### Security", Bump::Patch),
];

/// A crate's changelog.
#[derive(Clone, Debug)]
pub(super) struct Changelog {
    before: String,
    unreleased: String,
    after: String,
}

impl Changelog {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let lines: Vec<_> = text.lines().collect();
        let Some(start) = lines.iter().position(|line| line.trim_end() == UNRELEASED) else {
            bail!("it has no section `{UNRELEASED}`; add one above the versions");
        };
        let rest = &lines[start + 1..];
        let length = rest
            .iter()
            .position(|line| line.starts_with("## ") || is_link(line))
            .unwrap_or(rest.len());
        let (unreleased, after) = rest.split_at(length);
        Ok(Self {
            before: lines[..start].join("\n"),
            unreleased: unreleased.join("\n").trim().to_owned(),
            after: after.join("\n").trim().to_owned(),
        })
    }

    /// Returns the bump that the unreleased entries require, or `None` without an entry.
    pub(super) fn bump(&self) -> Result<Option<Bump>> {
        required(&self.unreleased)
    }

    /// Returns whether a version has its section.
    pub(super) fn has(&self, version: &Version) -> bool {
        self.section(version).is_some()
    }

    /// Returns the bump that the entries of a version require, or `None` without an entry.
    pub(super) fn bump_of(&self, version: &Version) -> Result<Option<Bump>> {
        required(&self.section(version).unwrap_or_default())
    }

    fn section(&self, version: &Version) -> Option<String> {
        let heading = format!("## [{version}]");
        let mut lines = self.after.lines().skip_while(|line| !line.starts_with(&heading));
        lines.next()?;
        let section: Vec<_> = lines.take_while(|line| !line.starts_with("## ")).collect();
        Some(section.join("\n"))
    }

    /// Adds an entry to the unreleased ones.
    pub(super) fn add(&mut self, heading: &str, entry: &str) {
        let heading = format!("### {heading}");
        let mut lines: Vec<_> = self.unreleased.lines().map(str::to_owned).collect();
        if let Some(at) = lines.iter().position(|line| *line == heading) {
            let of_section = lines[at + 1..].iter().position(|line| line.starts_with("### "));
            let mut end = of_section.map_or(lines.len(), |length| at + 1 + length);
            while lines[end - 1].is_empty() {
                end -= 1;
            }
            lines.insert(end, format!("* {entry}"));
        } else {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            lines.extend([heading, String::new(), format!("* {entry}")]);
        }
        self.unreleased = lines.join("\n");
    }

    /// Moves the unreleased entries to the section of a version.
    pub(super) fn release(&mut self, version: &Version, date: &str) {
        let section = format!("## [{version}] - {date}\n\n{}", std::mem::take(&mut self.unreleased));
        self.after = format!("{section}\n\n{}", self.after).trim().to_owned();
    }

    pub(super) fn text(&self) -> String {
        let sections = [self.before.trim_end(), UNRELEASED, &self.unreleased, &self.after];
        let sections: Vec<_> = sections.into_iter().filter(|text| !text.is_empty()).collect();
        sections.join("\n\n") + "\n"
    }
}

/// Returns the bump that entries require, or `None` without an entry.
fn required(entries: &str) -> Result<Option<Bump>> {
    let mut heading = None;
    let mut bump = None;
    for line in entries.lines() {
        if line.starts_with("### ") {
            let known = HEADINGS.iter().find(|(name, _)| *name == line.trim_end());
            let Some((_, of)) = known else {
                let names: Vec<_> = HEADINGS.iter().map(|(name, _)| name.trim_start_matches('#')).collect();
                bail!(
                    "`{line}` is not a heading of Keep a Changelog; they are{}",
                    names.join(",")
                );
            };
            heading = Some(*of);
        } else if let Some(entry) = line.strip_prefix("* ").or_else(|| line.strip_prefix("- ")) {
            let Some(of) = heading else {
                bail!("the entry `{entry}` has no heading; put it below one such as `### Fixed`");
            };
            let of = if entry.starts_with(BREAKING) {
                Bump::Breaking
            } else {
                of
            };
            bump = bump.max(Some(of));
        }
    }
    Ok(bump)
}

/// Returns whether a line is the target of a link, such as `[0.1.0]: https://…`.
fn is_link(line: &str) -> bool {
    line.starts_with('[') && line.contains("]: ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "# Changelog\n\nThe format.\n\n## [Unreleased]\n";

    fn changelog(unreleased: &str) -> Changelog {
        Changelog::parse(&format!(
            "{HEAD}\n{unreleased}\n\n## [0.1.0] - 2026-01-02\n\n### Removed\n\n* All.\n"
        ))
        .unwrap()
    }

    #[test]
    fn the_entries_say_what_bump_they_require() {
        for (unreleased, expected) in [
            ("", None),
            ("The first version.", None),
            ("### Fixed", None),
            ("### Fixed\n\n* A record.", Some(Bump::Patch)),
            ("### Security\n\n- A record.", Some(Bump::Patch)),
            ("### Fixed\n\n* A record.\n\n### Added\n\n* A key.", Some(Bump::Minor)),
            ("### Added\n\n* A key.\n\n### Fixed\n\n* A record.", Some(Bump::Minor)),
            ("### Changed\n\n* A default.", Some(Bump::Minor)),
            ("### Deprecated\n\n* A key.", Some(Bump::Minor)),
            ("### Removed\n\n* A key.", Some(Bump::Breaking)),
            ("### Fixed\n\n* **Breaking:** A key.", Some(Bump::Breaking)),
            (
                "### Fixed\n\n* A key that is not **Breaking:** at all.",
                Some(Bump::Patch),
            ),
        ] {
            assert_eq!(changelog(unreleased).bump().unwrap(), expected, "{unreleased}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error_that_says_so() {
        for (unreleased, expected) in [
            ("### Improved\n\n* A key.", "`### Improved` is not a heading"),
            ("* A key.", "the entry `A key.` has no heading"),
        ] {
            let error = changelog(unreleased).bump().unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let error = Changelog::parse("# Changelog\n\n## [0.1.0]\n").unwrap_err().to_string();
        assert!(error.contains("no section `## [Unreleased]`"), "{error}");
    }

    #[test]
    fn a_release_moves_the_entries_and_keeps_all_else() {
        let mut changelog = changelog("The note.\n\n### Fixed\n\n* A record.");
        let version = Version::new(0, 1, 1);
        assert!(!changelog.has(&version));
        changelog.release(&version, "2026-02-03");
        assert_eq!(
            changelog.text(),
            format!(
                "{HEAD}\n## [0.1.1] - 2026-02-03\n\nThe note.\n\n### Fixed\n\n* A record.\n\n\
                 ## [0.1.0] - 2026-01-02\n\n### Removed\n\n* All.\n"
            )
        );
        let again = Changelog::parse(&changelog.text()).unwrap();
        assert!(again.has(&version));
        assert_eq!(again.bump_of(&version).unwrap(), Some(Bump::Patch));
        let first = again.bump_of(&Version::new(0, 1, 0)).unwrap();
        assert_eq!(first, Some(Bump::Breaking));
        assert_eq!(again.bump().unwrap(), None);
    }

    #[test]
    fn links_stay_at_the_end() {
        let text = format!("{HEAD}\n### Fixed\n\n* A record.\n\n[Unreleased]: https://example.com/a...b\n");
        let mut changelog = Changelog::parse(&text).unwrap();
        assert_eq!(changelog.text(), text);
        changelog.release(&Version::new(0, 1, 0), "2026-01-02");
        assert!(
            changelog
                .text()
                .ends_with("* A record.\n\n[Unreleased]: https://example.com/a...b\n")
        );
    }

    #[test]
    fn an_entry_is_added_below_its_heading() {
        for (unreleased, expected) in [
            ("", "### Changed\n\n* New."),
            (
                "### Fixed\n\n* A record.",
                "### Fixed\n\n* A record.\n\n### Changed\n\n* New.",
            ),
            (
                "### Changed\n\n* A record.\n\n### Fixed\n\n* A record.",
                "### Changed\n\n* A record.\n* New.\n\n### Fixed\n\n* A record.",
            ),
            ("### Changed\n\n* A record.", "### Changed\n\n* A record.\n* New."),
        ] {
            let mut changelog = changelog(unreleased);
            changelog.add("Changed", "New.");
            assert_eq!(changelog.unreleased, expected);
        }
    }
}
