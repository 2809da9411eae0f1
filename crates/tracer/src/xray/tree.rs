//! [`Tree`], how the spans that are emitted together nest in documents.

use powertools_lambda_core::SegmentId;

use crate::{SpanKind, Spans};

/// How many levels of spans a document has; a span below the last level begins another document.
///
/// A level is two levels of JSON, and parsers have limits: `serde_json`'s is 128.
pub(super) const MAX_LEVELS: usize = 32;

/// The maximum number of spans among which a parent is searched without an index.
const MAX_SCANNED: usize = 32;

const NONE: usize = usize::MAX;

/// How spans nest in documents: each begins a document or is part of its parent's.
///
/// A span is identified by its place in [`Spans`]. The value is reused for many traces.
#[derive(Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// The spans at which a document begins.
    roots: Vec<usize>,
    /// The places of all spans by id, if there are many.
    index: Vec<(SegmentId, usize)>,
}

#[derive(Clone, Copy)]
struct Node {
    /// The parent in the same document.
    parent: usize,
    first_child: usize,
    next_sibling: usize,
}

/// A part of a document.
pub(super) enum Part {
    /// What the span at this place recorded.
    Span(usize),
    /// The text between or after spans. The brace that opens the document is not included.
    Text(&'static [u8]),
}

impl Tree {
    /// Nests each span in its parent, if that is among the spans. The children of a span stay in their order.
    pub(super) fn build(&mut self, spans: Spans<'_>) {
        self.nodes.clear();
        self.nodes.resize(spans.iter().len(), Node::ALONE);
        self.roots.clear();
        self.index(spans);
        let mut parent = NONE;
        for (at, span) in spans.iter().enumerate().rev() {
            if span.kind() == SpanKind::Handler {
                parent = NONE;
            } else if parent == NONE || spans.at(parent).id() != span.parent_id() {
                // Otherwise the parent is that of the previous span: siblings usually end one after the other.
                parent = self.find(spans, span.parent_id());
            }
            if parent == NONE {
                self.roots.push(at);
            } else {
                self.nodes[at].parent = parent;
                self.nodes[at].next_sibling = self.nodes[parent].first_child;
                self.nodes[parent].first_child = at;
            }
        }
        self.roots.reverse();
    }

    /// Returns the spans at which a document begins.
    pub(super) fn roots(&self) -> &[usize] {
        &self.roots
    }

    /// Returns the spans that are nested directly in a span.
    pub(super) fn children(&self, at: usize) -> impl Iterator<Item = usize> {
        let some = |at: usize| (at != NONE).then_some(at);
        std::iter::successors(some(self.nodes[at].first_child), move |child| {
            some(self.nodes[*child].next_sibling)
        })
    }

    /// Begins a document at each of the `separated` children of a span; `kept` are all its other children.
    pub(super) fn separate(&mut self, at: usize, kept: &[usize], separated: &[usize]) {
        self.nodes[at].first_child = NONE;
        for child in kept.iter().rev() {
            self.nodes[*child].next_sibling = self.nodes[at].first_child;
            self.nodes[at].first_child = *child;
        }
        for child in separated {
            self.nodes[*child].parent = NONE;
            self.roots.push(*child);
        }
    }

    /// Passes on the parts of the document that begins at `root`, in their order.
    ///
    /// Spans below the last level are separated from their parents.
    #[inline]
    pub(super) fn document(&mut self, root: usize, mut pass: impl FnMut(Part)) {
        let (mut at, mut level) = (root, 1);
        pass(Part::Span(at));
        loop {
            if level == MAX_LEVELS {
                self.separate_children(at);
            }
            let child = self.nodes[at].first_child;
            if child != NONE {
                pass(Part::Text(br#","subsegments":[{"#));
                pass(Part::Span(child));
                (at, level) = (child, level + 1);
                continue;
            }
            loop {
                pass(Part::Text(b"}"));
                if at == root {
                    return;
                }
                let sibling = self.nodes[at].next_sibling;
                if sibling != NONE {
                    pass(Part::Text(b",{"));
                    pass(Part::Span(sibling));
                    at = sibling;
                    break;
                }
                pass(Part::Text(b"]"));
                (at, level) = (self.nodes[at].parent, level - 1);
            }
        }
    }

    fn separate_children(&mut self, at: usize) {
        let children: Vec<_> = self.children(at).collect();
        self.separate(at, &[], &children);
    }

    fn index(&mut self, spans: Spans<'_>) {
        self.index.clear();
        if self.nodes.len() > MAX_SCANNED {
            let places = spans.iter().enumerate().map(|(at, span)| (*span.id(), at));
            self.index.extend(places);
            self.index
                .sort_unstable_by(|(a, _), (b, _)| a.as_bytes().cmp(b.as_bytes()));
        }
    }

    fn find(&self, spans: Spans<'_>, id: &SegmentId) -> usize {
        if self.index.is_empty() {
            // A parent usually ends after its children.
            return spans.iter().rposition(|span| span.id() == id).unwrap_or(NONE);
        }
        let found = self
            .index
            .binary_search_by(|(there, _)| there.as_bytes().cmp(id.as_bytes()));
        found.map_or(NONE, |found| self.index[found].1)
    }
}

impl Node {
    const ALONE: Self = Self {
        parent: NONE,
        first_child: NONE,
        next_sibling: NONE,
    };
}
