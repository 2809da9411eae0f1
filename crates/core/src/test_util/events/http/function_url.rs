//! `FunctionUrl`, a request of a function URL.

use serde::Serialize;
use serde_json::Value;

use super::super::event::{builds_event, to_json};
use super::super::sample::REGION;
use super::http_api::version_2;
use super::parts::{Parts, request_methods};

/// Returns a request of a function URL. The path may have a query.
///
/// The names of headers are in lower case, and values of equal names are joined by commas.
///
/// Shape: [Invoking Lambda function URLs](https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html).
///
/// ```
/// use powertools_lambda_core::test_util::events;
///
/// let event = events::function_url("GET", "/").cookie("session", "s-1").into_json();
/// assert_eq!(event["cookies"][0], "session=s-1");
/// ```
pub fn function_url(method: impl Into<String>, path: impl AsRef<str>) -> FunctionUrl {
    FunctionUrl {
        parts: Parts::new(method, path.as_ref()),
        cookies: Vec::new(),
        authorizer: None,
    }
}

/// Builds a request of a function URL; see [`function_url`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until its event is used"]
pub struct FunctionUrl {
    parts: Parts,
    cookies: Vec<String>,
    authorizer: Option<Value>,
}

request_methods!(FunctionUrl);

impl FunctionUrl {
    /// Adds a cookie.
    pub fn cookie(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.cookies.push(format!("{}={}", name.as_ref(), value.as_ref()));
        self
    }

    /// Sets `requestContext.authorizer`, such as `{"iam": {"userId": "AIDACOSFODNN7EXAMPLE2"}}`.
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
        let domain = format!("abcdefghijklmnopqrstuvwxyz012345.lambda-url.{REGION}.on.aws");
        version_2(self.parts, &domain, "$default", self.cookies, self.authorizer)
    }
}

builds_event!(FunctionUrl);
