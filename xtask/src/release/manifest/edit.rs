//! Edits of manifests, and of the lines of manifests that documents show.

use anyhow::{Context, Result};
use cargo_metadata::semver::{Version, VersionReq};
use regex::{Captures, Regex};
use toml_edit::{DocumentMut, value};

/// Sets the version of a crate's manifest.
pub(in crate::release) fn set_version(manifest: &str, version: &Version) -> Result<String> {
    let mut document: DocumentMut = manifest.parse()?;
    let package = document.get_mut("package").and_then(|item| item.as_table_like_mut());
    package
        .context("the manifest has no [package]")?
        .insert("version", value(version.to_string()));
    Ok(document.to_string())
}

/// Sets the version that the members of a workspace require of a crate.
pub(in crate::release) fn set_requirement(manifest: &str, name: &str, version: &Version) -> Result<String> {
    let mut document: DocumentMut = manifest.parse()?;
    let dependency = document
        .get_mut("workspace")
        .and_then(|item| item.get_mut("dependencies")?.get_mut(name)?.as_table_like_mut());
    dependency
        .with_context(|| format!("[workspace.dependencies] has no {name} with a version"))?
        .insert("version", value(version.to_string()));
    Ok(document.to_string())
}

/// Raises the version of a crate that a document tells its readers to require, if that requirement does not admit the
/// version.
pub(in crate::release) fn move_shown_requirement(document: &str, name: &str, version: &Version) -> Result<String> {
    let name = regex::escape(name);
    let line = Regex::new(&format!(
        r#"(?m)^(\s*{name}\s*=\s*(?:\{{[^\n]*?\bversion\s*=\s*)?")([^"\n]+)(")"#
    ))?;
    let moved = line.replace_all(document, |found: &Captures<'_>| {
        let is_old = VersionReq::parse(&found[2]).is_ok_and(|requirement| !requirement.matches(version));
        let requirement = if is_old {
            format!("{}.{}", version.major, version.minor)
        } else {
            found[2].to_owned()
        };
        format!("{}{requirement}{}", &found[1], &found[3])
    });
    Ok(moved.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_version_of_a_manifest_changes() {
        let manifest = "[package]\nname = \"core\" # the name\nversion = \"0.1.0\"\n\n[dependencies]\na = { version = \"0.1.0\" }\n";
        let set = set_version(manifest, &Version::new(0, 2, 0)).unwrap();
        assert_eq!(set, manifest.replacen("0.1.0", "0.2.0", 1));
        assert!(set_version("[workspace]\n", &Version::new(0, 2, 0)).is_err());
    }

    #[test]
    fn only_one_requirement_of_a_workspace_changes() {
        let manifest = "[workspace.dependencies]\n# Ours.\ncore = { path = \"crates/core\", version = \"0.1.0\" }\n\
                        core-b = { path = \"crates/b\", version = \"0.1.0\", default-features = false }\n";
        let set = set_requirement(manifest, "core-b", &Version::new(0, 2, 0)).unwrap();
        assert_eq!(
            set,
            manifest.replace("b\", version = \"0.1.0\"", "b\", version = \"0.2.0\"")
        );
        let error = set_requirement(manifest, "logger", &Version::new(0, 2, 0)).unwrap_err();
        assert!(error.to_string().contains("has no logger"), "{error}");
    }

    #[test]
    fn documents_require_what_admits_the_version() {
        for (line, expected) in [
            ("core = \"0.1\"", "core = \"0.2\""),
            (
                "core = { version = \"0.1\", features = [\"a\"] }",
                "core = { version = \"0.2\", features = [\"a\"] }",
            ),
            (
                "core = { features = [\"a\"], version = \"0.1.3\" }",
                "core = { features = [\"a\"], version = \"0.2\" }",
            ),
            ("core = \"0.2\"", "core = \"0.2\""),
            ("core-b = \"0.1\"", "core-b = \"0.1\""),
            ("Since core = \"0.1\"", "Since core = \"0.1\""),
            ("core = { path = \"core\" }", "core = { path = \"core\" }"),
        ] {
            let document = format!("Text.\n\n{line}\nother = \"0.1\"\n");
            let moved = move_shown_requirement(&document, "core", &Version::new(0, 2, 0)).unwrap();
            assert_eq!(moved, document.replace(line, expected));
        }
    }
}
