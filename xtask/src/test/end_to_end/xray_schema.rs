//! [`XRaySchema`]: the schema that AWS publishes for X-Ray's documents.

use anyhow::{Context, Result, bail, ensure};
use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

use crate::workspace;

/// The schemas of a segment, which an independent subsegment also meets, and of a subsegment.
pub(super) struct XRaySchema {
    schemas: Schemas,
    parts: [SchemaIndex; 2],
}

/// The schema in the tracer's own tests, where its source is named.
const FILE: &str = "crates/tracer/tests/data/xray-segmentdocument-schema-v1.0.0.json";
/// The maximum size of a document, in bytes.
const MAX_DOCUMENT: usize = 64_000;

impl XRaySchema {
    pub(super) fn read() -> Result<Self> {
        let text = std::fs::read_to_string(workspace::root().join(FILE)).context(FILE)?;
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        if let Err(error) = compiler.add_resource("schema.json", serde_json::from_str(&text)?) {
            bail!("{FILE} is not a schema: {error}");
        }
        let mut index = |location: &str| {
            compiler
                .compile(location, &mut schemas)
                .map_err(|error| anyhow::anyhow!("{FILE} is not a schema: {error}"))
        };
        let parts = [index("schema.json")?, index("schema.json#/definitions/subsegment")?];
        Ok(Self { schemas, parts })
    }

    /// Fails if X-Ray would reject the document.
    pub(super) fn check(&self, text: &str) -> Result<()> {
        let document: Value = serde_json::from_str(text).with_context(|| format!("not JSON: {text}"))?;
        for part in self.parts {
            if let Err(error) = self.schemas.validate(&document, part) {
                // The pattern for names alone has 6 kB.
                let error: String = error.to_string().chars().take(400).collect();
                bail!("{error}\n{text}");
            }
        }
        ensure!(text.len() <= MAX_DOCUMENT, "over 64 kB: {text}");
        Ok(())
    }
}
