//! [`Parts`], the parts of an emitter apart from its exporter.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanExporter;
use powertools_lambda_core::Environment;
use powertools_lambda_tracer::TracerBuilder;

use crate::convert::Converter;
use crate::emitter::OtelEmitter;
use crate::exporting::{Exporting, MakeExporter, Outcome};
use crate::queue::Limits;

/// Adds the emitter to the tracer.
pub(crate) type AddEmitter = Box<dyn FnOnce(TracerBuilder) -> TracerBuilder>;

/// The parts of an emitter apart from its exporter.
pub(crate) struct Parts {
    pub(crate) environment: Environment,
    pub(crate) converter: Converter,
    pub(crate) resource: Resource,
    pub(crate) limits: Limits,
    pub(crate) wait: Duration,
    pub(crate) outcome: Arc<Outcome>,
}

impl Parts {
    /// Returns a function that adds the emitter for an exporter to the tracer.
    pub(crate) fn add_emitter<E: SpanExporter + 'static>(
        self,
        exporter: Option<E>,
        make: Option<MakeExporter<E>>,
    ) -> AddEmitter {
        let warnings = self.environment.warnings().clone();
        let exporting = Exporting::new(exporter, make, self.limits, self.wait, warnings, self.outcome);
        let emitter = OtelEmitter {
            converter: self.converter,
            exporting: Arc::new(exporting),
        };
        Box::new(move |tracer| tracer.emitter(emitter))
    }
}
