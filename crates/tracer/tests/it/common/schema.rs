//! The schema AWS publishes for X-Ray's documents.

use std::sync::LazyLock;

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

/// The schema of a segment, which an independent subsegment must meet as well, and the one of a subsegment.
static SCHEMAS: LazyLock<(Schemas, [SchemaIndex; 2])> = LazyLock::new(|| {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    let text = include_str!("../../data/xray-segmentdocument-schema-v1.0.0.json");
    let (url, subsegment) = ("schema.json", "schema.json#/definitions/subsegment");
    compiler.add_resource(url, serde_json::from_str(text).unwrap()).unwrap();
    let indices = [url, subsegment].map(|location| compiler.compile(location, &mut schemas).unwrap());
    (schemas, indices)
});

/// Fails if X-Ray would not accept the document, or if a nested subsegment repeats what only a document needs.
pub(crate) fn check(document: &Value) {
    let (schemas, indices) = &*SCHEMAS;
    for index in indices {
        if let Err(error) = schemas.validate(document, *index) {
            // The pattern of names alone is 6 kB.
            panic!(
                "{document:#}\n{}",
                error.to_string().chars().take(400).collect::<String>()
            );
        }
    }
    assert_eq!(document["type"], "subsegment");
    assert!(document.to_string().len() <= 64_000, "over 64 kB");
    check_nested(document);
}

fn check_nested(document: &Value) {
    for nested in document["subsegments"].as_array().into_iter().flatten() {
        for key in ["trace_id", "parent_id", "type"] {
            assert!(nested.get(key).is_none(), "{key} in {nested:#}");
        }
        check_nested(nested);
    }
}
