//! [`Bump`]: how far a version moves.

use std::fmt;

use cargo_metadata::semver::{BuildMetadata, Comparator, Op, Prerelease, Version, VersionReq};

/// What changed since a version, by what it means for the crate's users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Bump {
    /// Something works better.
    Patch,
    /// Something is new or different, and code that compiled still compiles.
    Minor,
    /// Code that compiled may no longer compile, or do something else.
    Breaking,
}

impl Bump {
    /// Returns the version after `version`, by cargo's rules: below 1.0, a breaking change moves the minor version, and
    /// any other change the patch version.
    pub(super) fn after(self, version: &Version) -> Version {
        let mut next = version.clone();
        next.pre = Prerelease::EMPTY;
        next.build = BuildMetadata::EMPTY;
        if next < *version || !version.pre.is_empty() {
            // 1.0.0 is the version after 1.0.0-rc.1.
            return next;
        }
        match (self, version.major, version.minor) {
            (Self::Breaking, 0, 0) | (Self::Patch, ..) | (Self::Minor, 0, _) => next.patch += 1,
            (Self::Breaking, 0, _) | (Self::Minor, ..) => (next.minor, next.patch) = (next.minor + 1, 0),
            (Self::Breaking, ..) => (next.major, next.minor, next.patch) = (next.major + 1, 0, 0),
        }
        next
    }

    /// Returns the name that cargo-semver-checks has for it.
    pub(super) fn release_type(self) -> &'static str {
        match self {
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Breaking => "major",
        }
    }
}

impl fmt::Display for Bump {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Breaking => "breaking",
        })
    }
}

/// Returns whether the requirement `old` admits the version `new`.
pub(super) fn admits(old: &Version, new: &Version) -> bool {
    let caret = Comparator {
        op: Op::Caret,
        major: old.major,
        minor: Some(old.minor),
        patch: Some(old.patch),
        pre: old.pre.clone(),
    };
    VersionReq {
        comparators: vec![caret],
    }
    .matches(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn versions_move_by_cargos_rules() {
        for (from, patch, minor, breaking) in [
            ("0.0.3", "0.0.4", "0.0.4", "0.0.4"),
            ("0.1.0", "0.1.1", "0.1.1", "0.2.0"),
            ("0.9.7", "0.9.8", "0.9.8", "0.10.0"),
            ("1.0.0", "1.0.1", "1.1.0", "2.0.0"),
            ("1.4.2", "1.4.3", "1.5.0", "2.0.0"),
            ("1.0.0-rc.1", "1.0.0", "1.0.0", "1.0.0"),
        ] {
            let after = |bump: Bump| bump.after(&version(from)).to_string();
            assert_eq!(
                [after(Bump::Patch), after(Bump::Minor), after(Bump::Breaking)],
                [patch, minor, breaking],
                "{from}"
            );
        }
    }

    #[test]
    fn a_requirement_admits_what_is_compatible() {
        for (old, new, expected) in [
            ("0.1.0", "0.1.1", true),
            ("0.1.1", "0.1.0", false),
            ("0.1.9", "0.2.0", false),
            ("0.0.3", "0.0.4", false),
            ("1.2.3", "1.9.0", true),
            ("1.2.3", "2.0.0", false),
        ] {
            assert_eq!(admits(&version(old), &version(new)), expected, "{old} → {new}");
        }
    }
}
