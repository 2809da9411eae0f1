//! [`publish`]: tarballs onto the registry, and tags.

use anyhow::{Result, bail};

use super::git::Git;
use super::index::{Published, Registry};
use super::tarball::Tarball;
use crate::{ui, workspace};

/// What the registry has in place of a tarball.
#[derive(Debug, PartialEq, Eq)]
enum State {
    Missing,
    Same,
    Other,
}

/// Publishes the tarballs that the registry does not have, and tags all versions. A tarball that is there already is skipped if
/// it is the same, so a release that failed midway is resumed by the same command.
pub(super) fn publish(tarballs: &[Tarball], registry: &Registry, named: Option<&str>, git: &Git<'_>) -> Result<()> {
    let missing = missing(tarballs, registry)?;
    for tarball in tarballs {
        if !missing.iter().any(|of| of.name == tarball.name) {
            println!("  {} {} is there already", tarball.name, tarball.version);
        }
    }
    if !missing.is_empty() {
        // Cargo publishes in the order of dependencies, and waits until the index has what the next one needs. The
        // tarballs were verified when they were made.
        let mut arguments = vec!["publish", "--quiet", "--no-verify"];
        for tarball in &missing {
            arguments.extend(["--package", &tarball.name]);
        }
        if let Some(name) = named {
            arguments.extend(["--registry", name]);
        }
        ui::task(
            format!("Publishing {} crates to {}", missing.len(), registry.name()),
            || {
                let output = workspace::cargo(&arguments).output()?;
                if !output.status.success() {
                    bail!(
                        "`cargo {}` failed; the same command resumes the release, from the same commit:\n{}",
                        arguments.join(" "),
                        String::from_utf8_lossy(&output.stderr)
                    );
                }
                Ok(())
            },
        )?;
        let still: Vec<_> = self::missing(tarballs, registry)?
            .iter()
            .map(|of| of.name.as_str())
            .collect();
        if !still.is_empty() {
            bail!(
                "cargo says that it published {}, but the registry does not have it yet; run the same command again",
                still.join(", ")
            );
        }
    }
    let mut tags = Vec::new();
    for tarball in tarballs {
        tags.push(git.tag(&tarball.name, &tarball.version)?);
    }
    println!("Tagged. Push the tags: git push origin {}", tags.join(" "));
    Ok(())
}

/// Returns the tarballs that the registry does not have. The error names all versions that the registry has from
/// elsewhere.
fn missing<'a>(tarballs: &'a [Tarball], registry: &Registry) -> Result<Vec<&'a Tarball>> {
    let mut missing = Vec::new();
    let mut refusals = Vec::new();
    for tarball in tarballs {
        match state(tarball, &registry.ask(&tarball.name)?) {
            State::Missing => missing.push(tarball),
            State::Same => {}
            State::Other => refusals.push(format!(
                "{0}: the registry {1} has {0} {2} with another checksum than target/package/{0}-{2}.crate; if a release was \
                 interrupted, check out the commit that it was made from; if the crate is not ours, choose another `name` in \
                 its Cargo.toml",
                tarball.name,
                registry.name(),
                tarball.version
            )),
        }
    }
    if !refusals.is_empty() {
        bail!("nothing is published:\n  {}", refusals.join("\n  "));
    }
    Ok(missing)
}

fn state(tarball: &Tarball, published: &[Published]) -> State {
    let there = published.iter().find(|of| of.version == tarball.version);
    match there {
        None => State::Missing,
        Some(of) if of.checksum == tarball.checksum => State::Same,
        Some(_) => State::Other,
    }
}

#[cfg(test)]
mod tests {
    use cargo_metadata::semver::Version;

    use super::*;

    #[test]
    fn the_checksum_decides_what_is_there() {
        let tarball = Tarball {
            name: "core".to_owned(),
            version: Version::new(0, 1, 0),
            size: 1,
            checksum: [1; 32],
        };
        let published = |version, checksum| Published {
            version,
            checksum: [checksum; 32],
            yanked: false,
        };
        for (there, expected) in [
            (vec![], State::Missing),
            (vec![published(Version::new(0, 0, 9), 1)], State::Missing),
            (vec![published(Version::new(0, 1, 0), 1)], State::Same),
            (vec![published(Version::new(0, 1, 0), 2)], State::Other),
        ] {
            assert_eq!(state(&tarball, &there), expected);
        }
    }
}
