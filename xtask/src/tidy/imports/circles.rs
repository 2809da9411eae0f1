//! Finds circles in a graph.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Nodes that can all be reached from each other: a strongly connected component with more than one node.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Circle {
    pub(super) members: Vec<usize>,
    /// The nodes of a shortest circle, in order.
    pub(super) shortest: Vec<usize>,
}

/// Returns the circles of a graph in which no node leads to itself directly.
///
/// Walks the graph once from each node, which is fast enough for the files of a package.
pub(super) fn circles(edges: impl IntoIterator<Item = (usize, usize)>) -> Vec<Circle> {
    let mut successors = BTreeMap::<usize, Vec<usize>>::new();
    for (from, to) in edges {
        successors.entry(from).or_default().push(to);
    }
    let reached: BTreeMap<usize, _> = successors
        .keys()
        .map(|&node| (node, reach(node, &successors)))
        .collect();
    let leads = |from: usize, to: usize| reached.get(&from).is_some_and(|reached| reached.contains_key(&to));
    let mut found = Vec::new();
    let mut seen = BTreeSet::<usize>::new();
    for &node in reached.keys().filter(|&&node| leads(node, node)) {
        if seen.contains(&node) {
            continue;
        }
        let members: Vec<_> = reached[&node]
            .keys()
            .copied()
            .filter(|&other| leads(other, node))
            .collect();
        let rounds = members.iter().map(|&member| round(member, &reached[&member]));
        let shortest = rounds.min_by_key(Vec::len).unwrap_or_default();
        seen.extend(&members);
        found.push(Circle { members, shortest });
    }
    found
}

/// Returns the nodes that can be reached from `start`, each with its predecessor on a shortest path.
fn reach(start: usize, successors: &BTreeMap<usize, Vec<usize>>) -> BTreeMap<usize, usize> {
    let mut before = BTreeMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(node) = open.pop_front() {
        for &next in successors.get(&node).into_iter().flatten() {
            before.entry(next).or_insert_with(|| {
                open.push_back(next);
                node
            });
        }
    }
    before
}

/// Returns the shortest path from `start` back to `start`.
fn round(start: usize, before: &BTreeMap<usize, usize>) -> Vec<usize> {
    let back = std::iter::successors(Some(before[&start]), |node| (*node != start).then(|| before[node]));
    let mut nodes: Vec<_> = back.collect();
    nodes.reverse();
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_without_circles_has_none() {
        assert_eq!(circles([(0, 1), (0, 2), (1, 3), (2, 3)]), []);
    }

    #[test]
    fn every_circle_is_found_with_its_shortest_round() {
        let two = [(0, 1), (1, 2), (2, 3), (3, 1), (2, 1), (3, 4), (5, 6), (6, 5)];
        let found = circles(two);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].members, [1, 2, 3]);
        assert_eq!(found[0].shortest, [1, 2]);
        assert_eq!(found[1].members, [5, 6]);
    }

    #[test]
    fn two_rounds_through_one_node_are_one_circle() {
        let found = circles([(0, 1), (1, 0), (1, 2), (2, 1)]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].members, [0, 1, 2]);
    }
}
