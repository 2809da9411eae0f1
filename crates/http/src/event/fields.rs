//! [`Fields`], the fields of an event of any source.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::headers::Headers;
use super::pairs::Pairs;
use super::source::{EventSource, Format};

/// The fields of an event of any source. Each is optional, and `null` counts as absent.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fields {
    pub(super) version: Option<String>,
    pub(super) resource: Option<String>,
    pub(super) http_method: Option<String>,
    pub(super) method: Option<String>,
    pub(super) path: Option<String>,
    pub(super) raw_path: Option<String>,
    pub(super) raw_query_string: Option<String>,
    #[serde(default)]
    pub(super) headers: Headers,
    #[serde(default)]
    pub(super) multi_value_headers: Headers,
    #[serde(default)]
    pub(super) query_string_parameters: Pairs,
    #[serde(default)]
    pub(super) multi_value_query_string_parameters: Pairs,
    pub(super) path_parameters: Option<HashMap<String, Option<String>>>,
    pub(super) stage_variables: Option<HashMap<String, Option<String>>>,
    pub(super) cookies: Option<Vec<String>>,
    pub(super) body: Option<String>,
    pub(super) is_base64_encoded: Option<bool>,
    pub(super) request_context: Option<Box<RawValue>>,
    /// Only in version 1 of VPC Lattice's event structure.
    #[serde(rename = "raw_path")]
    lattice_version_1: Option<IgnoredAny>,
    #[serde(skip)]
    pub(super) context: Context,
}

/// The fields of the request's context that the request needs.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Context {
    pub(super) stage: Option<String>,
    pub(super) domain_name: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) route_key: Option<String>,
    pub(super) resource_path: Option<String>,
    pub(super) event_type: Option<String>,
    resource_id: Option<String>,
    connection_id: Option<IgnoredAny>,
    elb: Option<IgnoredAny>,
    pub(super) http: Option<ContextHttp>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ContextHttp {
    pub(super) method: Option<String>,
    pub(super) path: Option<String>,
}

impl Context {
    /// Returns whether the request belongs to a resource of a REST API, such as `abc123`. An HTTP API has nothing there, or its
    /// route key, such as `GET /orders` or `$default`.
    fn has_resource(&self) -> bool {
        let id = self.resource_id.as_deref().unwrap_or_default();
        !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
    }
}

impl Fields {
    /// Reads the context, and returns which source the event is from and in which form.
    pub(super) fn with_source(mut self) -> Result<(Self, EventSource, Format), &'static str> {
        let context = self.request_context.as_deref().map(RawValue::get);
        self.context = context
            .and_then(|json| serde_json::from_str(json).ok())
            .unwrap_or_default();
        let context = &self.context;
        let (source, format) = if context.connection_id.is_some() {
            (EventSource::WebSocketApi, Format::Version1)
        } else if context.elb.is_some() {
            let multi_value = !self.multi_value_headers.is_absent();
            (EventSource::Alb, Format::Alb { multi_value })
        } else if self.raw_path.is_some() || context.http.is_some() {
            let domain = context.domain_name.as_deref().unwrap_or_default();
            let is_url = domain.contains(".lambda-url.");
            let source = if is_url {
                EventSource::FunctionUrl
            } else {
                EventSource::HttpApi
            };
            (source, Format::Version2)
        } else if self.http_method.is_some() {
            // Local tools give the event of a REST API a version, too.
            let is_http_api = self.version.as_deref() == Some("1.0") && !context.has_resource();
            let source = if is_http_api {
                EventSource::HttpApi
            } else {
                EventSource::RestApi
            };
            (source, Format::Version1)
        } else if self.method.is_some() && self.path.is_some() {
            (EventSource::VpcLattice, Format::VpcLattice)
        } else if self.lattice_version_1.is_some() {
            return Err(
                "the event has version 1 of VPC Lattice's event structure, which is not supported: set \
                        `LambdaEventStructureVersion` of the target group to V2",
            );
        } else {
            return Err(
                "the event is not a request of API Gateway, a function URL, an Application Load Balancer or VPC \
                        Lattice: invoke the function through one of them",
            );
        };
        Ok((self, source, format))
    }
}
