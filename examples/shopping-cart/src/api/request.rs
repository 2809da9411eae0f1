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
    /// If the body is not the expected JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        let refuse = |reason: &dyn std::fmt::Display| Refusal::BadRequest(format!("the body is not valid: {reason}"));
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
    pub(crate) fn with_header(name: &str, value: &str) -> Self {
        let event = powertools_lambda::test_util::events::api_gateway_rest("GET", "/cart");
        Self::new(event.header(name, value).decode())
    }
}

#[cfg(test)]
mod tests {
    use powertools_lambda::test_util::events::{self, ApiGatewayRest};

    use super::*;

    fn put() -> ApiGatewayRest {
        events::api_gateway_rest("PUT", "/cart/honey")
    }

    fn request(event: ApiGatewayRest) -> Request {
        Request::new(event.decode())
    }

    #[test]
    fn headers_are_found_in_any_case_and_all_of_them() {
        let request = request(put().header("COOKIE", "a=1").header("COOKIE", "b=2"));
        assert_eq!(request.header("cookie"), Some("b=2"));
        assert_eq!(request.headers("Cookie").collect::<Vec<_>>(), ["a=1", "b=2"]);
        assert!(request.id().is_some());
    }

    #[test]
    fn a_body_that_is_not_the_expected_json_is_refused() {
        let read = |event| request(event).json::<Vec<u32>>().map_err(|refusal| refusal.status());
        assert_eq!(read(put().body("[1, 2]")), Ok(vec![1, 2]));
        assert_eq!(read(put().binary_body("[1, 2]")), Ok(vec![1, 2]));
        for bad in [put(), put().body("[1"), put().binary_body([0xff])] {
            assert_eq!(read(bad), Err(400));
        }
    }

    #[test]
    fn a_path_without_a_valid_product_id_is_refused() {
        let read = |id: &str| request(put().path_parameter("product_id", id)).product_id();
        assert_eq!(read("honey").unwrap().as_str(), "honey");
        assert_eq!(read("a b").unwrap_err().status(), 400);
        assert_eq!(request(put()).product_id().unwrap_err().status(), 400);
    }
}
