//! [`HttpLayer`] as a middleware for `reqwest`.

use std::error::Error as _;

use http::Extensions;
use powertools_lambda_core::{ErrorCause, ErrorReport};
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next, Result};

use super::HttpLayer;
use super::exchange::{Exchange, Target};

#[async_trait::async_trait]
impl Middleware for HttpLayer {
    async fn handle(&self, mut request: Request, extensions: &mut Extensions, next: Next<'_>) -> Result<Response> {
        let url = request.url().clone();
        let target = Target {
            scheme: url.scheme(),
            host: url.host_str().unwrap_or_default(),
            port: url.port(),
            path: url.path(),
        };
        let method = request.method().clone();
        let exchange = Exchange::begin(self.rules(), &method, &target, request.headers_mut());
        let result = next.run(request, extensions).await;
        if let Some(exchange) = exchange {
            match &result {
                Ok(response) => exchange.answered(response.status(), response.headers()),
                Err(error) => exchange.failed(|| report(error)),
            }
        }
        result
    }
}

/// Describes an error without the text of `reqwest::Error` itself, which contains the whole URL.
fn report(error: &Error) -> ErrorReport {
    let Error::Reqwest(error) = error else {
        let Error::Middleware(error) = error else {
            return ErrorReport::new(error);
        };
        return ErrorReport::new(error.as_ref());
    };
    if let Some(source) = error.source() {
        return ErrorReport::new(source);
    }
    let message = if error.is_timeout() {
        "the request timed out"
    } else if error.is_connect() {
        "could not connect to the host"
    } else if error.is_redirect() {
        "too many redirects"
    } else {
        "the request failed"
    };
    ErrorReport::from(ErrorCause {
        name: "reqwest::Error".to_owned(),
        message: message.to_owned(),
    })
}
