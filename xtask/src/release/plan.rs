//! [`Plan`]: which versions a release has, and why.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::{Result, bail};
use cargo_metadata::semver::{Prerelease, Version};

use super::bump::{Bump, admits};
use super::changelog::BREAKING;

/// What is known about a published crate.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) name: String,
    /// The folder of its manifest, from the workspace's root.
    pub(super) folder: String,
    /// The version in the manifest.
    pub(super) version: Version,
    /// The version of the last tag.
    pub(super) last: Option<Version>,
    /// The published crates that its users compile too.
    pub(super) needs: Vec<String>,
    /// What changed since the last tag, and the bump that each change requires at least.
    pub(super) changes: Vec<(String, Bump)>,
    /// The bump that the unreleased entries of its changelog require.
    pub(super) notes: Option<Bump>,
    /// Whether the changelog has a section for `version`.
    pub(super) has_section: bool,
    /// The bump that the entries of this section require.
    pub(super) section: Option<Bump>,
}

/// A crate to release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) folder: String,
    pub(super) from: Option<Version>,
    pub(super) to: Version,
    /// `None` for a first version.
    pub(super) bump: Option<Bump>,
    /// Whether manifest and changelog have the version already.
    pub(super) prepared: bool,
    pub(super) reasons: Vec<String>,
    /// The crates whose new versions the last version of this one does not admit.
    pub(super) pulled_by: Vec<String>,
}

/// The crates of a release, in the order of their dependencies.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
}

impl Plan {
    /// Decides on `crates`, which are in the order of their dependencies. The error has all refusals.
    pub(super) fn of(crates: &[Facts]) -> Result<Self> {
        let mut steps: BTreeMap<&str, Step> = BTreeMap::new();
        let mut refusals = Vec::new();
        for of in crates {
            match own(of).and_then(|step| pull(of, &steps, step)) {
                Ok(Some(step)) => drop(steps.insert(&of.name, step)),
                Ok(None) => {}
                Err(refusal) => refusals.push(format!("{}: {refusal}", of.name)),
            }
        }
        if !refusals.is_empty() {
            bail!("nothing can be released:\n  {}", refusals.join("\n  "));
        }
        let steps = crates.iter().filter_map(|of| steps.remove(of.name.as_str())).collect();
        Ok(Self { steps })
    }

    /// Returns the steps whose version is not yet in manifest and changelog.
    pub(super) fn unprepared(&self) -> Vec<&Step> {
        self.steps.iter().filter(|step| !step.prepared).collect()
    }

    /// Returns the plan as lines.
    pub(super) fn text(&self) -> String {
        let width = self.steps.iter().map(|step| step.name.len()).max().unwrap_or_default();
        let mut text = String::new();
        for step in &self.steps {
            let from = step.from.as_ref().map_or_else(|| "new".to_owned(), Version::to_string);
            let to = &step.to;
            let _ = writeln!(text, "  {:width$}  {from} → {to}  {}", step.name, step.why());
        }
        text
    }
}

impl Step {
    fn why(&self) -> String {
        let mut parts = Vec::new();
        if let Some(bump) = self.bump {
            parts.push(format!("{bump}: {}", self.reasons.join("; ")));
        } else if self.from.is_none() {
            parts.push("the first version".to_owned());
        }
        if self.prepared {
            parts.push("prepared".to_owned());
        }
        parts.join(", ")
    }
}

/// Returns what a crate's own changes require.
fn own(of: &Facts) -> Result<Option<Step>> {
    let changelog = format!("{}/CHANGELOG.md", of.folder);
    let step = |to: &Version, bump, prepared, reasons| Step {
        name: of.name.clone(),
        folder: of.folder.clone(),
        from: of.last.clone(),
        to: to.clone(),
        bump,
        prepared,
        reasons,
        pulled_by: Vec::new(),
    };
    let Some(last) = &of.last else {
        if !of.has_section && of.notes.is_none() {
            bail!(
                "it was never released and {changelog} has no entry; say below `## [Unreleased]` what the crate does"
            );
        }
        check_prepared(of)?;
        return Ok(Some(step(&of.version, None, of.has_section, Vec::new())));
    };
    if of.version < *last {
        bail!(
            "{}/Cargo.toml says {}, but {last} is released; set `version = \"{last}\"`",
            of.folder,
            of.version
        );
    }
    if of.version > *last {
        if !of.has_section {
            bail!(
                "{}/Cargo.toml says {} and {changelog} has no such section; {}",
                of.folder,
                of.version,
                prepare_again(last)
            );
        }
        check_prepared(of)?;
        return Ok(Some(step(&of.version, None, true, Vec::new())));
    }
    let required = of.changes.iter().map(|(_, bump)| *bump).max();
    let Some(notes) = of.notes else {
        if let Some((first, _)) = of.changes.first() {
            bail!("it changed since {last} ({first}), but {changelog} has no entry; add one below `## [Unreleased]`");
        }
        return Ok(None);
    };
    if let Some((change, _)) = of
        .changes
        .iter()
        .find(|(_, bump)| *bump == Bump::Breaking && notes < Bump::Breaking)
    {
        bail!("it breaks its users ({change}), but no entry in {changelog} says so; begin one with `{BREAKING}`");
    }
    let bump = required.map_or(notes, |required| required.max(notes));
    let mut reasons: Vec<_> = of
        .changes
        .iter()
        .filter(|(_, of)| *of == bump && bump > notes)
        .map(|(text, _)| text.clone())
        .collect();
    if reasons.is_empty() {
        reasons.push("its changelog says so".to_owned());
    }
    Ok(Some(step(&bump.after(last), Some(bump), false, reasons)))
}

/// Refuses a version that was prepared if the crate changed since then, or if the version was set by hand and is too low.
fn check_prepared(of: &Facts) -> Result<()> {
    if !of.has_section {
        return Ok(());
    }
    let changelog = format!("{}/CHANGELOG.md", of.folder);
    if of.notes.is_some() {
        bail!(
            "{0} is prepared, but {changelog} has entries below `## [Unreleased]`; move them below `## [{0}]`",
            of.version
        );
    }
    let Some(last) = &of.last else {
        return Ok(());
    };
    let by_notes = of.section.map(|bump| (format!("{changelog} says so"), bump));
    let largest = of.changes.iter().cloned().chain(by_notes).max_by_key(|(_, bump)| *bump);
    // 0.2.0-rc.1 is on the way to 0.2.0.
    let mut to = of.version.clone();
    to.pre = Prerelease::EMPTY;
    if let Some((why, bump)) = largest.filter(|(_, bump)| to < bump.after(last)) {
        bail!(
            "{}/Cargo.toml says {}, but its {bump} change since {last} ({why}) requires {}; {}",
            of.folder,
            of.version,
            bump.after(last),
            prepare_again(last)
        );
    }
    Ok(())
}

/// Says how a version that was set by hand becomes one that the plan sets.
fn prepare_again(last: &Version) -> String {
    format!(
        "set `version = \"{last}\"` there and in the root's Cargo.toml, leave the entries below `## [Unreleased]`, and let \
         `cargo xtask release prepare` write the rest"
    )
}

/// Pulls a crate along if its last version does not admit the new versions of its dependencies. Types of two versions do not mix,
/// so this breaks its users too: a breaking change of core moves every crate.
fn pull(of: &Facts, steps: &BTreeMap<&str, Step>, own: Option<Step>) -> Result<Option<Step>> {
    let Some(last) = &of.last else {
        return Ok(own);
    };
    let breaks = |step: &&Step| step.from.as_ref().is_some_and(|from| !admits(from, &step.to));
    let needs = of.needs.iter().filter_map(|name| steps.get(name.as_str()));
    let pulled_by: Vec<_> = needs
        .filter(breaks)
        .map(|step| format!("{} {}", step.name, step.to))
        .collect();
    if pulled_by.is_empty() {
        return Ok(own);
    }
    let needs = format!("needs {}", pulled_by.join(", "));
    if own.as_ref().is_some_and(|step| step.prepared) {
        if admits(last, &of.version) {
            bail!(
                "{}/Cargo.toml says {}, but it {needs}, which breaks its users too and requires {}; {}",
                of.folder,
                of.version,
                Bump::Breaking.after(last),
                prepare_again(last)
            );
        }
        return Ok(own);
    }
    Ok(Some(Step {
        name: of.name.clone(),
        folder: of.folder.clone(),
        from: Some(last.clone()),
        to: Bump::Breaking.after(last),
        bump: Some(Bump::Breaking),
        prepared: false,
        reasons: vec![needs],
        pulled_by,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    /// Returns the facts of a crate that was released as 0.1.0 and did not change.
    fn quiet(name: &str, needs: &[&str]) -> Facts {
        Facts {
            name: name.to_owned(),
            folder: format!("crates/{name}"),
            version: version("0.1.0"),
            last: Some(version("0.1.0")),
            needs: needs.iter().map(|name| (*name).to_owned()).collect(),
            changes: Vec::new(),
            notes: None,
            has_section: true,
            section: Some(Bump::Minor),
        }
    }

    fn changed(name: &str, needs: &[&str], change: Bump, notes: Option<Bump>) -> Facts {
        Facts {
            changes: vec![("src/lib.rs".to_owned(), change)],
            notes,
            ..quiet(name, needs)
        }
    }

    fn new(name: &str, notes: Option<Bump>) -> Facts {
        Facts {
            last: None,
            notes,
            has_section: false,
            section: None,
            ..quiet(name, &[])
        }
    }

    /// Returns the facts of a crate that was released as 0.1.0 and has the section of another version.
    fn prepared(name: &str, needs: &[&str], to: &str, section: Bump) -> Facts {
        Facts {
            version: version(to),
            section: Some(section),
            ..quiet(name, needs)
        }
    }

    fn prepared_first(name: &str) -> Facts {
        Facts {
            last: None,
            ..quiet(name, &[])
        }
    }

    fn versions(crates: &[Facts]) -> Vec<String> {
        let plan = Plan::of(crates).unwrap();
        plan.steps
            .iter()
            .map(|step| format!("{} {}", step.name, step.to))
            .collect()
    }

    fn refusal(of: Facts) -> String {
        Plan::of(&[of]).unwrap_err().to_string()
    }

    #[test]
    fn only_what_changed_is_released() {
        let patch = changed("logger", &["core"], Bump::Patch, Some(Bump::Patch));
        assert_eq!(
            versions(&[quiet("core", &[]), patch, quiet("umbrella", &["core", "logger"])]),
            ["logger 0.1.1"]
        );
        assert!(versions(&[quiet("core", &[])]).is_empty());
    }

    #[test]
    fn the_larger_of_changes_and_notes_decides() {
        for (change, notes, expected) in [
            (Bump::Patch, Bump::Patch, "1.0.1"),
            (Bump::Patch, Bump::Minor, "1.1.0"),
            (Bump::Minor, Bump::Patch, "1.1.0"),
            (Bump::Patch, Bump::Breaking, "2.0.0"),
            (Bump::Breaking, Bump::Breaking, "2.0.0"),
        ] {
            let facts = Facts {
                version: version("1.0.0"),
                last: Some(version("1.0.0")),
                ..changed("core", &[], change, Some(notes))
            };
            assert_eq!(versions(&[facts]), [format!("core {expected}")], "{change} {notes}");
        }
    }

    #[test]
    fn a_breaking_core_moves_every_crate_at_once() {
        let core = changed("core", &[], Bump::Breaking, Some(Bump::Breaking));
        let logger = changed("logger", &["core"], Bump::Patch, Some(Bump::Patch));
        let crates = [
            core,
            logger,
            quiet("metrics", &["core"]),
            quiet("umbrella", &["core", "logger"]),
        ];
        assert_eq!(
            versions(&crates),
            ["core 0.2.0", "logger 0.2.0", "metrics 0.2.0", "umbrella 0.2.0"]
        );
        let plan = Plan::of(&crates).unwrap();
        assert_eq!(plan.steps[3].pulled_by, ["core 0.2.0", "logger 0.2.0"]);
        assert!(
            plan.text()
                .contains("umbrella  0.1.0 → 0.2.0  breaking: needs core 0.2.0, logger 0.2.0"),
            "{}",
            plan.text()
        );
    }

    #[test]
    fn a_breaking_utility_moves_those_who_need_it() {
        let parameters = changed("parameters", &["core"], Bump::Breaking, Some(Bump::Breaking));
        let crates = [
            quiet("core", &[]),
            quiet("logger", &["core"]),
            parameters,
            quiet("flags", &["core", "parameters"]),
            quiet("umbrella", &["core", "flags", "logger"]),
        ];
        assert_eq!(versions(&crates), ["parameters 0.2.0", "flags 0.2.0", "umbrella 0.2.0"]);
    }

    #[test]
    fn a_new_crate_has_the_version_of_its_manifest() {
        assert_eq!(versions(&[new("core", Some(Bump::Minor))]), ["core 0.1.0"]);
        assert!(refusal(new("core", None)).contains("crates/core/CHANGELOG.md has no entry"));
    }

    #[test]
    fn what_is_prepared_is_not_decided_again() {
        let core = prepared("core", &[], "0.2.0", Bump::Breaking);
        let logger = prepared("logger", &["core"], "0.2.0", Bump::Minor);
        let plan = Plan::of(&[core, logger]).unwrap();
        assert!(plan.unprepared().is_empty() && plan.steps.len() == 2, "{plan:?}");
        // A dependent that prepare forgot is pulled along all the same.
        let core = plan.steps[0].clone();
        let step = pull(&quiet("logger", &["core"]), &BTreeMap::from([("core", core)]), None);
        assert_eq!(step.unwrap().unwrap().to, version("0.2.0"));
    }

    #[test]
    fn what_is_prepared_must_suffice() {
        let core = || prepared("core", &[], "0.2.0", Bump::Breaking);
        for (crates, expected) in [
            (
                vec![prepared("core", &[], "0.1.1", Bump::Breaking)],
                "core: crates/core/Cargo.toml says 0.1.1, but its breaking change since 0.1.0 (crates/core/CHANGELOG.md says \
                 so) requires 0.2.0; set `version = \"0.1.0\"`",
            ),
            (
                vec![Facts {
                    changes: vec![("api.txt no longer has 1 lines".to_owned(), Bump::Breaking)],
                    ..prepared("core", &[], "0.1.1", Bump::Patch)
                }],
                "its breaking change since 0.1.0 (api.txt no longer has 1 lines) requires 0.2.0",
            ),
            (
                vec![core(), prepared("logger", &["core"], "0.1.1", Bump::Patch)],
                "logger: crates/logger/Cargo.toml says 0.1.1, but it needs core 0.2.0, which breaks its users too and \
                 requires 0.2.0",
            ),
            (
                vec![Facts {
                    notes: Some(Bump::Patch),
                    ..core()
                }],
                "core: 0.2.0 is prepared, but crates/core/CHANGELOG.md has entries below `## [Unreleased]`; move them below \
                 `## [0.2.0]`",
            ),
            (
                vec![Facts {
                    notes: Some(Bump::Patch),
                    ..prepared_first("core")
                }],
                "core: 0.1.0 is prepared, but",
            ),
        ] {
            let error = Plan::of(&crates).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        // A larger version than the changes require is the maintainer's choice.
        for to in ["1.0.0", "0.2.0-rc.1"] {
            assert_eq!(
                versions(&[prepared("core", &[], to, Bump::Minor)]),
                [format!("core {to}")]
            );
        }
    }

    #[test]
    fn each_refusal_names_crate_file_and_what_to_do() {
        for (facts, expected) in [
            (
                changed("core", &[], Bump::Patch, None),
                "core: it changed since 0.1.0 (src/lib.rs), but crates/core/CHANGELOG.md has no entry; add one below",
            ),
            (
                changed("core", &[], Bump::Breaking, Some(Bump::Minor)),
                "core: it breaks its users (src/lib.rs), but no entry in crates/core/CHANGELOG.md says so; begin one with \
                 `**Breaking:**`",
            ),
            (
                Facts {
                    version: version("0.0.9"),
                    ..quiet("core", &[])
                },
                "core: crates/core/Cargo.toml says 0.0.9, but 0.1.0 is released; set `version = \"0.1.0\"`",
            ),
            (
                Facts {
                    version: version("0.3.0"),
                    has_section: false,
                    section: None,
                    ..quiet("core", &[])
                },
                "core: crates/core/Cargo.toml says 0.3.0 and crates/core/CHANGELOG.md has no such section",
            ),
        ] {
            let error = refusal(facts);
            assert!(error.contains(expected), "{error}");
        }
        let both = Plan::of(&[new("core", None), new("logger", None)])
            .unwrap_err()
            .to_string();
        assert!(both.contains("core: ") && both.contains("logger: "), "{both}");
    }
}
