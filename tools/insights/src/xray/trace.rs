//! Traces as nodes: the services and steps that filter expressions refer to.

use std::collections::BTreeMap;

use powertools_telemetry::{Forest, Segment, Telemetry};
use serde_json::Value as Json;

use crate::events;

/// Traces by their ids.
#[derive(Debug, Default)]
pub(crate) struct Traces<'a>(BTreeMap<&'a str, Trace>);

/// One trace.
#[derive(Debug, Default)]
pub(super) struct Trace {
    nodes: Vec<Node>,
}

/// A segment or a subsegment.
#[derive(Clone, Debug)]
pub(super) struct Node {
    id: String,
    /// The parent node.
    up: Option<usize>,
    /// The name of the service; on AWS, a table's node has the table's name.
    pub(super) names: Vec<String>,
    /// The type of the service; `None` for a step within a service.
    pub(super) kind: Option<String>,
    pub(super) start: f64,
    pub(super) end: f64,
    pub(super) error: bool,
    pub(super) throttle: bool,
    pub(super) fault: bool,
    pub(super) url: Option<String>,
    pub(super) method: Option<String>,
    pub(super) status: Option<f64>,
    annotations: Json,
}

impl<'a> Traces<'a> {
    /// Reads the traces. A function's own segment comes from Lambda. If it is missing, as with a local AWS, it is derived
    /// from the handler's subsegment and the function that logged with this trace's id.
    pub(crate) fn of(telemetry: &'a Telemetry) -> Self {
        let forest = Forest::of(&telemetry.segments);
        let functions = functions(telemetry);
        let trace = |trace: &powertools_telemetry::Trace<'a>| {
            // With several functions in a trace, the function of a handler is not known.
            let function = match functions.get(trace.id).map(Vec::as_slice) {
                Some([function]) => Some(function.as_str()),
                _ => None,
            };
            (trace.id, Trace::of(&forest, trace, function))
        };
        Self(forest.traces().iter().map(trace).collect())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'a str, &Trace)> {
        self.0.iter().map(|(id, trace)| (*id, trace))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Returns the functions that logged with the id of each trace.
fn functions(telemetry: &Telemetry) -> BTreeMap<String, Vec<String>> {
    let mut functions = BTreeMap::<String, Vec<String>>::new();
    for object in telemetry.logs.values().flatten().filter_map(events::object) {
        if let (Some(trace), Some(function)) = (object.text("xray_trace_id"), object.text("function_name")) {
            let names = functions.entry(trace.to_owned()).or_default();
            if !names.iter().any(|name| name == function) {
                names.push(function.to_owned());
            }
        }
    }
    functions
}

impl Trace {
    fn of(forest: &Forest<'_>, trace: &powertools_telemetry::Trace<'_>, function: Option<&str>) -> Self {
        let own = forest.nodes_of(trace).iter();
        let mut nodes: Vec<_> = own
            .clone()
            .map(|node| Node::new(node.segment, node.up.map(|up| up - trace.nodes.start)))
            .collect();
        for (at, node) in own.enumerate() {
            if let (Some(function), Some(id)) = (function, node.segment.parent_id())
                && node.up.is_none()
                && nodes[at].kind.is_none()
            {
                nodes[at].up = Some(nodes.len());
                nodes.push(nodes[at].function(id, function));
            }
        }
        Self { nodes }
    }

    /// Returns the nodes at the start of the trace.
    pub(super) fn roots(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| node.up.is_none())
    }

    /// Returns the nodes of the service map.
    pub(super) fn services(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| node.kind.is_some())
    }

    /// Returns the service that called this one.
    pub(super) fn caller(&self, node: &Node) -> Option<&Node> {
        let mut parent = self.parent(node);
        while let Some(above) = parent
            && above.kind.is_none()
        {
            parent = self.parent(above);
        }
        parent
    }

    /// Returns the values of an annotation in the trace, or in one of its services.
    pub(super) fn annotations<'a>(&'a self, key: &'a str, service: Option<&'a Node>) -> impl Iterator<Item = &'a Json> {
        self.nodes
            .iter()
            .filter(move |node| {
                service.is_none_or(|service| {
                    let of = if node.kind.is_some() {
                        Some(*node)
                    } else {
                        self.caller(node)
                    };
                    of.is_some_and(|of| of.id == service.id)
                })
            })
            .filter_map(move |node| node.annotations.get(key))
    }

    /// Returns the time from the first start to the last end, in seconds.
    pub(super) fn duration(&self) -> f64 {
        let end = self.nodes.iter().map(|node| node.end).fold(f64::MIN, f64::max);
        let start = self.nodes.iter().map(|node| node.start).fold(f64::MAX, f64::min);
        end - start
    }

    fn parent(&self, node: &Node) -> Option<&Node> {
        self.nodes.get(node.up?)
    }
}

impl Node {
    fn new(segment: &Segment, up: Option<usize>) -> Self {
        let text = |value: &Json| value.as_str().map(str::to_owned);
        let flag = |name: &str| segment[name].as_bool().unwrap_or_default();
        let time = |name: &str| segment[name].as_f64().unwrap_or_default();
        let kind = match (segment["namespace"].as_str(), segment.name()) {
            (Some("aws"), "DynamoDB") => Some("AWS::DynamoDB::Table".to_owned()),
            (Some("aws"), "SQS") => Some("AWS::SQS::Queue".to_owned()),
            (Some("aws"), name) => Some(format!("AWS::{name}")),
            (Some(namespace), _) => Some(namespace.to_owned()),
            (None, _) if !segment.is_segment() => None,
            (None, _) => text(&segment["origin"]).or(Some(String::new())),
        };
        let (request, response) = (&segment["http"]["request"], &segment["http"]["response"]);
        Self {
            id: segment.id().to_owned(),
            up,
            names: std::iter::once(segment.name().to_owned())
                .chain(text(&segment["aws"]["table_name"]))
                .collect(),
            kind,
            start: time("start_time"),
            end: time("end_time"),
            error: flag("error"),
            throttle: flag("throttle"),
            fault: flag("fault"),
            url: text(&request["url"]),
            method: text(&request["method"]),
            status: response["status"].as_f64(),
            annotations: segment["annotations"].clone(),
        }
    }

    /// Returns the segment of the function whose handler this is.
    fn function(&self, id: &str, name: &str) -> Self {
        Self {
            id: id.to_owned(),
            up: None,
            names: vec![name.to_owned()],
            kind: Some("AWS::Lambda::Function".to_owned()),
            url: None,
            method: None,
            status: None,
            annotations: Json::Null,
            ..self.clone()
        }
    }
}
