//! `ApiGatewayRest`, a request of a REST API.

use serde::Serialize;
use serde_json::{Value, json};

use super::super::event::{builds_event, to_json};
use super::super::sample::{ACCOUNT, REGION, SOURCE_IP, TIME_CLF, TIME_MILLIS, USER_AGENT};
use super::parts::{Parts, all_values, last_values, or_null, request_methods};

/// Returns a request of a REST API of API Gateway, in the stage `prod`. The path may have a query.
///
/// The names of headers have the case in which the test writes them, because REST APIs do not change it.
///
/// Shape: [Lambda proxy integrations in API
/// Gateway](https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html).
///
/// ```
/// use powertools_lambda_core::test_util::events;
///
/// let event = events::api_gateway_rest("GET", "/orders/A-1")
///     .resource("/orders/{id}")
///     .path_parameter("id", "A-1")
///     .into_json();
/// assert_eq!(event["pathParameters"]["id"], "A-1");
/// ```
pub fn api_gateway_rest(method: impl Into<String>, path: impl AsRef<str>) -> ApiGatewayRest {
    let parts = Parts::new(method, path.as_ref());
    ApiGatewayRest {
        resource: parts.path.clone(),
        parts,
        path_parameters: Vec::new(),
        stage_variables: Vec::new(),
        authorizer: None,
    }
}

/// Builds a request of a REST API; see [`api_gateway_rest`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until its event is used"]
pub struct ApiGatewayRest {
    parts: Parts,
    resource: String,
    path_parameters: Vec<(String, String)>,
    stage_variables: Vec<(String, String)>,
    authorizer: Option<Value>,
}

request_methods!(ApiGatewayRest);

impl ApiGatewayRest {
    /// Sets the resource, such as `/orders/{id}`. Default: the path.
    pub fn resource(mut self, resource: impl Into<String>) -> Self {
        self.resource = resource.into();
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

    /// Sets `requestContext.authorizer`, such as `{"claims": {"sub": "alice"}}` for a Cognito user pool.
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
        let parts = self.parts;
        let domain = format!("70ixmpl4fl.execute-api.{REGION}.amazonaws.com");
        let headers = parts.headers(&domain);
        let mut context = json!({
            "accountId": ACCOUNT,
            "apiId": "70ixmpl4fl",
            "domainName": domain,
            "domainPrefix": "70ixmpl4fl",
            "extendedRequestId": "JKJaXmPLvHcESHA=",
            "httpMethod": parts.method,
            "identity": {
                "accessKey": null,
                "accountId": null,
                "caller": null,
                "cognitoAuthenticationProvider": null,
                "cognitoAuthenticationType": null,
                "cognitoIdentityId": null,
                "cognitoIdentityPoolId": null,
                "principalOrgId": null,
                "sourceIp": SOURCE_IP,
                "user": null,
                "userAgent": USER_AGENT,
                "userArn": null,
            },
            "path": format!("/prod{}", parts.path),
            "protocol": "HTTP/1.1",
            "requestId": "e6bb14be-1234-4c5d-a0f1-61b7c1a6b2d3",
            "requestTime": TIME_CLF,
            "requestTimeEpoch": TIME_MILLIS,
            "resourceId": "2gxmpl",
            "resourcePath": self.resource,
            "stage": "prod",
        });
        if let Some(authorizer) = self.authorizer {
            context["authorizer"] = authorizer;
        }
        let mut event = json!({
            "resource": self.resource,
            "path": parts.path,
            "httpMethod": parts.method,
            "headers": last_values(&headers),
            "multiValueHeaders": all_values(&headers),
            "queryStringParameters": or_null(last_values(&parts.query_pairs())),
            "multiValueQueryStringParameters": or_null(all_values(&parts.query_pairs())),
            "pathParameters": or_null(last_values(&self.path_parameters)),
            "stageVariables": or_null(last_values(&self.stage_variables)),
            "requestContext": context,
        });
        let (body, is_encoded) = parts.body();
        event["body"] = body;
        event["isBase64Encoded"] = is_encoded.into();
        event
    }
}

builds_event!(ApiGatewayRest);
