//! Traces, put together from their documents.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::value::{Row, Value};

/// Traces by their ids.
#[derive(Debug, Default)]
pub(crate) struct Traces(BTreeMap<String, Trace>);

/// The documents of one trace.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    nodes: Vec<Node>,
}

/// A segment or a subsegment.
#[derive(Debug)]
pub(crate) struct Node {
    id: String,
    parent: Option<String>,
    /// What the service is known by; a table's node has the table's name on AWS.
    pub(super) names: Vec<String>,
    /// The service's type; none for what is no service, but a step within one.
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

impl Traces {
    /// Puts documents together. A function's own segment comes from Lambda, and where there is none, a local AWS for
    /// example, it is made of the handler's subsegment and of the function that logged with this trace's id.
    pub(crate) fn new(documents: &[Json], events: &[Row]) -> Self {
        let mut traces = BTreeMap::<String, Trace>::new();
        for document in documents {
            let id = document["trace_id"].as_str().unwrap_or_default();
            traces.entry(id.to_owned()).or_default().nodes.push(Node::new(document));
        }
        let text = |event: &Row, field: &str| event.get(field).map(Value::to_string);
        let mut functions = BTreeMap::<String, Vec<String>>::new();
        for event in events {
            if let (Some(trace), Some(function)) = (text(event, "xray_trace_id"), text(event, "function_name")) {
                let names = functions.entry(trace).or_default();
                if !names.contains(&function) {
                    names.push(function);
                }
            }
        }
        for (id, trace) in &mut traces {
            // With several functions in a trace nobody can say whose handler is whose.
            if let Some([function]) = functions.get(id).map(Vec::as_slice) {
                trace.add_function(function);
            }
        }
        Self(traces)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Trace)> {
        self.0.iter().map(|(id, trace)| (id.as_str(), trace))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Trace {
    /// Returns what the trace begins with.
    pub(super) fn roots(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| self.parent(node).is_none())
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

    /// Returns the values that an annotation has in the trace, or in one service of it.
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
        let id = node.parent.as_ref()?;
        self.nodes.iter().find(|other| other.id == *id)
    }

    fn add_function(&mut self, function: &str) {
        let has_parent = |node: &&Node| self.parent(node).is_some();
        let handlers = self
            .nodes
            .iter()
            .filter(|node| node.kind.is_none() && !has_parent(node));
        let segments: Vec<Node> = handlers
            .filter_map(|handler| {
                Some(Node {
                    id: handler.parent.clone()?,
                    parent: None,
                    names: vec![function.to_owned()],
                    kind: Some("AWS::Lambda::Function".to_owned()),
                    url: None,
                    method: None,
                    status: None,
                    annotations: Json::Null,
                    ..*handler
                })
            })
            .collect();
        self.nodes.extend(segments);
    }
}

impl Node {
    fn new(document: &Json) -> Self {
        let text = |value: &Json| value.as_str().map(str::to_owned);
        let flag = |name: &str| document[name].as_bool().unwrap_or_default();
        let time = |name: &str| document[name].as_f64().unwrap_or_default();
        let name = text(&document["name"]).unwrap_or_default();
        let is_subsegment = document["type"] == "subsegment";
        let kind = match (document["namespace"].as_str(), name.as_str()) {
            (Some("aws"), "DynamoDB") => Some("AWS::DynamoDB::Table".to_owned()),
            (Some("aws"), "SQS") => Some("AWS::SQS::Queue".to_owned()),
            (Some("aws"), name) => Some(format!("AWS::{name}")),
            (Some(namespace), _) => Some(namespace.to_owned()),
            (None, _) if is_subsegment => None,
            (None, _) => text(&document["origin"]).or(Some(String::new())),
        };
        let (request, response) = (&document["http"]["request"], &document["http"]["response"]);
        Self {
            id: text(&document["id"]).unwrap_or_default(),
            parent: text(&document["parent_id"]),
            names: std::iter::once(name)
                .chain(text(&document["aws"]["table_name"]))
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
            annotations: document["annotations"].clone(),
        }
    }
}
