//! [`ApiError`], an error that is a response.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde::Serialize;
use serde::ser::SerializeMap;
use serde_json::Value;

use crate::ErrorFormat;

/// An error that is a response: a status, and what the client may know about the error.
///
/// Its format is that of [`HttpOptions::error_format`](crate::HttpOptions::error_format): problem details as in RFC 9457, or the format
/// of Powertools in other languages. With the feature `axum` it is an `IntoResponse`.
///
/// Any error converts into a response with status 500, which does not show the error's text, so `?` works in a handler that
/// returns `Result<_, ApiError>`. The error is logged, with its chain of causes, when it becomes a response. With the feature
/// `axum`, the rejections of axum's extractors `Json`, `Path`, `Query`, `Form`, `Bytes`, `String`, `Extension` and `MatchedPath`
/// keep their status and lose their text; for others, use [`Checked`](crate::Checked).
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

    /// Sets more about the error: the member `details` of the response. Default: none.
    pub fn details(mut self, details: Value) -> Self {
        self.0.details = Some(details);
        self
    }

    /// Adds a header to the response, such as `retry-after`.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.append(name, value);
        self
    }

    /// Sets the cause, which is logged and not shown to the client. Default: none.
    pub fn source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Returns the status of the response.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Returns the message for the client.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the response, for services that are not axum's, and logs the cause if there is one.
    ///
    /// A cause is logged at level ERROR if the status is 500 or more, and at level WARN otherwise.
    pub fn into_http_response<B: From<Bytes>>(self) -> Response<B> {
        self.in_format(ErrorFormat::current())
    }

    pub(crate) fn in_format<B: From<Bytes>>(self, format: ErrorFormat) -> Response<B> {
        self.log();
        let content_type = match format {
            ErrorFormat::Problem => "application/problem+json",
            ErrorFormat::Powertools => "application/json",
        };
        let body = serde_json::to_vec(&InFormat(&self.0, format)).unwrap_or_default();
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
            tracing::error!(error, status, detail = message, "request failed");
        } else {
            tracing::warn!(error, status, detail = message, "request refused");
        }
    }
}

/// The members of a response.
struct InFormat<'a>(&'a Inner, ErrorFormat);

impl Serialize for InFormat<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(error, format) = self;
        let mut map = serializer.serialize_map(None)?;
        match format {
            ErrorFormat::Problem => {
                map.serialize_entry("type", "about:blank")?;
                map.serialize_entry("title", error.status.canonical_reason().unwrap_or("Error"))?;
                map.serialize_entry("status", &error.status.as_u16())?;
                map.serialize_entry("detail", &*error.message)?;
            }
            ErrorFormat::Powertools => {
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
