//! `request_context`, the context of a request in the types of `lambda_http`.

use lambda_http::request::RequestContext;
use serde::de::DeserializeOwned;

use super::source::{EventSource, Format};

/// Returns the request's context, or `None` if `aws_lambda_events` cannot read it.
pub(super) fn request_context(json: &str, source: EventSource, format: Format) -> Option<RequestContext> {
    match (source, format) {
        (EventSource::WebSocketApi, _) => read(json, RequestContext::WebSocket),
        (_, Format::Version1) => read(json, RequestContext::ApiGatewayV1),
        (_, Format::Version2) => read(json, RequestContext::ApiGatewayV2),
        (_, Format::Alb { .. }) => read(json, RequestContext::Alb),
        (_, Format::VpcLattice) => read(json, RequestContext::VpcLattice),
    }
}

fn read<T: DeserializeOwned>(json: &str, of: impl FnOnce(T) -> RequestContext) -> Option<RequestContext> {
    serde_json::from_str(json).ok().map(of)
}
