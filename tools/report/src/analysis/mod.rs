//! [`Model::of`]: computes the model from the telemetry.

mod answers;
mod errors;
mod facts;
mod flows;
mod graph;
mod handovers;
mod hotspots;
mod invocations;
mod pack;
mod steps;

use facts::Facts;
use graph::Graph;
use powertools_telemetry::Telemetry;

use crate::model::Model;

impl Model {
    /// Counts and joins all telemetry.
    pub fn of(telemetry: Telemetry) -> Self {
        let facts = Facts::of(telemetry);
        let (begin, length) = pack::period(&facts);
        let graph = Graph::of(&facts);
        let invocations = invocations::all(&facts);
        let flows = flows::flows(&facts, &graph);
        let mut model = Self {
            begin,
            length,
            functions: invocations::functions(&facts, &invocations),
            colds: invocations::colds(&invocations, begin),
            hotspots: hotspots::all(&facts),
            errors: errors::all(&facts),
            consumers: flows::consumers(&facts, &flows),
            flows,
            nodes: graph.nodes,
            edges: graph.edges,
            unread: facts.unread,
            ..Self::default()
        };
        pack::rows(facts, &mut model);
        model.answers = answers::all(&model);
        model
    }
}
