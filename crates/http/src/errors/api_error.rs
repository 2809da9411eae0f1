//! [`ApiError`], an error that is an answer.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde::Serialize;
use serde::ser::SerializeMap;
use serde_json::Value;

use crate::ErrorForm;

/// An error that is an answer: a status, and what the client is to know about it.
///
/// Its form is that of [`HttpOptions::error_form`](crate::HttpOptions::error_form): problem details as in RFC 9457, or the form
/// of Powertools in other languages. With the feature `axum` it is an `IntoResponse`.
///
/// Any error converts into an answer with status 500, which does not show its text: so `?` works in a handler that returns
/// `Result<_, ApiError>`. The error is logged, with its chain of causes, when it becomes an answer. With the feature `axum`, the
/// rejections of axum's extractors `Json`, `Path`, `Query`, `Form`, `Bytes`, `String`, `Extension` and `MatchedPath` keep their
/// status and lose their text; for others, use [`Checked`](crate::Checked).
///
/// ```
/// use http::StatusCode;
/// use powertools_lambda_http::ApiError;
/// use serde_json::json;
///
/// fn reserve(quantity: &str, stock: u32) -> Result<u32, ApiError> {
///     let quantity: u32 = quantity.parse()?; // status 500; `map_err` for another one
///     if quantity > stock {
///         return Err(ApiError::new(StatusCode::CONFLICT, "not enough in stock")
///             .code("out_of_stock")
///             .details(json!({ "stock": stock })));
///     }
///     Ok(stock - quantity)
/// }
/// # assert_eq!(reserve("7", 3).unwrap_err().status(), StatusCode::CONFLICT);
/// # assert_eq!(reserve("x", 3).unwrap_err().status(), StatusCode::INTERNAL_SERVER_ERROR);
/// ```
#[must_use = "an error does nothing until it is returned"]
pub struct ApiError(Box<Inner>);

struct Inner {
    status: StatusCode,
    message: Cow<'static, str>,
    code: Option<Cow<'static, str>>,
    details: Option<Value>,
    headers: HeaderMap,
    source: Option<Source>,
}

pub(super) type Source = Box<dyn StdError + Send + Sync>;

impl ApiError {
    /// Creates an error with a message for the client.
    pub fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            status,
            message: message.into(),
            code: None,
            details: None,
            headers: HeaderMap::new(),
            source: None,
        }))
    }

    /// Creates an error whose message is the name of the status, such as `Not Found`.
    pub fn from_status(status: StatusCode) -> Self {
        Self::new(status, status.canonical_reason().unwrap_or("Error"))
    }

    /// Sets a code for programs, such as `out_of_stock`. Default: none.
    pub fn code(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.0.code = Some(code.into());
        self
    }

    /// Sets more about the error: the member `details` of the answer. Default: none.
    pub fn details(mut self, details: Value) -> Self {
        self.0.details = Some(details);
        self
    }

    /// Adds a header to the answer, such as `retry-after`.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.append(name, value);
        self
    }

    /// Sets the cause, which is logged and not shown to the client. Default: none.
    pub fn source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Returns the status of the answer.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Returns the message for the client.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the answer, for services that are not axum's, and logs the cause if there is one.
    ///
    /// A cause is a record of level ERROR if the status is 500 or more, and else of level WARN.
    pub fn into_response<B: From<Bytes>>(self) -> Response<B> {
        self.into_http(ErrorForm::current())
    }

    pub(crate) fn into_http<B: From<Bytes>>(self, form: ErrorForm) -> Response<B> {
        self.log();
        let content_type = match form {
            ErrorForm::Problem => "application/problem+json",
            ErrorForm::Powertools => "application/json",
        };
        let body = serde_json::to_vec(&InForm(&self.0, form)).unwrap_or_default();
        let Inner {
            status, mut headers, ..
        } = *self.0;
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        let mut response = Response::new(B::from(Bytes::from(body)));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }

    fn log(&self) {
        let Some(source) = &self.0.source else { return };
        let error: &(dyn StdError + 'static) = &**source;
        let (status, message) = (self.0.status.as_u16(), self.message());
        if self.0.status.is_server_error() {
            tracing::error!(error, status, answer = message, "request failed");
        } else {
            tracing::warn!(error, status, answer = message, "request refused");
        }
    }
}

/// The members of an answer.
struct InForm<'a>(&'a Inner, ErrorForm);

impl Serialize for InForm<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(error, form) = self;
        let mut map = serializer.serialize_map(None)?;
        match form {
            ErrorForm::Problem => {
                map.serialize_entry("type", "about:blank")?;
                map.serialize_entry("title", error.status.canonical_reason().unwrap_or("Error"))?;
                map.serialize_entry("status", &error.status.as_u16())?;
                map.serialize_entry("detail", &*error.message)?;
            }
            ErrorForm::Powertools => {
                map.serialize_entry("statusCode", &error.status.as_u16())?;
                map.serialize_entry("message", &*error.message)?;
            }
        }
        if let Some(code) = &error.code {
            map.serialize_entry("code", &**code)?;
        }
        if let Some(details) = &error.details {
            map.serialize_entry("details", details)?;
        }
        map.end()
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            status,
            message,
            source,
            ..
        } = &*self.0;
        let mut debug = f.debug_struct("ApiError");
        debug
            .field("status", status)
            .field("message", message)
            .field("source", source)
            .finish_non_exhaustive()
    }
}

/// Shows status and message, as the client sees them.
impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.status, self.0.message)
    }
}
