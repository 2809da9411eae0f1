//! [`Packer`], which packs spans into datagrams.

use std::ops::Range;

use super::document::{self, ROOT_LEN, Second};
use super::tree::{Part, Tree};
use crate::{SpanKind, SpanRecord, Spans};

/// The beginning of every datagram.
const HEADER: &[u8] = b"{\"format\": \"json\", \"version\": 1}\n";

/// How many bytes nesting adds to a child: `{…},`.
const CHILD_LEN: usize = 3;
/// How many bytes nesting adds to a parent: `,"subsegments":[…]`, without the comma that the last child does not have.
const CHILDREN_LEN: usize = 16;

/// How large a buffer may be to be reused, in bytes.
const MAX_REUSED: usize = 256 * 1024;

/// Packs spans into datagrams. The value is reused for many traces, so that nothing is allocated.
#[derive(Default)]
pub(super) struct Packer {
    tree: Tree,
    /// The documents as they would be without a limit.
    buffer: Vec<u8>,
    nodes: Vec<Node>,
    datagram: Vec<u8>,
    second: Second,
    /// Values that were left out.
    pub(super) cut: Cut,
}

/// Values that were left out because the part of a span did not fit into a document.
#[derive(Default)]
pub(super) struct Cut {
    pub(super) values: usize,
    /// The place of the last span that has lost values.
    pub(super) span: usize,
}

#[derive(Clone, Default)]
struct Node {
    /// What the span recorded, in the buffer.
    part: Range<usize>,
    /// The length of the span in its parent's document, with the spans that are nested in it.
    len: usize,
}

impl Packer {
    /// Packs each span into its parent's document, if that does not exceed `limit` bytes, and passes on each datagram
    /// and the number of its spans.
    ///
    /// If several documents are needed, there are as few as possible. The one with the handler's span comes first, then
    /// those with failed spans. A span that exceeds the limit alone has a separate document, because a span is never
    /// divided.
    pub(super) fn nested(&mut self, spans: Spans<'_>, limit: usize, mut send: impl FnMut(&[u8], usize)) {
        self.tree.build(spans);
        self.write(spans);
        if self.tree.roots().len() == 1 && self.buffer.len() - HEADER.len() <= limit {
            send(&self.buffer, self.nodes.len());
        } else {
            self.divide(spans, limit);
            self.send_documents(spans, send);
        }
        if self.buffer.capacity() > MAX_REUSED {
            self.buffer = Vec::new();
        }
    }

    /// Packs each span into a separate document and passes on each datagram.
    pub(super) fn single(&mut self, spans: Spans<'_>, mut send: impl FnMut(&[u8])) {
        self.cut = Cut::default();
        for (at, span) in spans.iter().enumerate() {
            begin(&mut self.buffer, span);
            self.cut
                .add(at, document::write(&mut self.buffer, &mut self.second, span));
            self.buffer.push(b'}');
            send(&self.buffer);
        }
    }

    /// Writes all documents one after the other into the buffer, and notes the places of the spans.
    fn write(&mut self, spans: Spans<'_>) {
        let Self {
            tree,
            buffer,
            nodes,
            second,
            cut,
            ..
        } = self;
        nodes.clear();
        nodes.resize(spans.iter().len(), Node::default());
        *cut = Cut::default();
        let mut number = 0;
        // Documents may be added meanwhile, for spans below the last level of a document.
        while let Some(&root) = tree.roots().get(number) {
            if number == 0 {
                begin(buffer, spans.at(root));
            }
            tree.document(root, |part| match part {
                Part::Span(at) => {
                    let start = buffer.len();
                    cut.add(at, document::write(buffer, second, spans.at(at)));
                    nodes[at].part = start..buffer.len();
                }
                Part::Text(text) => buffer.extend_from_slice(text),
            });
            number += 1;
        }
    }

    /// Separates the largest parts from documents that exceed the limit, from the bottom up, which gives the fewest
    /// documents.
    fn divide(&mut self, spans: Spans<'_>, limit: usize) {
        let Self { tree, nodes, .. } = self;
        let mut order = Vec::with_capacity(nodes.len());
        for number in 0..tree.roots().len() {
            tree.document(tree.roots()[number], |part| {
                if let Part::Span(at) = part {
                    order.push(at);
                }
            });
        }
        let mut children = Vec::new();
        for at in order.into_iter().rev() {
            children.clear();
            children.extend(tree.children(at));
            let mut len = nodes[at].part.len();
            if !children.is_empty() {
                len += CHILDREN_LEN + children.iter().map(|child| nodes[*child].len).sum::<usize>();
            }
            if ROOT_LEN + len > limit && !children.is_empty() {
                // Among children of equal length, those that failed stay.
                children.sort_by_key(|child| (nodes[*child].len, !has_failed(spans.at(*child))));
                let mut kept = children.len();
                while ROOT_LEN + len > limit && kept > 0 {
                    kept -= 1;
                    len -= nodes[children[kept]].len;
                }
                if kept == 0 {
                    len -= CHILDREN_LEN;
                }
                let (kept, separated) = children.split_at_mut(kept);
                kept.sort_unstable();
                separated.sort_unstable();
                tree.separate(at, kept, separated);
            }
            nodes[at].len = len + CHILD_LEN;
        }
    }

    /// Passes on the documents of a tree that was divided.
    fn send_documents(&mut self, spans: Spans<'_>, mut send: impl FnMut(&[u8], usize)) {
        let Self {
            tree,
            buffer,
            nodes,
            datagram,
            ..
        } = self;
        let mut documents: Vec<_> = tree.roots().iter().map(|root| (Rank::default(), *root)).collect();
        for (rank, root) in &mut documents {
            tree.document(*root, |part| {
                if let Part::Span(at) = part {
                    *rank = (*rank).min(Rank::of(spans.at(at)));
                }
            });
        }
        documents.sort_by_key(|(rank, _)| *rank);
        for (_, root) in documents {
            let mut count = 0;
            begin(datagram, spans.at(root));
            tree.document(root, |part| match part {
                Part::Span(at) => {
                    count += 1;
                    datagram.extend_from_slice(&buffer[nodes[at].part.clone()]);
                }
                Part::Text(text) => datagram.extend_from_slice(text),
            });
            send(datagram, count);
        }
    }
}

impl Cut {
    fn add(&mut self, span: usize, values: usize) {
        if values > 0 {
            *self = Self { values, span };
        }
    }
}

/// How early a document is sent, because the socket's buffer may fill up.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Handler,
    Failed,
    #[default]
    Other,
}

impl Rank {
    fn of(span: &SpanRecord) -> Self {
        match span.kind() {
            SpanKind::Handler => Self::Handler,
            _ if has_failed(span) => Self::Failed,
            _ => Self::Other,
        }
    }
}

fn has_failed(span: &SpanRecord) -> bool {
    span.is_fault() || span.is_error() || span.is_throttle()
}

/// Replaces what is in the buffer with the beginning of a datagram, up to what the first span recorded.
fn begin(buffer: &mut Vec<u8>, span: &SpanRecord) {
    buffer.clear();
    buffer.extend_from_slice(HEADER);
    document::begin(buffer, span);
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::time::UNIX_EPOCH;

    use powertools_lambda_core::SegmentId;
    use proptest::prelude::*;
    use serde_json::Value;

    use super::super::tree::MAX_LEVELS;
    use super::*;
    use crate::record::Beginning;

    /// A span of a test: its parent comes before it, or is not among the spans.
    #[derive(Clone, Debug)]
    struct Made {
        parent: Option<usize>,
        failed: bool,
        metadata: usize,
    }

    fn id(number: usize) -> SegmentId {
        SegmentId::from(number as u64 + 1)
    }

    /// Returns the records of spans; the first one is the handler's.
    #[allow(clippy::vec_box)] // as `Spans` has them
    fn records(spans: &[Made]) -> Vec<Box<SpanRecord>> {
        let record = |(number, made): (usize, &Made)| {
            let mut record = SpanRecord::new(Beginning {
                trace_id: "1-5759e988-bd862e3fe1be46a994272793".parse().unwrap(),
                id: id(number),
                parent_id: made.parent.map_or(SegmentId::from(u64::MAX), id),
                kind: if number == 0 {
                    SpanKind::Handler
                } else {
                    SpanKind::Internal
                },
                name: format!("span {number}").into(),
                start: UNIX_EPOCH,
                service: None,
            });
            if made.failed {
                record.fault();
            }
            let metadata = format!("\"{}\"", "m".repeat(made.metadata));
            record
                .set_metadata(None, "data", |json| json.extend_from_slice(metadata.as_bytes()))
                .unwrap();
            Box::new(record)
        };
        spans.iter().enumerate().map(record).collect()
    }

    /// Returns the documents in which spans are sent, each with the number of its spans.
    fn documents(records: &[Box<SpanRecord>], limit: usize) -> Vec<(String, usize)> {
        let mut documents = Vec::new();
        let mut packer = Packer::default();
        // Twice, because a packer is reused.
        for _ in 0..2 {
            documents.clear();
            packer.nested(Spans::new(records, true), limit, |datagram, spans| {
                let document = datagram.strip_prefix(HEADER).unwrap();
                documents.push((String::from_utf8(document.to_vec()).unwrap(), spans));
            });
        }
        documents
    }

    /// The spans of a document by id: parent, name, metadata, whether it failed, and the level.
    type Found = HashMap<String, (String, String, usize, bool, usize)>;

    fn read(document: &str) -> Found {
        let mut found = HashMap::new();
        let document: Value = serde_json::from_str(document).unwrap();
        assert_eq!(document["type"], "subsegment");
        assert_eq!(document["trace_id"], "1-5759e988-bd862e3fe1be46a994272793");
        let parent = document["parent_id"].as_str().unwrap().to_owned();
        let mut open = vec![(&document, parent, 1)];
        while let Some((span, parent, level)) = open.pop() {
            let text = |key: &str| span[key].as_str().unwrap().to_owned();
            let metadata = span["metadata"][""]["data"].as_str().unwrap().len();
            let read = (parent, text("name"), metadata, span["fault"] == true, level);
            assert!(found.insert(text("id"), read).is_none(), "an id occurs twice");
            for nested in span["subsegments"].as_array().into_iter().flatten() {
                for key in ["type", "trace_id", "parent_id"] {
                    assert!(nested.get(key).is_none(), "{key} is repeated");
                }
                open.push((nested, text("id"), level + 1));
            }
        }
        found
    }

    fn tree() -> impl Strategy<Value = Vec<Made>> {
        let one = (any::<prop::sample::Index>(), 0..10_u8, 0..10_u8, 0..600_usize);
        prop::collection::vec(one, 1..120).prop_map(|all| {
            let made = all
                .into_iter()
                .enumerate()
                .map(|(at, (parent, missing, failed, metadata))| Made {
                    parent: (at > 0 && missing > 0).then(|| parent.index(at)),
                    failed: failed == 0,
                    metadata,
                });
            made.collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_union_of_the_documents_is_the_tree(spans in tree(), order in any::<u64>(), limit in 900..20_000_usize) {
            let mut records = records(&spans);
            // Spans end in any order.
            records.sort_by_key(|record| record.id().as_bytes().iter().fold(order, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            }));
            let documents = documents(&records, limit);
            let mut union = Found::new();
            for (document, count) in &documents {
                prop_assert!(document.len() <= limit, "{} bytes", document.len());
                let found = read(document);
                prop_assert_eq!(found.len(), *count);
                for (id, span) in found {
                    prop_assert!(union.insert(id, span).is_none(), "an id occurs in two documents");
                }
            }
            prop_assert_eq!(union.len(), spans.len());
            for (number, made) in spans.iter().enumerate() {
                let (parent, name, metadata, failed, level) = &union[id(number).as_str()];
                prop_assert_eq!(parent, &made.parent.map_or(SegmentId::from(u64::MAX), id).to_string());
                prop_assert_eq!(name, &format!("## span {number}"));
                prop_assert_eq!((metadata, failed), (&made.metadata, &made.failed));
                prop_assert!(*level <= MAX_LEVELS);
            }
            // The handler's document comes first, then those with failed spans.
            let rank = |document: &str| {
                let found = read(document);
                (!found.contains_key(id(0).as_str()), !found.values().any(|(_, _, _, failed, _)| *failed))
            };
            let ranks: Vec<_> = documents.iter().map(|(document, _)| rank(document)).collect();
            prop_assert!(!ranks[0].0);
            prop_assert!(ranks[1..].is_sorted(), "{:?}", ranks);
        }
    }

    fn made(parent: Option<usize>, metadata: usize) -> Made {
        Made {
            parent,
            failed: false,
            metadata,
        }
    }

    #[test]
    fn a_tree_that_fits_exactly_is_one_document_and_the_least_is_separated_otherwise() {
        let spans = [
            made(None, 10),
            made(Some(0), 100),
            made(Some(0), 200),
            made(Some(2), 10),
            made(Some(0), 20),
        ];
        let records = records(&spans);
        let whole = documents(&records, usize::MAX);
        assert_eq!(whole.len(), 1);
        let length = whole[0].0.len();
        assert_eq!(documents(&records, length), whole);
        let divided = documents(&records, length - 1);
        let sizes: Vec<_> = divided.iter().map(|(_, spans)| *spans).collect();
        assert_eq!(sizes, [3, 2], "the largest child, with what is in it");
    }

    #[test]
    fn a_limit_that_nothing_fits_into_gives_each_span_a_document() {
        let spans = [made(None, 10), made(Some(0), 100), made(Some(1), 10), made(Some(1), 10)];
        let sizes: Vec<_> = documents(&records(&spans), 0).iter().map(|(_, spans)| *spans).collect();
        assert_eq!(sizes, [1; 4]);
    }

    #[test]
    fn among_children_of_one_size_the_failed_ones_stay_with_the_handler() {
        let mut spans = vec![made(None, 10)];
        spans.extend((0..8).map(|number| Made {
            failed: number == 5,
            ..made(Some(0), if number == 5 { 86 } else { 100 })
        }));
        let records = records(&spans);
        for limit in 1_000..1_400 {
            let first = read(&documents(&records, limit)[0].0);
            assert!(first.contains_key(id(6).as_str()), "{limit}");
        }
    }

    #[test]
    fn a_chain_is_divided_at_the_last_level() {
        let spans: Vec<_> = (0..100).map(|at: usize| made(at.checked_sub(1), 1)).collect();
        let sizes: Vec<_> = documents(&records(&spans), 64_000)
            .iter()
            .map(|(_, spans)| *spans)
            .collect();
        assert_eq!(sizes, [MAX_LEVELS, MAX_LEVELS, MAX_LEVELS, 4]);
    }

    #[test]
    fn a_large_buffer_is_not_kept() {
        let records = records(&vec![made(None, 60_000); 6]);
        let mut packer = Packer::default();
        packer.nested(Spans::new(&records, true), 64_000, |_, _| ());
        assert!(packer.buffer.capacity() <= MAX_REUSED, "{}", packer.buffer.capacity());
    }
}
