//! Tests that the trees of a run are the same for nested and separate documents.
#![allow(clippy::unwrap_used)] // helpers of tests, like tests

use powertools_telemetry::{Forest, Telemetry};
use proptest::prelude::*;
use serde_json::{Value, json};

fn read(documents: &[Value]) -> Telemetry {
    let mut telemetry = Telemetry::default();
    for document in documents {
        telemetry.add_documents(&document.to_string());
    }
    telemetry
}

/// Returns the trees as indented ids.
fn drawn(telemetry: &Telemetry) -> Vec<String> {
    let forest = Forest::of(&telemetry.segments);
    let nodes = forest.nodes().iter();
    nodes
        .map(|node| format!("{}{}", " ".repeat(node.depth), node.segment.id()))
        .collect()
}

fn document(id: &str, parent: &str, start: f64) -> Value {
    json!({"trace_id": "t", "id": id, "parent_id": parent, "name": id, "start_time": start, "end_time": 9.0, "type": "subsegment"})
}

#[test]
fn segments_are_below_their_parents_in_order_of_time() {
    let telemetry = read(&[
        document("c", "a", 3.0),
        document("d", "b", 2.5),
        document("b", "a", 2.0),
        document("a", "elsewhere", 1.0),
    ]);
    assert_eq!(drawn(&telemetry), ["a", " b", "  d", " c"]);
    let forest = Forest::of(&telemetry.segments);
    assert_eq!(forest.nodes()[0].segment.parent_id(), Some("elsewhere"));
    let ups: Vec<_> = forest.nodes().iter().map(|node| node.up).collect();
    assert_eq!(ups, [None, Some(0), Some(1), Some(0)]);
    assert_eq!(forest.find("t", "d"), Some(2));
    assert_eq!((forest.find("t", "x"), forest.find("u", "d")), (None, None));
}

#[test]
fn no_segment_is_lost_if_parents_form_a_circle() {
    let telemetry = read(&[
        document("a", "b", 1.0),
        document("b", "a", 2.0),
        document("c", "c", 3.0),
    ]);
    assert_eq!(drawn(&telemetry), ["c", "a", " b"]);
}

#[test]
fn the_finished_document_of_a_segment_counts() {
    let open =
        json!({"trace_id": "t", "id": "a", "name": "a", "start_time": 1.0, "in_progress": true, "type": "subsegment"});
    for documents in [[open.clone(), document("a", "x", 1.0)], [document("a", "x", 1.0), open]] {
        let telemetry = read(&documents);
        let forest = Forest::of(&telemetry.segments);
        let open: Vec<_> = forest.nodes().iter().map(|node| node.segment.is_open()).collect();
        assert_eq!(open, [false]);
    }
}

/// One function calls another over HTTP, and sends two messages that a third receives in one batch.
#[test]
fn trees_cross_functions_by_links() {
    let link = |id: &str| json!({"trace_id": "a", "id": id});
    let document = |trace: &str, id: &str, parent: &str, start: f64, links: Value| json!({"trace_id": trace, "id": id, "parent_id": parent, "type": "subsegment", "start_time": start, "links": links});
    let none = || json!([]);
    let telemetry = read(&[
        document(
            "c",
            "7",
            "70",
            6.0,
            json!([link("3"), link("4"), link("99"), link("3")]),
        ),
        document("a", "1", "10", 1.0, none()),
        document("a", "3", "1", 3.0, none()),
        document("a", "4", "1", 4.0, none()),
        document("a", "2", "1", 2.0, none()),
        document("b", "5", "50", 2.1, json!([link("2")])),
    ]);
    let forest = Forest::of(&telemetry.segments);
    let ids = |nodes: &[usize]| {
        nodes
            .iter()
            .map(|at| forest.nodes()[*at].segment.id())
            .collect::<Vec<_>>()
    };
    let below = |trace: &str, id: &str| ids(forest.below(forest.find(trace, id).unwrap()));
    assert_eq!(ids(forest.roots()), ["1"]);
    assert_eq!(below("a", "1"), ["2", "3", "4"]);
    assert_eq!(below("a", "2"), ["5"]);
    assert_eq!(below("a", "3"), ["7"]);
    assert_eq!(below("a", "4"), ["7"], "a batch is below each of its messages");
    let traces: Vec<_> = forest.traces().iter().map(|trace| trace.id).collect();
    assert_eq!(traces, ["a", "b", "c"], "in order of time");
}

/// A segment with what is within it.
#[derive(Clone, Debug)]
struct Tree {
    start: u32,
    open: bool,
    within: Vec<Tree>,
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = (0..50_u32, any::<bool>()).prop_map(|(start, open)| Tree {
        start,
        open,
        within: Vec::new(),
    });
    leaf.prop_recursive(5, 40, 5, |inner| {
        (0..50_u32, any::<bool>(), prop::collection::vec(inner, 0..5)).prop_map(|(start, open, within)| Tree {
            start,
            open,
            within,
        })
    })
}

impl Tree {
    /// Returns the document with its children nested, and adds each of them to `alone` as if it had been sent alone.
    fn write(&self, parent: Option<&str>, ids: &mut u32, alone: &mut Vec<Value>) -> Value {
        *ids += 1;
        let id = format!("{ids:016x}");
        let mut nested =
            json!({"id": id, "name": "step", "start_time": f64::from(self.start), "annotations": {"number": *ids}});
        if self.open {
            nested["in_progress"] = true.into();
        } else {
            nested["end_time"] = f64::from(self.start + 1).into();
        }
        let mut own = nested.clone();
        own["trace_id"] = "t".into();
        match parent {
            Some(parent) => {
                own["parent_id"] = parent.into();
                own["type"] = "subsegment".into();
            }
            None => nested["trace_id"] = "t".into(),
        }
        let within = self.within.iter().map(|tree| tree.write(Some(&id), ids, alone));
        let within: Vec<_> = within.collect();
        if !within.is_empty() {
            nested["subsegments"] = within.into();
        }
        alone.push(own);
        nested
    }
}

proptest! {
    #[test]
    fn nested_and_separate_documents_are_the_same_trees(tree in tree(), seed: u64) {
        let (mut ids, mut alone) = (0, Vec::new());
        let nested = tree.write(None, &mut ids, &mut alone);
        // In any order.
        alone.sort_by_key(|document| {
            let number = document["annotations"]["number"].as_u64().unwrap();
            number.wrapping_mul(seed | 1)
        });
        let (nested, alone) = (read(&[nested]), read(&alone));
        let (nested_forest, alone_forest) = (Forest::of(&nested.segments), Forest::of(&alone.segments));
        prop_assert_eq!(nested_forest.nodes().len(), ids as usize);
        prop_assert_eq!(nested_forest.nodes(), alone_forest.nodes());
        prop_assert_eq!(nested_forest.traces(), alone_forest.traces());
        prop_assert_eq!(nested_forest.roots(), alone_forest.roots());
        prop_assert!((0..ids as usize).all(|at| nested_forest.below(at) == alone_forest.below(at)));
    }
}
