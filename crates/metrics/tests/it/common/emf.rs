//! Checks of a line against CloudWatch's rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

/// Checks a line against the schema, the text of the specification, and CloudWatch's rules; returns it as JSON.
pub fn check(line: &str) -> Value {
    let document = check_format(line);
    let directive = &document["_aws"]["CloudWatchMetrics"][0];
    for key in directive["Dimensions"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|set| set.as_array().unwrap())
    {
        let key = key.as_str().unwrap();
        let value = document[key].as_str().unwrap();
        let is_printable = |text: &str| text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        assert!(is_printable(key) && is_printable(value), "{key:?}: {value:?}");
        assert!(!key.starts_with(':'));
    }
    let namespace = directive["Namespace"].as_str().unwrap();
    assert!(namespace.is_ascii() && !namespace.starts_with("AWS/"), "{namespace}");
    document
}

/// Checks a line whose dimensions may have other characters than ASCII.
pub fn check_format(line: &str) -> Value {
    assert!(line.len() + 1 + 26 <= 256 * 1_024, "{} bytes", line.len());
    assert!(!line.contains('\n'));
    let document: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let (schemas, schema) = schema();
    if let Err(error) = schemas.validate(&document, *schema) {
        panic!("{error:#}\n{line}");
    }
    let root = document.as_object().unwrap();
    assert_eq!(root.len(), keys(line), "a key stands twice: {line}");
    let directives = document["_aws"]["CloudWatchMetrics"].as_array().unwrap();
    assert_eq!(directives.len(), 1);
    let dimensions = directives[0]["Dimensions"].as_array().unwrap();
    let mut sets = BTreeSet::new();
    for set in dimensions {
        let set: Vec<&str> = set
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key.as_str().unwrap())
            .collect();
        let unique: BTreeSet<&str> = set.iter().copied().collect();
        assert_eq!(unique.len(), set.len(), "a key stands twice in {set:?}");
        for key in &set {
            let value = root[*key].as_str().expect("a dimension is text");
            assert!((1..=1_024).contains(&value.chars().count()) && !value.trim().is_empty());
        }
        assert!(sets.insert(unique), "a set stands twice: {dimensions:?}");
    }
    let definitions = directives[0]["Metrics"].as_array().unwrap();
    assert!(!definitions.is_empty());
    let mut names = BTreeSet::new();
    for definition in definitions {
        let name = definition["Name"].as_str().unwrap();
        assert!(names.insert(name), "{name:?} is defined twice");
        match &root[name] {
            Value::Number(_) => {}
            Value::Array(values) => assert!((2..=100).contains(&values.len()) && values.iter().all(Value::is_number)),
            other => panic!("{name} is {other}"),
        }
    }
    document
}

/// Returns the values of each metric of the documents, in order.
pub fn values(documents: &[Value]) -> BTreeMap<String, Vec<f64>> {
    let mut values: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for document in documents {
        for definition in document["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap() {
            let name = definition["Name"].as_str().unwrap();
            let of_name = values.entry(name.to_owned()).or_default();
            match &document[name] {
                Value::Array(several) => of_name.extend(several.iter().map(|value| value.as_f64().unwrap())),
                single => of_name.push(single.as_f64().unwrap()),
            }
        }
    }
    values
}

fn schema() -> &'static (Schemas, SchemaIndex) {
    static SCHEMA: OnceLock<(Schemas, SchemaIndex)> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let schema: Value = serde_json::from_str(include_str!("../../data/emf.schema.json")).unwrap();
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("emf.schema.json", schema).unwrap();
        let index = compiler.compile("emf.schema.json", &mut schemas).unwrap();
        (schemas, index)
    })
}

/// Counts the members of the root, including repeated keys, which a parser would drop.
fn keys(line: &str) -> usize {
    let (mut depth, mut in_text, mut escaped, mut count) = (0, false, false, 0);
    for byte in line.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b':' if depth == 1 => count += 1,
            _ => {}
        }
    }
    count
}
