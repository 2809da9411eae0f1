//! `Alb`, a request of an Application Load Balancer.

use serde_json::{Value, json};

use super::super::event::builds_event;
use super::super::sample::{REGION, arn};
use super::parts::{Parts, all_values, last_values, request_methods};

/// Returns a request of an Application Load Balancer. The path may have a query.
///
/// The names of headers are in lower case. Of several values of a name, only the last one is sent, unless the target group has
/// [multi-value headers](Alb::multi_value_headers). The parameters of the query are encoded.
///
/// Shape: [Use Lambda functions as targets of an Application Load
/// Balancer](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html).
///
/// ```
/// use powertools_lambda_core::test_util::events;
///
/// let event = events::alb("GET", "/orders").into_json();
/// assert_eq!(event["headers"]["x-forwarded-proto"], "https");
/// ```
pub fn alb(method: impl Into<String>, path: impl AsRef<str>) -> Alb {
    Alb {
        parts: Parts::new(method, path.as_ref()),
        has_multi_value_headers: false,
    }
}

/// Builds a request of an Application Load Balancer; see [`alb`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until its event is used"]
pub struct Alb {
    parts: Parts,
    has_multi_value_headers: bool,
}

request_methods!(Alb);

impl Alb {
    /// Makes it a request of a target group with multi-value headers, which replace the single ones.
    pub fn multi_value_headers(mut self) -> Self {
        self.has_multi_value_headers = true;
        self
    }

    fn build(self) -> Value {
        let parts = self.parts;
        let headers = parts.lower_case_headers(&format!("orders-846800462.{REGION}.elb.amazonaws.com"));
        let query = parts.encoded_query_pairs();
        let target_group = arn("elasticloadbalancing", "targetgroup/order-fn/49e9d65c45c6791a");
        let mut event = json!({
            "requestContext": {"elb": {"targetGroupArn": target_group}},
            "httpMethod": parts.method,
            "path": parts.path,
        });
        if self.has_multi_value_headers {
            event["multiValueHeaders"] = all_values(&headers);
            event["multiValueQueryStringParameters"] = all_values(&query);
        } else {
            event["headers"] = last_values(&headers);
            event["queryStringParameters"] = last_values(&query);
        }
        let (body, is_encoded) = parts.body();
        event["body"] = if body.is_null() { "".into() } else { body };
        event["isBase64Encoded"] = is_encoded.into();
        event
    }
}

builds_event!(Alb);
