//! `ApiGatewayWebSocket`, an event of a WebSocket API.

use serde::Serialize;
use serde_json::{Value, json};

use super::super::event::{builds_event, to_json, to_text};
use super::super::sample::{REGION, SOURCE_IP, TIME_CLF, TIME_MILLIS, USER_AGENT};
use super::parts::{Parts, all_values, last_values, or_null};

/// Returns an event of a WebSocket API of API Gateway: a route's key such as `$connect`, `$disconnect` or `sendMessage`.
///
/// Shape: [Set up a WebSocket API integration
/// request](https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html).
///
/// ```
/// use powertools_lambda_core::test_util::events;
///
/// let event = events::api_gateway_websocket("sendMessage").body("hello").into_json();
/// assert_eq!(event["requestContext"]["eventType"], "MESSAGE");
/// ```
pub fn api_gateway_websocket(route: impl Into<String>) -> ApiGatewayWebSocket {
    ApiGatewayWebSocket {
        route: route.into(),
        connection: "L0SM9cOFvHcCIhw=".to_owned(),
        parts: Parts::new("GET", "/"),
        authorizer: None,
    }
}

/// Builds an event of a WebSocket API; see [`api_gateway_websocket`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until its event is used"]
pub struct ApiGatewayWebSocket {
    route: String,
    connection: String,
    parts: Parts,
    authorizer: Option<Value>,
}

impl ApiGatewayWebSocket {
    /// Sets the id of the connection.
    pub fn connection_id(mut self, id: impl Into<String>) -> Self {
        self.connection = id.into();
        self
    }

    /// Adds a header of the request that opens the connection: only `$connect` has them.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parts.header(name, value);
        self
    }

    /// Adds a query parameter of the request that opens the connection: only `$connect` has them.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parts.query(name, value);
        self
    }

    /// Sets the message. Default: none.
    pub fn body(mut self, text: impl Into<String>) -> Self {
        self.parts.text(text);
        self
    }

    /// Sets the message to the JSON of `body`.
    ///
    /// # Panics
    ///
    /// Panics if `body` cannot be serialized.
    #[track_caller]
    pub fn json_body(self, body: &(impl Serialize + ?Sized)) -> Self {
        self.body(to_text(body))
    }

    /// Sets `requestContext.authorizer`, such as `{"principalId": "alice"}`.
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
        let kind = match &*self.route {
            "$connect" => "CONNECT",
            "$disconnect" => "DISCONNECT",
            _ => "MESSAGE",
        };
        let mut event = json!({
            "requestContext": {
                "routeKey": self.route,
                "eventType": kind,
                "extendedRequestId": "L0SM-GYPvHcFxVg=",
                "requestTime": TIME_CLF,
                "messageDirection": "IN",
                "stage": "prod",
                "connectedAt": TIME_MILLIS - 60_000,
                "requestTimeEpoch": TIME_MILLIS,
                "identity": {"sourceIp": SOURCE_IP, "userAgent": USER_AGENT},
                "requestId": "L0SM-GYPvHcFxVg=",
                "domainName": domain,
                "connectionId": self.connection,
                "apiId": "70ixmpl4fl",
            },
        });
        match kind {
            "CONNECT" => {
                let headers = parts.headers(&domain);
                event["headers"] = last_values(&headers);
                event["multiValueHeaders"] = all_values(&headers);
                event["queryStringParameters"] = or_null(last_values(&parts.query_pairs()));
                event["multiValueQueryStringParameters"] = or_null(all_values(&parts.query_pairs()));
            }
            "DISCONNECT" => {
                event["requestContext"]["disconnectStatusCode"] = 1_005.into();
                event["requestContext"]["disconnectReason"] = "Client-side close frame status not set".into();
            }
            _ => event["requestContext"]["messageId"] = "L0SNBeCYPHcCIhw=".into(),
        }
        if let Some(authorizer) = self.authorizer {
            event["requestContext"]["authorizer"] = authorizer;
        }
        let (body, is_encoded) = parts.body();
        if !body.is_null() {
            event["body"] = body;
        }
        event["isBase64Encoded"] = is_encoded.into();
        event
    }
}

builds_event!(ApiGatewayWebSocket);
