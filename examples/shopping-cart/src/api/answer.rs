//! [`Answer`]: the answer to a request.

use aws_lambda_events::apigw::ApiGatewayProxyResponse;
use aws_lambda_events::encodings::Body;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use serde_json::json;

use super::Refusal;

/// An answer in JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    status: u16,
    body: String,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// The headers of every answer: it must not be cached, and it is only data.
const HEADERS: [(HeaderName, HeaderValue); 6] = [
    (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (
        header::STRICT_TRANSPORT_SECURITY,
        HeaderValue::from_static("max-age=63072000; includeSubDomains"),
    ),
];

impl Answer {
    /// Answers 200 with `body`.
    ///
    /// # Errors
    ///
    /// If `body` cannot be written as JSON.
    pub fn ok(body: &impl Serialize) -> Result<Self, serde_json::Error> {
        Ok(Self::json(200, serde_json::to_string(body)?))
    }

    /// Answers with a text that already is JSON.
    pub fn json(status: u16, body: String) -> Self {
        Self {
            status,
            body,
            headers: Vec::new(),
        }
    }

    /// Answers with `{"message": …}`.
    pub fn message(status: u16, message: &str) -> Self {
        Self::json(status, json!({ "message": message }).to_string())
    }

    /// Adds a cookie.
    pub fn cookie(self, cookie: Option<HeaderValue>) -> Self {
        match cookie {
            Some(cookie) => self.header(header::SET_COOKIE, cookie),
            None => self,
        }
    }

    fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Returns the answer in API Gateway's format, readable by pages of `origin`.
    pub(crate) fn into_response(self, origin: Option<&HeaderValue>) -> ApiGatewayProxyResponse {
        let mut headers: HeaderMap = HEADERS.into_iter().chain(self.headers).collect();
        if let Some(origin) = origin {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            // Browsers do not send cookies if any origin is allowed, which is intended.
            if origin != "*" {
                let credentials = HeaderValue::from_static("true");
                headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, credentials);
            }
        }
        let mut response = ApiGatewayProxyResponse::default();
        response.status_code = self.status.into();
        response.headers = headers;
        response.body = Some(Body::Text(self.body));
        response
    }
}

impl From<&Refusal> for Answer {
    fn from(refusal: &Refusal) -> Self {
        let answer = Self::message(refusal.status(), &refusal.to_string());
        match refusal.challenge() {
            Some(challenge) => answer.header(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge)),
            None => answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(answer: Answer, origin: &str) -> serde_json::Value {
        let origin = HeaderValue::from_str(origin).unwrap();
        serde_json::to_value(answer.into_response(Some(&origin))).unwrap()
    }

    #[test]
    fn an_answer_is_not_cached_and_is_for_one_origin() {
        let response = response(Answer::ok(&json!({"items": []})).unwrap(), "https://shop.example");
        assert_eq!(response["statusCode"], 200);
        assert_eq!(response["body"], r#"{"items":[]}"#);
        let headers = &response["headers"];
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["access-control-allow-origin"], "https://shop.example");
        assert_eq!(headers["access-control-allow-credentials"], "true");
    }

    #[test]
    fn credentials_go_with_one_origin_only() {
        let response = response(Answer::message(200, "hello"), "*");
        assert_eq!(response["headers"]["access-control-allow-origin"], "*");
        assert!(response["headers"]["access-control-allow-credentials"].is_null());
    }

    #[test]
    fn a_request_without_a_token_is_challenged() {
        let response = response(Answer::from(&Refusal::NotSignedIn), "https://shop.example");
        assert_eq!(response["statusCode"], 401);
        assert_eq!(response["headers"]["www-authenticate"], "Bearer");
        let message = serde_json::from_str::<serde_json::Value>(response["body"].as_str().unwrap()).unwrap();
        assert!(message["message"].as_str().unwrap().contains("sign in"));
    }
}
