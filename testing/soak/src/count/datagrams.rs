//! Reads a datagram to the X-Ray daemon.

use std::borrow::Cow;

use serde::Deserialize;

use super::claims::claims;
use super::findings::Kind;
use super::sight::Sight;
use crate::event::{number_of_trace, parent_id};

const HEADER: &str = "{\"format\": \"json\", \"version\": 1}\n";

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    trace_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    parent_id: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    start_time: f64,
    end_time: f64,
    #[serde(default)]
    annotations: Annotations,
    #[serde(borrow, default)]
    subsegments: Vec<Document<'a>>,
}

#[derive(Default, Deserialize)]
struct Annotations {
    claimed: Option<u64>,
    number: Option<u64>,
    item: Option<u64>,
}

/// Reads a datagram.
pub(super) fn read(datagram: &[u8], sight: &mut Sight) {
    if let Err((kind, why)) = try_read(datagram, sight) {
        let text = String::from_utf8_lossy(datagram);
        sight.findings.note(kind, || format!("{why}: {text}"));
    }
}

fn try_read(bytes: &[u8], sight: &mut Sight) -> Result<(), (Kind, String)> {
    let invalid = |why: &str| (Kind::Invalid, why.to_owned());
    let text = std::str::from_utf8(bytes).map_err(|_| invalid("not UTF-8"))?;
    let text = text.strip_prefix(HEADER).ok_or_else(|| invalid("another header"))?;
    let document: Document<'_> = serde_json::from_str(text).map_err(|error| (Kind::Invalid, error.to_string()))?;
    let trace = document.trace_id.as_deref().and_then(number_of_trace);
    let number = trace.ok_or_else(|| invalid("a trace of nobody"))?;
    if document.kind.as_deref() != Some("subsegment") {
        return Err(invalid("not a subsegment"));
    }
    if claims(text).any(|claim| claim != number) {
        return Err((Kind::Mixed, "data of another invocation".to_owned()));
    }
    let parent = document.parent_id.as_deref().ok_or_else(|| invalid("no parent"))?;
    if tag(&document) == "handler" && parent != parent_id(number) {
        return Err((Kind::Mixed, "the parent of another invocation".to_owned()));
    }
    let mut names = Vec::new();
    walk(&document, &mut names).map_err(invalid)?;
    if let Some(seen) = sight.of(number, text) {
        seen.spans.append(&mut names);
    }
    Ok(())
}

/// Adds the names of a document and of those in it.
fn walk(document: &Document<'_>, names: &mut Vec<String>) -> Result<(), &'static str> {
    let is_hex = |text: &str| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hex(&document.id) {
        return Err("an id that is not 16 hexadecimal digits");
    }
    // The clock may jump back, and X-Ray refuses an end before its start.
    if document.end_time < document.start_time {
        return Err("an end before its start");
    }
    names.push(tag(document));
    document.subsegments.iter().try_for_each(|nested| walk(nested, names))
}

fn tag(document: &Document<'_>) -> String {
    let name = document.name.strip_prefix("## ").unwrap_or(&document.name);
    debug_assert!(document.annotations.number.is_none() || document.annotations.claimed.is_none());
    match (name, document.annotations.item) {
        ("step", Some(item)) => format!("step {item}"),
        _ => name.to_owned(),
    }
}
