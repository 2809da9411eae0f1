//! Checks which crate may depend on which: core ← utilities ← extensions ← umbrella.

use std::fmt;

use cargo_metadata::{DependencyKind, Package};

/// The level of a published crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Depends on no published crate.
    Core,
    /// Depends on core only.
    Utility,
    /// Depends on core and on the one utility that it extends.
    Extension { of: &'static str },
    /// Depends on all of them.
    Umbrella,
}

const CORE: &str = "powertools-lambda-core";
const LOGGER: &str = "powertools-lambda-logger";
const METRICS: &str = "powertools-lambda-metrics";
const TRACER: &str = "powertools-lambda-tracer";
const PARAMETERS: &str = "powertools-lambda-parameters";
const BATCH: &str = "powertools-lambda-batch";
const IDEMPOTENCY: &str = "powertools-lambda-idempotency";
const HTTP: &str = "powertools-lambda-http";
const FEATURE_FLAGS: &str = "powertools-lambda-feature-flags";
const OPENTELEMETRY: &str = "powertools-lambda-opentelemetry";
const UMBRELLA: &str = "powertools-lambda";

/// The published crates, including planned ones.
const ROLES: [(&str, Role); 11] = [
    (CORE, Role::Core),
    (LOGGER, Role::Utility),
    (METRICS, Role::Utility),
    (TRACER, Role::Utility),
    (PARAMETERS, Role::Utility),
    (BATCH, Role::Utility),
    (IDEMPOTENCY, Role::Utility),
    (HTTP, Role::Utility),
    (FEATURE_FLAGS, Role::Extension { of: PARAMETERS }),
    (OPENTELEMETRY, Role::Extension { of: TRACER }),
    (UMBRELLA, Role::Umbrella),
];

/// The published crates that may depend on outside crates that are costly to compile or restrict the user's choices.
///
/// A name that ends in `*` covers every crate with this prefix that is not listed itself.
const OUTSIDE: [(&str, Allowed); 17] = [
    ("aws-config", Allowed::Only(&[])),
    ("aws-credential-types", Allowed::Only(&[OPENTELEMETRY])),
    ("aws-sdk-appconfigdata", Allowed::Only(&[PARAMETERS])),
    ("aws-sdk-dynamodb", Allowed::Only(&[PARAMETERS, IDEMPOTENCY])),
    ("aws-sdk-secretsmanager", Allowed::Only(&[PARAMETERS])),
    ("aws-sdk-sqs", Allowed::Only(&[BATCH])),
    ("aws-sdk-ssm", Allowed::Only(&[PARAMETERS])),
    ("aws-sdk-*", Allowed::Unlisted),
    ("aws-sigv4", Allowed::Only(&[OPENTELEMETRY])),
    ("aws-smithy-http-client", Allowed::Only(&[OPENTELEMETRY])),
    (
        "aws-smithy-runtime-api",
        Allowed::Only(&[IDEMPOTENCY, OPENTELEMETRY, PARAMETERS, TRACER]),
    ),
    (
        "aws-smithy-types",
        Allowed::Only(&[IDEMPOTENCY, OPENTELEMETRY, PARAMETERS, TRACER]),
    ),
    ("aws-smithy-*", Allowed::Unlisted),
    ("aws-types", Allowed::Only(&[PARAMETERS, TRACER, IDEMPOTENCY])),
    ("opentelemetry*", Allowed::Only(&[OPENTELEMETRY])),
    ("tokio", Allowed::AllBut(&[CORE])),
    ("tracing-subscriber", Allowed::Only(&[LOGGER, TRACER, UMBRELLA])),
];

#[derive(Clone, Copy)]
enum Allowed {
    Only(&'static [&'static str]),
    AllBut(&'static [&'static str]),
    /// No crate, until the crate is listed with its exact name.
    Unlisted,
}

/// A package with its dependencies, except those of tests.
pub(super) struct Node {
    name: String,
    is_published: bool,
    dependencies: Vec<String>,
}

pub(super) fn nodes(packages: &[&Package]) -> Vec<Node> {
    let node = |package: &&Package| {
        let dependencies = package.dependencies.iter();
        let dependencies = dependencies.filter(|dependency| dependency.kind != DependencyKind::Development);
        Node {
            name: package.name.to_string(),
            is_published: package.publish.is_none(),
            dependencies: dependencies.map(|dependency| dependency.name.clone()).collect(),
        }
    };
    packages.iter().map(node).collect()
}

pub(super) fn check(nodes: &[Node]) -> Vec<String> {
    let mut problems = Vec::new();
    for node in nodes.iter().filter(|node| node.is_published) {
        let name = node.name.as_str();
        let Some(role) = role(name) else {
            problems.push(format!("{name} is published: add it to the table with its role"));
            continue;
        };
        for dependency in &node.dependencies {
            if is_ours(dependency) && !role.allows(dependency) {
                problems.push(format!("{name} depends on {dependency}, but {role}"));
            }
            problems.extend(check_outside(name, dependency));
        }
    }
    problems
}

/// Checks a dependency on an outside crate.
fn check_outside(name: &str, dependency: &str) -> Option<String> {
    let exact = OUTSIDE.iter().find(|(pattern, _)| *pattern == dependency);
    let family = || {
        let mut families = OUTSIDE.iter();
        families.find(|(pattern, _)| {
            pattern
                .strip_suffix('*')
                .is_some_and(|start| dependency.starts_with(start))
        })
    };
    let (_, allowed) = exact.or_else(family)?;
    match allowed {
        Allowed::Only(names) if !names.contains(&name) => Some(if names.is_empty() {
            format!("{name} depends on {dependency}, which no published crate may")
        } else {
            format!("{name} depends on {dependency}, which only {} may", names.join(" and "))
        }),
        Allowed::AllBut(names) if names.contains(&name) => {
            Some(format!("{name} depends on {dependency}, which it may not"))
        }
        Allowed::Unlisted => Some(format!(
            "{name} depends on {dependency}: add it to the table with who may depend on it"
        )),
        _ => None,
    }
}

impl Role {
    fn allows(self, dependency: &str) -> bool {
        match self {
            Self::Core => false,
            Self::Utility => dependency == CORE,
            Self::Extension { of } => dependency == CORE || dependency == of,
            Self::Umbrella => dependency != UMBRELLA,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Core => f.write_str("core depends on none of ours"),
            Self::Utility => f.write_str("a utility depends on core only"),
            Self::Extension { of } => write!(f, "this extension depends on core and {of} only"),
            Self::Umbrella => f.write_str("the umbrella does not depend on itself"),
        }
    }
}

fn role(name: &str) -> Option<Role> {
    ROLES.iter().find(|(of, _)| *of == name).map(|(_, role)| *role)
}

fn is_ours(name: &str) -> bool {
    name == UMBRELLA || name.starts_with("powertools-lambda-")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the problem of a published crate that depends on another, if any.
    fn problems(from: &str, to: &str) -> Vec<String> {
        check(&[Node {
            name: from.to_owned(),
            is_published: true,
            dependencies: vec![to.to_owned()],
        }])
    }

    fn may(from: &str, to: &str) -> bool {
        let problems = problems(from, to);
        assert!(problems.len() <= 1, "{problems:?}");
        problems.is_empty()
    }

    #[test]
    fn core_depends_on_none_of_ours() {
        for (name, _) in ROLES {
            assert!(!may(CORE, name), "{name}");
        }
    }

    #[test]
    fn a_utility_depends_on_core_only() {
        for utility in [LOGGER, METRICS, TRACER, PARAMETERS, BATCH, IDEMPOTENCY, HTTP] {
            for (name, _) in ROLES {
                assert_eq!(may(utility, name), name == CORE, "{utility} on {name}");
            }
        }
    }

    #[test]
    fn an_extension_depends_on_core_and_its_utility_only() {
        for (extension, utility) in [(FEATURE_FLAGS, PARAMETERS), (OPENTELEMETRY, TRACER)] {
            for (name, _) in ROLES {
                let expected = [CORE, utility].contains(&name);
                assert_eq!(may(extension, name), expected, "{extension} on {name}");
            }
        }
    }

    #[test]
    fn the_umbrella_depends_on_all() {
        for (name, _) in ROLES {
            assert_eq!(may(UMBRELLA, name), name != UMBRELLA, "{name}");
        }
    }

    #[test]
    fn a_published_crate_has_a_role() {
        let problems = problems("powertools-lambda-new", CORE);
        let expected = "powertools-lambda-new is published: add it to the table with its role";
        assert_eq!(problems, [expected]);
    }

    #[test]
    fn an_unpublished_crate_may_depend_on_any_crate() {
        let node = |name: &str| Node {
            name: name.to_owned(),
            is_published: false,
            dependencies: [UMBRELLA, LOGGER, "aws-sdk-s3", "tokio"].map(str::to_owned).to_vec(),
        };
        assert_eq!(check(&[node("quickstart"), node("powertools-lambda-test")]), [""; 0]);
    }

    #[test]
    fn each_crate_of_the_sdk_has_those_who_may_depend_on_it() {
        let expected: [(&str, &[&str]); 5] = [
            ("aws-sdk-appconfigdata", &[PARAMETERS]),
            ("aws-sdk-dynamodb", &[PARAMETERS, IDEMPOTENCY]),
            ("aws-sdk-secretsmanager", &[PARAMETERS]),
            ("aws-sdk-sqs", &[BATCH]),
            ("aws-sdk-ssm", &[PARAMETERS]),
        ];
        for (dependency, allowed) in expected {
            for (name, _) in ROLES {
                assert_eq!(may(name, dependency), allowed.contains(&name), "{name} on {dependency}");
            }
        }
    }

    #[test]
    fn a_crate_of_the_sdk_that_is_not_listed_is_a_problem() {
        for dependency in ["aws-sdk-s3", "aws-smithy-json"] {
            let expected =
                format!("{PARAMETERS} depends on {dependency}: add it to the table with who may depend on it");
            assert_eq!(problems(PARAMETERS, dependency), [expected]);
        }
    }

    #[test]
    fn what_the_sdk_is_made_of_stays_where_it_belongs() {
        for dependency in ["aws-smithy-runtime-api", "aws-smithy-types", "aws-types"] {
            assert!(may(PARAMETERS, dependency) && may(TRACER, dependency));
            assert!(!may(BATCH, dependency) && !may(CORE, dependency));
        }
        for (name, _) in ROLES {
            assert!(!may(name, "aws-config"), "{name}");
            assert_eq!(may(name, "aws-sigv4"), name == OPENTELEMETRY, "{name}");
        }
    }

    #[test]
    fn the_subscriber_and_opentelemetry_stay_where_they_belong() {
        for (name, _) in ROLES {
            let has_subscriber = [LOGGER, TRACER, UMBRELLA].contains(&name);
            assert_eq!(may(name, "tracing-subscriber"), has_subscriber, "{name}");
            for dependency in ["opentelemetry", "opentelemetry_sdk", "opentelemetry-proto"] {
                assert_eq!(may(name, dependency), name == OPENTELEMETRY, "{name}");
            }
        }
    }

    #[test]
    fn core_is_free_of_tokio() {
        for (name, _) in ROLES {
            assert_eq!(may(name, "tokio"), name != CORE, "{name}");
        }
        assert!(may(CORE, "tokio-stream") && may(CORE, "serde"));
    }
}
