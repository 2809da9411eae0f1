//! [`Propagator`], which decides what trace an invocation belongs to.

use powertools_lambda_core::{Invocation, Sampling, SegmentId, TraceHeader, TraceId};

use crate::{Link, ids};

/// Decides whether an invocation is recorded, and as part of which trace.
///
/// Without a propagator, Lambda's own tracing header decides: an invocation is recorded if it is sampled.
///
/// ```
/// use powertools_lambda_core::Invocation;
/// use powertools_lambda_tracer::{Propagator, TraceStart, Tracer};
///
/// /// Records every invocation that came with a tracing header, also if Lambda does not sample it.
/// struct Always;
///
/// impl Propagator for Always {
///     fn extract(&self, invocation: &Invocation, _event: &[u8]) -> Option<TraceStart> {
///         let header = invocation.trace_header()?;
///         Some(TraceStart::new(*header.root()).parent(*header.parent()?))
///     }
/// }
///
/// let tracer = Tracer::builder().propagator(Always).build();
/// # let _ = tracer;
/// ```
pub trait Propagator: Send + Sync + 'static {
    /// Returns the start of the invocation's trace, or `None` if the invocation has no trace.
    ///
    /// A trace that is passed on but not recorded has [`recorded(false)`](TraceStart::recorded).
    ///
    /// `event` is the undecoded event. It is empty if a span was opened before the invocation started, because its layer
    /// is not in use. Called once per invocation, before the handler; it must be short. Spans that any thread
    /// opens while it runs are not part of the trace.
    fn extract(&self, invocation: &Invocation, event: &[u8]) -> Option<TraceStart>;

    /// Returns whether requests that get the tracing header also get a W3C `traceparent`. Default: false.
    fn injects_traceparent(&self) -> bool {
        false
    }
}

/// How a trace begins; from a [`Propagator`].
#[derive(Clone, Debug)]
#[must_use = "a trace begins only if it is returned"]
pub struct TraceStart {
    pub(crate) trace_id: TraceId,
    pub(crate) parent_id: Option<SegmentId>,
    pub(crate) header: Option<TraceHeader>,
    pub(crate) links: Vec<Link>,
    pub(crate) recorded: bool,
}

impl TraceStart {
    /// Starts a trace, or continues it if a [`parent`](Self::parent) is set.
    pub fn new(trace_id: TraceId) -> Self {
        Self {
            trace_id,
            parent_id: None,
            header: None,
            links: Vec::new(),
            recorded: true,
        }
    }

    /// Sets whether the invocation is recorded. Default: true.
    ///
    /// If false, no span is recorded, requests carry the tracing header that the invocation came with, and their
    /// `traceparent`, if they get one, says that this trace is not sampled.
    pub fn recorded(mut self, recorded: bool) -> Self {
        self.recorded = recorded;
        self
    }

    /// Sets the span that the handler is part of. Default: none, the handler begins the trace.
    pub fn parent(mut self, id: SegmentId) -> Self {
        self.parent_id = Some(id);
        self
    }

    /// Sets the header that outgoing requests carry, with the sending span as its parent. Default: the header that the
    /// invocation came with.
    pub fn header(mut self, header: TraceHeader) -> Self {
        self.header = Some(header);
        self
    }

    /// Links the handler to a span of another trace.
    pub fn link(mut self, trace_id: TraceId, id: SegmentId) -> Self {
        self.links.push(Link { trace_id, id });
        self
    }

    /// Returns the id of the trace.
    pub fn trace_id(&self) -> &TraceId {
        &self.trace_id
    }

    /// Returns the span that the handler is part of, if there is one.
    pub fn parent_id(&self) -> Option<&SegmentId> {
        self.parent_id.as_ref()
    }

    /// Returns the spans of other traces that the handler is linked to.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// Returns whether the invocation is recorded.
    pub fn is_recorded(&self) -> bool {
        self.recorded
    }

    /// Returns the header that says that the trace is not sampled.
    pub(crate) fn not_sampled(self, invocation: &Invocation) -> TraceHeader {
        let parent = self.parent_id.unwrap_or_else(|| ids::segment_id(invocation.started()));
        TraceHeader::new(self.trace_id)
            .child(parent)
            .decide(Sampling::NotSampled)
    }
}
