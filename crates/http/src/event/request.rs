//! `event`, which makes a request from the fields of an event.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use lambda_http::aws_lambda_events::query_map::QueryMap;
use lambda_http::{Body, Request, RequestExt};

use super::context::request_context;
use super::fields::Fields;
use super::http_event::HttpEvent;
use super::source::{EventSource, Format};
use super::target::{target, with_target};

/// Makes a request from the fields of an event.
pub(super) fn event((mut fields, source, format): (Fields, EventSource, Format)) -> HttpEvent {
    let mut refusal = None;
    let target = target(&fields, source, format);
    if target.is_none() {
        refusal = Some((
            StatusCode::URI_TOO_LONG,
            "the path and query of the request are too long",
        ));
    }
    let method = method(&fields, source);
    if method.is_none() {
        refusal = Some((StatusCode::BAD_REQUEST, "the method of the request is not valid"));
    }
    let body = fields.body.take().unwrap_or_default();
    let body = if body.is_empty() {
        Body::Empty
    } else if fields.is_base64_encoded == Some(true) {
        STANDARD.decode(&body).map_or_else(
            |_| {
                refusal = Some((StatusCode::BAD_REQUEST, "the body of the request is not valid Base64"));
                Body::Empty
            },
            Body::Binary,
        )
    } else {
        Body::Text(body)
    };
    let (headers, left_out) = headers(&mut fields);

    let mut request = Request::new(body);
    *request.method_mut() = method.unwrap_or_default();
    *request.uri_mut() = target.map(Uri::from).unwrap_or_default();
    *request.headers_mut() = headers;
    request.extensions_mut().insert(source);
    let context = fields.request_context.as_deref();
    if let Some(context) = context.and_then(|json| request_context(json.get(), source, format)) {
        request = request.with_request_context(context);
    }
    let request = with_parameters(request, &mut fields);

    let context = fields.context;
    let trace = || header(request.headers(), "x-amzn-trace-id");
    HttpEvent {
        resource: resource(fields.resource, context.resource_path, context.route_key, source),
        correlation_id: context.request_id.filter(|id| !id.is_empty()).or_else(trace),
        host: context.domain_name,
        request,
        source,
        format,
        left_out,
        refusal,
    }
}

fn method(fields: &Fields, source: EventSource) -> Option<Method> {
    let in_context = || fields.context.http.as_ref().and_then(|http| http.method.as_deref());
    let method = fields
        .http_method
        .as_deref()
        .or(fields.method.as_deref())
        .or_else(in_context);
    match method {
        Some(method) => Method::from_bytes(method.as_bytes()).ok(),
        None if source == EventSource::WebSocketApi && fields.context.event_type.as_deref() == Some("MESSAGE") => {
            Some(Method::POST)
        }
        None => Some(Method::GET),
    }
}

/// Returns the headers with all their values, and the names of those that were left out.
fn headers(fields: &mut Fields) -> (HeaderMap, Vec<String>) {
    let all = std::mem::take(&mut fields.multi_value_headers);
    let single = std::mem::take(&mut fields.headers);
    let (mut headers, mut left_out) = if all.is_empty() { single } else { all }.into_parts();
    let mut cookies = fields.cookies.take().unwrap_or_default();
    let all = cookies.len();
    cookies.retain(|cookie| HeaderValue::from_str(cookie).is_ok());
    if cookies.len() < all {
        left_out.push(COOKIE.as_str().to_owned());
    }
    if !cookies.is_empty()
        && let Ok(cookies) = HeaderValue::try_from(cookies.join("; "))
    {
        headers.insert(COOKIE, cookies);
    }
    (headers, left_out)
}

/// Adds the extensions that [`RequestExt`] reads.
fn with_parameters(mut request: Request, fields: &mut Fields) -> Request {
    let raw_path = fields.raw_path.take().or_else(|| fields.path.take());
    request = with_target(request, &raw_path.unwrap_or_default());
    if let Some(parameters) = map_of(fields.path_parameters.take()) {
        request = request.with_path_parameters(parameters);
    }
    if let Some(variables) = map_of(fields.stage_variables.take()) {
        request = request.with_stage_variables(variables);
    }
    request
}

fn map_of(map: Option<HashMap<String, Option<String>>>) -> Option<QueryMap> {
    let map = map.filter(|map| !map.is_empty())?;
    let map = map.into_iter().filter_map(|(name, value)| Some((name, value?)));
    Some(QueryMap::from(map.collect::<HashMap<_, _>>()))
}

/// Returns the API's own template of the route: `/orders/{id}` of the resource or of the route key `GET /orders/{id}`.
fn resource(
    resource: Option<String>,
    resource_path: Option<String>,
    route_key: Option<String>,
    source: EventSource,
) -> Option<String> {
    let of_key = |key: String| {
        if source == EventSource::WebSocketApi {
            return Some(key);
        }
        key.split_once(' ').map(|(_, path)| path.to_owned())
    };
    let resource = resource.or(resource_path).or_else(|| route_key.and_then(of_key));
    resource.filter(|resource| !resource.is_empty())
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
