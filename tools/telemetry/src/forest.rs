//! [`Forest`]: the segments of a run as trees.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use crate::segment::Segment;

/// The segments of a run, in order of time: those of a trace are adjacent, each segment comes before those within it.
///
/// If a segment was sent unfinished and again when finished, only the finished one is included. No segment is left out,
/// even if its parent is missing or two segments name each other as parent.
#[derive(Clone, Debug, Default)]
pub struct Forest<'a> {
    nodes: Vec<Node<'a>>,
    traces: Vec<Trace<'a>>,
    by_id: HashMap<(&'a str, &'a str), usize>,
    /// The nodes directly below each node.
    below: Vec<Vec<usize>>,
    /// The nodes that are not below any other.
    roots: Vec<usize>,
}

/// A segment with its position in the forest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Node<'a> {
    /// The segment.
    pub segment: &'a Segment,
    /// The index of its trace.
    pub trace: usize,
    /// The index of its parent, if the parent is in the trace.
    pub up: Option<usize>,
    /// The number of its ancestors.
    pub depth: usize,
}

/// A trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace<'a> {
    /// Its id.
    pub id: &'a str,
    /// The indexes of its nodes.
    pub nodes: Range<usize>,
}

impl<'a> Forest<'a> {
    /// Builds the trees from segments.
    pub fn of(segments: &'a [Segment]) -> Self {
        let mut traces = BTreeMap::<&str, BTreeMap<&str, &Segment>>::new();
        for segment in segments {
            let known = traces.entry(segment.trace_id()).or_default();
            if known.get(segment.id()).is_none_or(|known| known.is_open()) {
                known.insert(segment.id(), segment);
            }
        }
        let begin = |segments: &BTreeMap<_, &Segment>| segments.values().map(|segment| segment.begin()).min();
        let mut traces: Vec<_> = traces.into_iter().collect();
        // Segments that begin at the same time are in order of id.
        traces.sort_by_cached_key(|(_, segments)| begin(segments));
        let mut forest = Self::default();
        for (id, segments) in traces {
            forest.add(id, segments);
        }
        forest.join();
        forest
    }

    /// Returns all nodes.
    pub fn nodes(&self) -> &[Node<'a>] {
        &self.nodes
    }

    /// Returns the traces, in order of time.
    pub fn traces(&self) -> &[Trace<'a>] {
        &self.traces
    }

    /// Returns the nodes of a trace.
    pub fn nodes_of(&self, trace: &Trace<'_>) -> &[Node<'a>] {
        &self.nodes[trace.nodes.clone()]
    }

    /// Returns the index of the node of a segment.
    pub fn find(&self, trace_id: &str, id: &str) -> Option<usize> {
        self.by_id.get(&(trace_id, id)).copied()
    }

    /// Returns the indexes of the nodes directly below a node, in order of time: its children, and the nodes elsewhere
    /// that it led to. A batch can be below several nodes.
    pub fn below(&self, at: usize) -> &[usize] {
        self.below.get(at).map_or(&[], Vec::as_slice)
    }

    /// Returns the indexes of the nodes that are not below any other, in order of time.
    pub fn roots(&self) -> &[usize] {
        &self.roots
    }

    /// Adds the trees of a trace.
    fn add(&mut self, id: &'a str, mut segments: BTreeMap<&'a str, &'a Segment>) {
        let first = self.nodes.len();
        let mut order: Vec<_> = segments.values().copied().collect();
        order.sort_by_key(|segment| (segment.begin(), segment.id()));
        let mut within = HashMap::<&str, Vec<&str>>::new();
        let mut roots = Vec::new();
        for segment in &order {
            let parent = segment.parent_id().filter(|parent| *parent != segment.id());
            match parent.filter(|parent| segments.contains_key(*parent)) {
                Some(parent) => within.entry(parent).or_default().push(segment.id()),
                None => roots.push(segment.id()),
            }
        }
        // Segments that are each other's parents are not below any root; they become roots, so that they are not lost.
        roots.extend(order.iter().map(|segment| segment.id()));
        for root in roots {
            let mut open = vec![(root, None, 0)];
            while let Some((id, up, depth)) = open.pop() {
                let Some(segment) = segments.remove(id) else { continue };
                let at = self.nodes.len();
                self.nodes.push(Node {
                    segment,
                    trace: self.traces.len(),
                    up,
                    depth,
                });
                self.by_id.insert((segment.trace_id(), id), at);
                let within = within.remove(id).into_iter().flatten().rev();
                open.extend(within.map(|inner| (inner, Some(at), depth + 1)));
            }
        }
        let nodes = first..self.nodes.len();
        self.traces.push(Trace { id, nodes });
    }

    /// Links nodes across traces.
    fn join(&mut self) {
        self.below = vec![Vec::new(); self.nodes.len()];
        for (at, node) in self.nodes.iter().enumerate() {
            let links = node.segment.links().filter_map(|(trace, id)| self.find(trace, id));
            let above: BTreeSet<_> = node.up.into_iter().chain(links).filter(|above| *above != at).collect();
            if above.is_empty() {
                self.roots.push(at);
            }
            for above in above {
                self.below[above].push(at);
            }
        }
        let nodes = &self.nodes;
        for list in self.below.iter_mut().chain([&mut self.roots]) {
            list.sort_by_key(|at| (nodes[*at].segment.begin(), *at));
        }
    }
}
