//! `target`, the path and query of a request, and `with_target`, which makes them readable by `RequestExt`.

use http::uri::PathAndQuery;
use lambda_http::aws_lambda_events::query_map::QueryMap;
use lambda_http::{Request, RequestExt};

use super::fields::Fields;
use super::percent::{push_decoded_parameter, push_encoded_parameter, push_path, push_query};
use super::source::{EventSource, Format};

/// Returns the path, without the stage, and the query of the request; `None` if they are too long.
pub(super) fn target(fields: &Fields, source: EventSource, format: Format) -> Option<PathAndQuery> {
    let mut target = String::with_capacity(64);
    let path = path(fields, source, format);
    if !path.starts_with('/') {
        target.push('/');
    }
    push_path(&mut target, path);
    if format == Format::Version2 {
        let query = fields.raw_query_string.as_deref().unwrap_or_default();
        if !query.is_empty() {
            target.push('?');
            push_query(&mut target, query);
        }
    } else {
        let all = &fields.multi_value_query_string_parameters;
        let pairs = if all.is_empty() {
            &fields.query_string_parameters
        } else {
            all
        };
        let is_encoded = matches!(source, EventSource::Alb | EventSource::VpcLattice);
        let push = if is_encoded {
            push_encoded_parameter
        } else {
            push_decoded_parameter
        };
        let mut separator = '?';
        for (name, value) in pairs.iter() {
            target.push(separator);
            separator = '&';
            push(&mut target, name);
            target.push('=');
            push(&mut target, value);
        }
    }
    PathAndQuery::from_maybe_shared(bytes::Bytes::from(target)).ok()
}

/// Adds the extensions of the path and the query.
pub(super) fn with_target(request: Request, raw_path: &str) -> Request {
    let query = request.uri().query().and_then(|query| query.parse::<QueryMap>().ok());
    let request = request.with_raw_http_path(raw_path);
    match query {
        Some(query) => request.with_query_string_parameters(query),
        None => request,
    }
}

/// Returns the path as the event has it, without the stage.
///
/// Only HTTP APIs put the stage in front of the path; a REST API's path is without it.
fn path(fields: &Fields, source: EventSource, format: Format) -> &str {
    let context = &fields.context;
    let in_context = || context.http.as_ref().and_then(|http| http.path.as_deref());
    let path = match (source, format) {
        (EventSource::WebSocketApi, _) => fields.path.as_deref().or(context.route_key.as_deref()),
        (_, Format::Version2) => fields.raw_path.as_deref().or_else(in_context),
        _ => fields.path.as_deref(),
    };
    let path = path.unwrap_or_default();
    match context.stage.as_deref() {
        Some(stage) if source == EventSource::HttpApi && stage != "$default" => without_stage(path, stage),
        _ => path,
    }
}

fn without_stage<'a>(path: &'a str, stage: &str) -> &'a str {
    let rest = path.strip_prefix('/').and_then(|path| path.strip_prefix(stage));
    rest.filter(|rest| rest.is_empty() || rest.starts_with('/'))
        .unwrap_or(path)
}
