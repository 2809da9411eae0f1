//! [`Request`]: a shopper's request.

use aws_lambda_events::apigw::ApiGatewayProxyRequest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;

use super::Refusal;
use crate::product::ProductId;

/// A request that came through API Gateway.
#[derive(Clone, Debug)]
pub struct Request(ApiGatewayProxyRequest);

impl Request {
    pub(crate) fn new(event: ApiGatewayProxyRequest) -> Self {
        Self(event)
    }

    /// Returns a header, or the last one if there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.headers.get(name)?.to_str().ok()
    }

    /// Returns all headers with the name.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let all = if self.0.multi_value_headers.contains_key(name) {
            &self.0.multi_value_headers
        } else {
            &self.0.headers
        };
        all.get_all(name).into_iter().filter_map(|value| value.to_str().ok())
    }

    /// Returns API Gateway's id of the request.
    pub fn id(&self) -> Option<&str> {
        self.0.request_context.request_id.as_deref()
    }

    /// Returns the product in the path.
    ///
    /// # Errors
    ///
    /// If the text in the path is not a product's id.
    pub fn product_id(&self) -> Result<ProductId, Refusal> {
        let text = self.0.path_parameters.get("product_id").map_or("", String::as_str);
        text.parse::<ProductId>()
            .map_err(|error| Refusal::BadRequest(error.to_string()))
    }

    /// Decodes the body's JSON.
    ///
    /// # Errors
    ///
    /// If the body does not have the expected form.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        let refuse =
            |reason: &dyn std::fmt::Display| Refusal::BadRequest(format!("the body is not as expected: {reason}"));
        let body = self.0.body.as_deref().unwrap_or_default();
        if self.0.is_base64_encoded {
            let body = STANDARD.decode(body).map_err(|error| refuse(&error))?;
            return serde_json::from_slice(&body).map_err(|error| refuse(&error));
        }
        serde_json::from_str(body).map_err(|error| refuse(&error))
    }
}

#[cfg(test)]
impl Request {
    /// Returns a request with one header.
    pub(crate) fn with_header(name: &'static str, value: &str) -> Self {
        let mut event = ApiGatewayProxyRequest::default();
        let value = http::HeaderValue::from_str(value).unwrap();
        event.headers.insert(name, value);
        Self(event)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(event: &serde_json::Value) -> Request {
        let mut whole = json!({
            "httpMethod": "PUT",
            "requestContext": {"requestId": "r-1", "httpMethod": "PUT"},
            "headers": null,
            "multiValueHeaders": null,
            "queryStringParameters": null,
            "pathParameters": null,
        });
        for (key, value) in event.as_object().unwrap() {
            whole[key] = value.clone();
        }
        Request::new(serde_json::from_value(whole).unwrap())
    }

    #[test]
    fn headers_are_found_in_any_case_and_all_of_them() {
        let request = request(&json!({
            "headers": {"COOKIE": "b=2"},
            "multiValueHeaders": {"COOKIE": ["a=1", "b=2"]},
        }));
        assert_eq!(request.header("cookie"), Some("b=2"));
        assert_eq!(request.headers("Cookie").collect::<Vec<_>>(), ["a=1", "b=2"]);
        assert_eq!(request.id(), Some("r-1"));
    }

    #[test]
    fn a_body_is_json_or_refused() {
        let read = |event| request(&event).json::<Vec<u32>>().map_err(|refusal| refusal.status());
        assert_eq!(read(json!({"body": "[1, 2]"})), Ok(vec![1, 2]));
        assert_eq!(
            read(json!({"body": "WzEsIDJd", "isBase64Encoded": true})),
            Ok(vec![1, 2])
        );
        for bad in [
            json!({"body": null}),
            json!({"body": "[1"}),
            json!({"body": "!", "isBase64Encoded": true}),
        ] {
            assert_eq!(read(bad), Err(400));
        }
    }

    #[test]
    fn a_path_is_about_a_product_or_refused() {
        let read = |id: &str| request(&json!({"pathParameters": {"product_id": id}})).product_id();
        assert_eq!(read("honey").unwrap().as_str(), "honey");
        assert_eq!(read("a b").unwrap_err().status(), 400);
        assert_eq!(request(&json!({})).product_id().unwrap_err().status(), 400);
    }
}
