//! Checks what compiling a published crate involves: no build script, and nothing of the models.

use cargo_metadata::{Dependency, Target};

/// The target of the dependencies that only models need; see `crates/core/src/sync`.
const MODELS: &str = "cfg(powertools_shuttle)";

pub(super) fn check(targets: &[Target], dependencies: &[Dependency]) -> Vec<String> {
    let scripts = targets.iter().filter(|target| target.is_custom_build());
    let mut problems: Vec<_> = scripts
        .map(|script| {
            format!(
                "{} is a build script, which runs code on every machine that compiles the crate",
                script.src_path
            )
        })
        .collect();
    let of_models = dependencies.iter().filter(|dependency| {
        dependency
            .target
            .as_ref()
            .is_some_and(|target| target.to_string() == MODELS)
    });
    // Cargo writes the dependencies of all targets into a lock file, but no optional ones that nothing enables.
    let required = of_models.filter(|dependency| !dependency.optional);
    problems.extend(required.map(|dependency| {
        format!(
            "{} is in the lock files of those who use the crate: make it optional",
            dependency.name
        )
    }));
    problems
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn target(kind: &str) -> Target {
        let target = json!({
            "name": "x", "kind": [kind], "crate_types": ["bin"], "src_path": "/x.rs", "edition": "2024",
            "doc": true, "doctest": true, "test": true,
        });
        serde_json::from_value(target).unwrap()
    }

    fn dependency(target: Option<&str>, optional: bool) -> Dependency {
        let dependency = json!({
            "name": "shuttle", "req": "1", "kind": null, "target": target, "optional": optional,
            "uses_default_features": true, "features": [],
        });
        serde_json::from_value(dependency).unwrap()
    }

    #[test]
    fn a_build_script_is_found() {
        assert_eq!(check(&[target("lib"), target("test")], &[]), [""; 0]);
        assert_eq!(check(&[target("lib"), target("custom-build")], &[]).len(), 1);
    }

    #[test]
    fn a_dependency_of_models_is_optional() {
        assert_eq!(
            check(&[], &[dependency(Some(MODELS), true), dependency(None, false)]),
            [""; 0]
        );
        assert_eq!(check(&[], &[dependency(Some(MODELS), false)]).len(), 1);
    }
}
