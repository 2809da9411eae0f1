//! [`Propagation`], which decides what trace an invocation belongs to.

mod traceparent;

use std::hash::{BuildHasher, RandomState};
use std::time::UNIX_EPOCH;

use powertools_lambda_core::{Environment, Invocation, Sampling, TraceHeader, TraceId};
use powertools_lambda_tracer::{Propagator, TraceStart};

use self::traceparent::{Traceparent, Traceparents};
use crate::sampler::Sampler;

/// Decides what trace an invocation belongs to, by `OTEL_PROPAGATORS`, and whether it is recorded, by
/// `OTEL_TRACES_SAMPLER`.
pub(crate) struct Propagation {
    propagators: Propagators,
    sampler: Sampler,
    random: RandomState,
}

/// The propagators that `OTEL_PROPAGATORS` names.
#[allow(clippy::struct_excessive_bools)] // four independent facts of one list
#[derive(Clone, Copy, Debug, PartialEq)]
struct Propagators {
    /// Whether a `traceparent` is read and sent.
    w3c: bool,
    /// Whether X-Ray's header is named, so that its decision not to record counts.
    x_ray: bool,
    /// Whether a `traceparent` comes before X-Ray's header.
    w3c_first: bool,
    /// Whether nothing is read at all.
    none: bool,
}

impl Propagation {
    pub(crate) fn from_env(environment: &Environment) -> Self {
        Self {
            propagators: Propagators::from_env(environment),
            sampler: Sampler::from_env(environment),
            random: RandomState::new(),
        }
    }

    /// Returns a new id; it begins with the seconds, as X-Ray's ids do.
    ///
    /// The request's id makes it unique, also after a SnapStart restore, which repeats the random state.
    fn new_id(&self, invocation: &Invocation) -> TraceId {
        let since = invocation.started().duration_since(UNIX_EPOCH).unwrap_or_default();
        let seed = (&invocation.context().request_id, since.as_nanos());
        let (high, low) = (self.random.hash_one((&seed, 1)), self.random.hash_one((&seed, 2)));
        #[allow(clippy::cast_possible_truncation)] // the low bits of the seconds and of a random number
        let (seconds, high) = (since.as_secs() as u32, high as u32);
        TraceId::from(u128::from(seconds) << 96 | u128::from(high) << 64 | u128::from(low))
    }
}

impl Propagator for Propagation {
    fn extract(&self, invocation: &Invocation, event: &[u8]) -> Option<TraceStart> {
        let Propagators {
            w3c,
            x_ray,
            w3c_first,
            none,
        } = self.propagators;
        let header = invocation.trace_header().filter(|_| !none);
        let Traceparents { parent, links } = if w3c {
            traceparent::find(event)
        } else {
            Traceparents::default()
        };
        // Lambda also sends `Sampled=0` if tracing is off, which says nothing about other backends.
        let usable = header.filter(|header| x_ray || header.sampling() != Some(Sampling::NotSampled));
        let sender = header.and_then(|header| Some((*header.root(), *header.parent()?)));
        let (start, decision) = match (parent, usable) {
            (Some(parent), None) => self.go_on_with(&parent, header),
            (Some(parent), Some(_)) if w3c_first => self.go_on_with(&parent, header),
            (_, Some(header)) => {
                let decision = match header.sampling() {
                    Some(Sampling::Sampled) => Some(true),
                    Some(Sampling::NotSampled) => Some(false),
                    _ => None,
                };
                let start = TraceStart::new(*header.root());
                (
                    header.parent().iter().fold(start, |start, id| start.parent(**id)),
                    decision,
                )
            }
            (None, None) => {
                let id = self.new_id(invocation);
                (TraceStart::new(id).header(downstream(id, header)), None)
            }
        };
        if !self.sampler.records(decision, start.trace_id()) {
            // A trace that is not recorded instead of no trace: this tells the called services that it is not sampled.
            return Some(start.recorded(false));
        }
        let parents = [sender, parent.map(|parent| (parent.trace_id, parent.id))];
        let links = links.iter().map(|link| (link.trace_id, link.id));
        let others = parents.into_iter().flatten().chain(links);
        Some(
            others
                .filter(|(trace_id, _)| trace_id != start.trace_id())
                .collect::<Vec<_>>()
                .into_iter()
                .fold(start, |start, (trace_id, id)| start.link(trace_id, id)),
        )
    }

    fn injects_traceparent(&self) -> bool {
        self.propagators.w3c
    }
}

impl Propagation {
    #[allow(clippy::unused_self)] // a step of `extract`
    fn go_on_with(&self, parent: &Traceparent, header: Option<&TraceHeader>) -> (TraceStart, Option<bool>) {
        let start = TraceStart::new(parent.trace_id)
            .parent(parent.id)
            .header(downstream(parent.trace_id, header));
        (start, Some(parent.sampled))
    }
}

/// Returns the tracing header for outgoing requests: our ids, with X-Ray's own decision.
fn downstream(id: TraceId, header: Option<&TraceHeader>) -> TraceHeader {
    let ours = TraceHeader::new(id);
    match header.and_then(TraceHeader::sampling) {
        Some(sampling) => ours.decide(sampling),
        None => ours,
    }
}

impl Propagators {
    fn from_env(environment: &Environment) -> Self {
        let expected = "a list of tracecontext, baggage, xray, xray-lambda, or none";
        let named = environment
            .variables()
            .parse_with("OTEL_PROPAGATORS", expected, Self::parse);
        named.unwrap_or(Self {
            w3c: true,
            x_ray: false,
            w3c_first: true,
            none: false,
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let names: Vec<_> = text.split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
        let is_known =
            |name: &String| ["tracecontext", "baggage", "xray", "xray-lambda", "none"].contains(&name.as_str());
        if !names.iter().all(is_known) {
            return None;
        }
        let w3c = names.iter().position(|name| name == "tracecontext");
        let x_ray = names.iter().position(|name| name.starts_with("xray"));
        Some(Self {
            w3c: w3c.is_some(),
            x_ray: x_ray.is_some(),
            w3c_first: w3c.is_some_and(|w3c| x_ray.is_none_or(|x_ray| w3c < x_ray)),
            none: names.iter().any(|name| name == "none"),
        })
    }
}

#[cfg(test)]
mod tests;
