//! `ApiGatewayHttp`, a request of an HTTP API.

use serde::Serialize;
use serde_json::{Value, json};

use super::super::event::{builds_event, to_json};
use super::super::sample::{ACCOUNT, REGION, SOURCE_IP, TIME_CLF, TIME_MILLIS, USER_AGENT};
use super::parts::{Parts, joined_values, last_values, request_methods};

/// Returns a request of an HTTP API of API Gateway, payload format 2.0, in the stage `$default`. The path may have a query.
///
/// In this format, the names of headers are in lower case, and values of equal names are joined by commas.
///
/// Shape: [Lambda proxy integrations for HTTP
/// APIs](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html).
///
/// ```
/// use powertools_lambda_core::test_util::events;
///
/// let event = events::api_gateway_http("GET", "/orders/A-1")
///     .route("GET /orders/{id}")
///     .path_parameter("id", "A-1")
///     .query("fields", "total")
///     .into_json();
/// assert_eq!(event["routeKey"], "GET /orders/{id}");
/// assert_eq!(event["rawQueryString"], "fields=total");
/// ```
pub fn api_gateway_http(method: impl Into<String>, path: impl AsRef<str>) -> ApiGatewayHttp {
    let parts = Parts::new(method, path.as_ref());
    ApiGatewayHttp {
        route: format!("{} {}", parts.method, parts.path),
        parts,
        path_parameters: Vec::new(),
        stage_variables: Vec::new(),
        cookies: Vec::new(),
        authorizer: None,
    }
}

/// Builds a request of an HTTP API; see [`api_gateway_http`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until its event is used"]
pub struct ApiGatewayHttp {
    parts: Parts,
    route: String,
    path_parameters: Vec<(String, String)>,
    stage_variables: Vec<(String, String)>,
    cookies: Vec<String>,
    authorizer: Option<Value>,
}

request_methods!(ApiGatewayHttp);

impl ApiGatewayHttp {
    /// Sets the route's key, such as `GET /orders/{id}`. Default: method and path.
    pub fn route(mut self, key: impl Into<String>) -> Self {
        self.route = key.into();
        self
    }

    /// Adds a path parameter.
    pub fn path_parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.path_parameters.push((name.into(), value.into()));
        self
    }

    /// Adds a stage variable.
    pub fn stage_variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.stage_variables.push((name.into(), value.into()));
        self
    }

    /// Adds a cookie.
    pub fn cookie(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.cookies.push(format!("{}={}", name.as_ref(), value.as_ref()));
        self
    }

    /// Sets `requestContext.authorizer`, such as `{"jwt": {"claims": {"sub": "alice"}, "scopes": null}}`.
    ///
    /// # Panics
    ///
    /// Panics if `authorizer` cannot be serialized.
    #[track_caller]
    pub fn authorizer(mut self, authorizer: &(impl Serialize + ?Sized)) -> Self {
        self.authorizer = Some(to_json(authorizer));
        self
    }

    fn build(self) -> Value {
        let domain = format!("r3pmxmplak.execute-api.{REGION}.amazonaws.com");
        let mut event = version_2(self.parts, &domain, &self.route, self.cookies, self.authorizer);
        event["requestContext"]["stage"] = "$default".into();
        for (name, values) in [
            ("pathParameters", self.path_parameters),
            ("stageVariables", self.stage_variables),
        ] {
            if !values.is_empty() {
                event[name] = last_values(&values);
            }
        }
        event
    }
}

/// Returns an event of version 2.0, which HTTP APIs and function URLs send; what is empty is left out.
pub(super) fn version_2(
    parts: Parts,
    domain: &str,
    route: &str,
    cookies: Vec<String>,
    authorizer: Option<Value>,
) -> Value {
    let api = domain.split('.').next().unwrap_or_default();
    let mut event = json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": parts.path,
        "rawQueryString": parts.raw_query(),
        "headers": joined_values(&parts.lower_case_headers(domain)),
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": api,
            "domainName": domain,
            "domainPrefix": api,
            "http": {
                "method": parts.method,
                "path": parts.path,
                "protocol": "HTTP/1.1",
                "sourceIp": SOURCE_IP,
                "userAgent": USER_AGENT,
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": route,
            "stage": "$default",
            "time": TIME_CLF,
            "timeEpoch": TIME_MILLIS,
        },
    });
    let query = parts.query_pairs();
    if !query.is_empty() {
        event["queryStringParameters"] = joined_values(&query);
    }
    if !cookies.is_empty() {
        event["cookies"] = cookies.into();
    }
    if let Some(authorizer) = authorizer {
        event["requestContext"]["authorizer"] = authorizer;
    }
    let (body, is_encoded) = parts.body();
    if !body.is_null() {
        event["body"] = body;
    }
    event["isBase64Encoded"] = is_encoded.into();
    event
}

builds_event!(ApiGatewayHttp);
