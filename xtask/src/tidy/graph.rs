//! Who may depend on whom: core ← utilities ← umbrella.

use cargo_metadata::{DependencyKind, Package};

/// A dependency of one package on another, tests excluded.
pub(super) struct Edge {
    pub(super) from: String,
    pub(super) to: String,
}

const CORE: &str = "powertools-lambda-core";
const UMBRELLA: &str = "powertools-lambda";

/// Who may depend on crates whose name begins so, and nobody else among the published ones.
const RESTRICTED: [(&str, &[&str]); 4] = [
    ("aws-sdk-", &["powertools-lambda-parameters", "powertools-lambda-batch"]),
    ("aws-config", &[]),
    (
        "aws-smithy-",
        &[
            "powertools-lambda-parameters",
            "powertools-lambda-tracer",
            "powertools-lambda-batch",
        ],
    ),
    (
        "tracing-subscriber",
        &["powertools-lambda-logger", "powertools-lambda-tracer", UMBRELLA],
    ),
];

pub(super) fn edges(packages: &[&Package]) -> Vec<Edge> {
    let of = |package: &&Package| {
        let from = package.name.to_string();
        let dependencies = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind != DependencyKind::Development);
        dependencies
            .map(|dependency| Edge {
                from: from.clone(),
                to: dependency.name.clone(),
            })
            .collect::<Vec<_>>()
    };
    packages.iter().flat_map(of).collect()
}

pub(super) fn check(edges: &[Edge]) -> Vec<String> {
    let mut problems = Vec::new();
    for Edge { from, to } in edges.iter().filter(|edge| is_ours(&edge.from)) {
        if is_ours(to) {
            let allowed = match from.as_str() {
                CORE => false,
                UMBRELLA => to != UMBRELLA,
                _ => to == CORE,
            };
            if !allowed {
                problems.push(format!(
                    "{from} depends on {to}: the rule is core ← utilities ← umbrella"
                ));
            }
        }
        for (prefix, allowed) in RESTRICTED {
            if to.starts_with(prefix) && !allowed.contains(&from.as_str()) {
                problems.push(format!("{from} depends on {to}, which only {allowed:?} may"));
            }
        }
    }
    problems
}

fn is_ours(name: &str) -> bool {
    name == UMBRELLA || name.starts_with("powertools-lambda-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(from: &str, to: &str) -> usize {
        check(&[Edge {
            from: from.into(),
            to: to.into(),
        }])
        .len()
    }

    #[test]
    fn a_utility_may_depend_on_core_and_on_no_other_utility() {
        assert_eq!(problems("powertools-lambda-logger", "powertools-lambda-core"), 0);
        assert_eq!(problems("powertools-lambda-logger", "powertools-lambda-metrics"), 1);
        assert_eq!(problems("powertools-lambda-logger", "powertools-lambda"), 1);
        assert_eq!(problems("powertools-lambda-core", "powertools-lambda-logger"), 1);
        assert_eq!(problems("powertools-lambda", "powertools-lambda-logger"), 0);
    }

    #[test]
    fn the_aws_sdk_and_the_subscriber_stay_where_they_belong() {
        assert_eq!(problems("powertools-lambda-metrics", "aws-sdk-ssm"), 1);
        assert_eq!(problems("powertools-lambda-parameters", "aws-sdk-ssm"), 0);
        assert_eq!(problems("powertools-lambda-core", "tracing-subscriber"), 1);
        assert_eq!(problems("quickstart", "tracing-subscriber"), 0);
    }
}
