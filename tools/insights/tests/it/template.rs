//! Tests that crates/powertools-lambda/docs/operations.yaml matches the page, and names only metrics that functions really write.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use insights::Document;
use powertools_telemetry::Telemetry;
use saphyr::{LoadableYamlNode, Yaml};
use serde_json::Value;

const TEMPLATE: &str = include_str!("../../../../crates/powertools-lambda/docs/operations.yaml");
const DOCUMENT: &str = include_str!("../../../../crates/powertools-lambda/docs/operations.md");

/// AWS's own metrics that the template uses, each with its dimension:
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html>
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html>
const PLATFORM: [(&str, &str, &str); 5] = [
    ("AWS/Lambda", "Duration", "FunctionName"),
    ("AWS/Lambda", "Errors", "FunctionName"),
    ("AWS/Lambda", "IteratorAge", "FunctionName"),
    ("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName"),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName"),
];

/// A metric with its namespace, name and dimensions; the dimensions of a search have no values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Metric {
    namespace: String,
    name: String,
    dimensions: BTreeMap<String, Option<String>>,
}

impl Metric {
    fn new(namespace: &str, name: &str, dimensions: impl IntoIterator<Item = (String, Option<String>)>) -> Self {
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            dimensions: dimensions.into_iter().collect(),
        }
    }

    fn without_values(&self) -> Self {
        let dimensions = self.dimensions.keys().map(|key| (key.clone(), None));
        Self::new(&self.namespace, &self.name, dimensions)
    }
}

/// Returns the metrics that CloudWatch extracts from the sample's EMF documents, each also without dimension values, as
/// in a search.
fn written() -> BTreeSet<Metric> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sample"));
    let mut metrics = BTreeSet::new();
    for identity in Telemetry::read(folder).unwrap().metrics().map(|metric| metric.identity) {
        let dimensions = identity.dimensions.into_iter().map(|(key, value)| (key, Some(value)));
        let metric = Metric::new(&identity.namespace, &identity.name, dimensions);
        metrics.insert(metric.without_values());
        metrics.insert(metric);
    }
    assert!(!metrics.is_empty());
    metrics
}

fn template() -> Yaml<'static> {
    let mut documents = Yaml::load_from_str(TEMPLATE).unwrap();
    assert_eq!(documents.len(), 1);
    documents.remove(0)
}

/// Returns a node without the enclosing function, such as `!Sub`.
fn untagged<'a, 'b>(node: &'a Yaml<'b>) -> &'a Yaml<'b> {
    match node {
        Yaml::Tagged(_, inner) => inner,
        _ => node,
    }
}

fn text(node: &Yaml<'_>, key: &str) -> Option<String> {
    untagged(node.as_mapping_get(key)?).as_str().map(str::to_owned)
}

/// Calls `visit` for each mapping, including nested ones.
fn each_mapping(node: &Yaml<'_>, visit: &mut dyn FnMut(&Yaml<'_>)) {
    match untagged(node) {
        Yaml::Mapping(mapping) => {
            visit(untagged(node));
            mapping.values().for_each(|value| each_mapping(value, visit));
        }
        Yaml::Sequence(items) => items.iter().for_each(|item| each_mapping(item, visit)),
        _ => {}
    }
}

/// Returns the texts of all occurrences of a key.
fn texts(template: &Yaml<'_>, key: &str) -> Vec<String> {
    let mut found = Vec::new();
    each_mapping(template, &mut |mapping| found.extend(text(mapping, key)));
    found
}

fn dashboard() -> Value {
    let bodies = texts(&template(), "DashboardBody");
    assert_eq!(bodies.len(), 1);
    serde_json::from_str(&bodies[0]).expect("a dashboard is JSON")
}

/// Returns every metric in the template: in alarms, in the dashboard, in searches and in metric queries.
fn named() -> Vec<Metric> {
    let mut metrics = Vec::new();
    let mut expressions = texts(&template(), "Expression");
    each_mapping(&template(), &mut |mapping| {
        if let Some(name) = text(mapping, "MetricName") {
            let list = mapping.as_mapping_get("Dimensions").unwrap().as_sequence().unwrap();
            let dimensions = list
                .iter()
                .map(|dimension| (text(dimension, "Name").unwrap(), text(dimension, "Value")));
            metrics.push(Metric::new(&text(mapping, "Namespace").unwrap(), &name, dimensions));
        }
    });
    for widget in dashboard()["widgets"].as_array().unwrap() {
        for entry in widget["properties"]["metrics"].as_array().unwrap() {
            if let Some(expression) = entry[0]["expression"].as_str() {
                expressions.push(expression.to_owned());
                continue;
            }
            let parts: Vec<_> = entry.as_array().unwrap().iter().map_while(Value::as_str).collect();
            let dimensions = parts[2..]
                .chunks(2)
                .map(|pair| (pair[0].to_owned(), Some(pair[1].to_owned())));
            metrics.push(Metric::new(parts[0], parts[1], dimensions));
        }
    }
    metrics.extend(expressions.iter().filter_map(|expression| searched(expression)));
    metrics
}

/// Parses `SEARCH('{NAMESPACE,DIMENSION,…} MetricName="NAME"', …)` and
/// `SELECT SUM(NAME) FROM SCHEMA("NAMESPACE", DIMENSION)`.
fn searched(expression: &str) -> Option<Metric> {
    let (schema, name) = if let Some(rest) = expression.strip_prefix("SEARCH('{") {
        let (schema, rest) = rest.split_once("} MetricName=\"")?;
        (schema, rest.split('"').next()?)
    } else {
        let (name, rest) = expression.strip_prefix("SELECT SUM(")?.split_once(") FROM SCHEMA(")?;
        (rest.strip_suffix(')')?, name)
    };
    let mut parts = schema.split(',').map(|part| part.trim().trim_matches('"'));
    let namespace = parts.next()?;
    Some(Metric::new(namespace, name, parts.map(|part| (part.to_owned(), None))))
}

#[test]
fn every_metric_is_written_by_the_functions_or_is_one_of_the_platforms() {
    let written = written();
    let named = named();
    for metric in &named {
        let is_platform = PLATFORM.into_iter().any(|(namespace, name, dimension)| {
            metric.namespace == namespace && metric.name == name && metric.dimensions.keys().eq([dimension])
        });
        assert!(is_platform || written.contains(metric), "no function writes {metric:?}");
    }
    let own = named.iter().filter(|metric| !metric.namespace.starts_with("AWS/"));
    assert!(own.count() >= 8);
}

#[test]
fn every_expression_is_understood_or_is_arithmetic() {
    for expression in texts(&template(), "Expression") {
        let is_arithmetic = expression
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || " */+()".contains(c));
        assert!(is_arithmetic || searched(&expression).is_some(), "{expression}");
    }
}

#[test]
fn saved_queries_and_groups_are_examples_of_the_page() {
    let document = Document::new(DOCUMENT);
    let queries: Vec<_> = document
        .queries()
        .iter()
        .map(|example| example.query.to_owned())
        .collect();
    let saved = texts(&template(), "QueryString");
    assert!(!saved.is_empty());
    for query in saved {
        assert!(queries.contains(&query), "the saved query is not on the page\n{query}");
    }
    let filters: Vec<_> = document
        .filters()
        .iter()
        .map(|example| example.filter.to_owned())
        .collect();
    let groups = texts(&template(), "FilterExpression");
    assert!(!groups.is_empty());
    for filter in groups {
        assert!(
            filters.contains(&filter),
            "the group's filter is not on the page: {filter}"
        );
    }
}

#[test]
fn what_the_page_shows_of_the_template_is_in_it() {
    let document = Document::new(DOCUMENT);
    let blocks: Vec<_> = ["yaml", "json"]
        .iter()
        .flat_map(|tag| document.blocks_of(tag))
        .collect();
    assert_eq!(blocks.len(), 4);
    for block in blocks {
        assert!(TEMPLATE.contains(block), "not in the template:\n{block}");
    }
}

#[test]
fn log_groups_and_functions_are_those_of_the_sample() {
    let known = |function: &str| {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!("tests/sample/logs/{function}.log"))
            .exists()
    };
    let functions: Vec<_> = TEMPLATE
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- /aws/lambda/"))
        .collect();
    assert_eq!(functions.len(), 12);
    assert!(functions.iter().all(|function| known(function)), "{functions:?}");
    let of_metrics = named()
        .into_iter()
        .filter_map(|metric| metric.dimensions.get("FunctionName").cloned().flatten());
    for function in of_metrics {
        assert!(known(&function), "{function}");
    }
}

/// Lints the template if `cargo xtask test end-to-end` has installed cfn-lint; otherwise prints that it did not.
#[test]
fn cloudformation_accepts_the_template() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let linter = root.join("target/cfn-lint/python/bin/cfn-lint");
    if !linter.exists() {
        println!("not linted: {} not found", linter.display());
        return;
    }
    let output = Command::new(linter)
        .arg("--")
        .arg(root.join("crates/powertools-lambda/docs/operations.yaml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    println!("linted by cfn-lint");
}
