//! Formats X-Ray documents for a guide.

use serde_json::{Value, json};

/// The maximum length of a line, if it can be broken.
const WIDTH: usize = 110;

/// The order of the keys; others follow in alphabetical order.
const ORDER: [&str; 15] = [
    "name",
    "id",
    "trace_id",
    "parent_id",
    "start_time",
    "end_time",
    "type",
    "namespace",
    "aws",
    "http",
    "links",
    "fault",
    "error",
    "throttle",
    "cause",
];

/// The key of the documents that are nested in another one; it is the last one.
const NESTED: &str = "subsegments";

/// Returns X-Ray documents on lines of a readable length, with generated ids replaced by numbers in the order in which they
/// occur.
pub fn documents(documents: &[Value]) -> String {
    let mut text: String = documents.iter().map(wrapped).collect();
    for (at, id) in ids(documents).into_iter().enumerate() {
        text = text.replace(id, &format!("{:016x}", 0x7c1e_4d9d_0c3f_5b20_u64 + at as u64));
    }
    text
}

/// Returns the ids of documents, of their exceptions, and of those that are nested in them.
fn ids(documents: &[Value]) -> Vec<&str> {
    let mut all = Vec::new();
    for document in documents {
        let exceptions = document["cause"]["exceptions"].as_array();
        let parts = std::iter::once(document).chain(exceptions.into_iter().flatten());
        all.extend(parts.filter_map(|part| part["id"].as_str()));
        all.extend(document[NESTED].as_array().into_iter().flat_map(|nested| ids(nested)));
    }
    all
}

/// Returns a document on several lines; nested ones are indented.
fn wrapped(document: &Value) -> String {
    let mut text = entries(document);
    if let Some(nested) = document[NESTED].as_array() {
        text.pop();
        let nested: Vec<_> = nested
            .iter()
            .map(|nested| wrapped(nested).trim_end().replace('\n', "\n  "))
            .collect();
        text = format!("{text},\n {NESTED:?}:[\n  {}]}}", nested.join(",\n  "));
    }
    text + "\n"
}

fn entries(document: &Value) -> String {
    let rank = |key: &str| ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len());
    let entries = document.as_object().into_iter().flatten();
    let mut entries: Vec<_> = entries.filter(|(key, _)| *key != NESTED).collect();
    entries.sort_by_key(|(key, _)| (rank(key), *key));
    let (mut text, mut width) = (String::from("{"), 1);
    for (at, (key, value)) in entries.iter().enumerate() {
        let end = if at + 1 == entries.len() { "}" } else { "," };
        let entry = format!("{}:{value}{end}", json!(key));
        if width > 1 && width + entry.len() > WIDTH {
            text.push_str("\n ");
            width = 1;
        }
        text.push_str(&entry);
        width += entry.len();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_wrapped_and_their_ids_numbered() {
        let inner = json!({"type": "subsegment", "parent_id": "bbbb", "id": "aaaa", "name": "inner", "zebra": 1,
            "annotations": {"text": "x".repeat(60)}});
        let outer = json!({"name": "outer", "id": "bbbb", "cause": {"exceptions": [{"id": "cccc"}]}});
        let expected = format!(
            "{}\n {}\n{}\n",
            r#"{"name":"inner","id":"7c1e4d9d0c3f5b20","parent_id":"7c1e4d9d0c3f5b21","type":"subsegment","#,
            format_args!(r#""annotations":{{"text":"{}"}},"zebra":1}}"#, "x".repeat(60)),
            r#"{"name":"outer","id":"7c1e4d9d0c3f5b21","cause":{"exceptions":[{"id":"7c1e4d9d0c3f5b22"}]}}"#,
        );
        assert_eq!(documents(&[inner, outer]), expected);
    }
    #[test]
    fn nested_documents_are_indented() {
        let leaf = json!({"id": "cccc", "name": "leaf"});
        let inner = json!({"id": "bbbb", "name": "inner", "subsegments": [leaf]});
        let outer = json!({"id": "aaaa", "name": "outer", "annotations": {}, "subsegments": [inner, {"id": "dddd"}]});
        let expected = r#"{"name":"outer","id":"7c1e4d9d0c3f5b20","annotations":{},
 "subsegments":[
  {"name":"inner","id":"7c1e4d9d0c3f5b21",
   "subsegments":[
    {"name":"leaf","id":"7c1e4d9d0c3f5b22"}]},
  {"id":"7c1e4d9d0c3f5b23"}]}
"#;
        assert_eq!(documents(&[outer]), expected);
    }
}
