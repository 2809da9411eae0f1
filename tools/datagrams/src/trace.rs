//! [`Tree`], the spans of an invocation, and [`datagrams`], what is sent for them.

use anyhow::{Result, bail};

/// How large the part of a span in a document is, in bytes: two annotations and one value of metadata.
const SPAN: usize = 300;
/// What a document has in addition: the line of the daemon, and the ids of trace and parent.
const DOCUMENT: usize = 150;

/// The form of a trace.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tree {
    /// A handler with calls.
    Flat,
    /// A handler with steps, and calls in each step.
    Steps,
    /// As `Steps`, with five times as many.
    Large,
}

/// One datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Datagram {
    pub(crate) spans: usize,
    pub(crate) bytes: usize,
}

impl Tree {
    pub(crate) const ALL: [Self; 3] = [Self::Flat, Self::Steps, Self::Large];

    pub(crate) fn parse(text: &str) -> Result<Self> {
        match Self::ALL.into_iter().find(|tree| tree.name() == text) {
            Some(tree) => Ok(tree),
            None => bail!("no tree is named {text}"),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::Steps => "steps",
            Self::Large => "large",
        }
    }

    pub(crate) fn described(self) -> &'static str {
        match self {
            Self::Flat => "all of them calls in the handler",
            Self::Steps | Self::Large => "in steps of four calls",
        }
    }

    /// Returns the parent of each span; the first span is the handler, and a parent comes before its children.
    pub(crate) fn parents(self) -> Vec<Option<usize>> {
        let steps = |count| {
            let mut parents = vec![None];
            for _ in 0..count {
                let step = parents.len();
                parents.push(Some(0));
                parents.extend([Some(step); 4]);
            }
            parents
        };
        match self {
            Self::Flat => std::iter::once(None).chain([Some(0); 20]).collect(),
            Self::Steps => steps(4),
            Self::Large => steps(20),
        }
    }
}

/// Returns the datagrams of a trace in which no document exceeds `limit`; 0 is a document for each span.
///
/// The largest parts of a tree are separated first, from the bottom up, which gives the fewest documents.
pub(crate) fn datagrams(tree: Tree, limit: usize) -> Vec<Datagram> {
    let parents = tree.parents();
    let mut parts = vec![1; parents.len()];
    let mut datagrams = Vec::new();
    let fits = |spans: usize| limit > 0 && spans * SPAN + DOCUMENT <= limit;
    let datagram = |spans: usize| Datagram {
        spans,
        bytes: spans * SPAN + DOCUMENT,
    };
    for at in (0..parents.len()).rev() {
        let children = (at + 1..parents.len()).filter(|child| parents[*child] == Some(at));
        let mut children: Vec<usize> = children.map(|child| parts[child]).collect();
        children.sort_unstable();
        while let Some(largest) = children.last()
            && !fits(1 + children.iter().sum::<usize>())
        {
            datagrams.push(datagram(*largest));
            children.pop();
        }
        parts[at] += children.iter().sum::<usize>();
    }
    datagrams.push(datagram(parts[0]));
    datagrams.reverse();
    datagrams
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_span_is_in_one_datagram() {
        for tree in Tree::ALL {
            for limit in [0, 1_000, 5_000, 64_000] {
                let spans: usize = datagrams(tree, limit).iter().map(|datagram| datagram.spans).sum();
                assert_eq!(spans, tree.parents().len(), "{tree:?}, {limit}");
            }
        }
        assert_eq!(datagrams(Tree::Steps, 0).len(), 21);
        assert_eq!(datagrams(Tree::Steps, 64_000).len(), 1);
    }
}
