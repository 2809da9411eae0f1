//! [`app`]: adds to a router what every function's answers have.

use axum::Router;
use axum::middleware::map_response;
use axum::response::Response;
use http::header::{self, HeaderName, HeaderValue};
use tower_http::cors::CorsLayer;

/// The headers of every answer: it must not be cached, and it is only data.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
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

/// Adds the headers of every answer to a router. Pages of `origin` may read the answers.
pub fn app(router: Router, origin: Option<HeaderValue>) -> Router {
    let router = router.layer(map_response(async |mut response: Response| {
        response.headers_mut().extend(HEADERS);
        response
    }));
    let Some(origin) = origin else { return router };
    // Browsers do not send cookies if any origin is allowed, which is intended.
    let has_credentials = origin != "*";
    router.layer(CorsLayer::new().allow_origin(origin).allow_credentials(has_credentials))
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use powertools_lambda::test_util::{TestFunction, events};

    use super::*;

    async fn headers_for(origin: &'static str) -> http::HeaderMap {
        let router = app(
            Router::new().route("/", get("hello")),
            Some(HeaderValue::from_static(origin)),
        );
        let response = TestFunction::new()
            .request(router, events::api_gateway_rest("GET", "/"))
            .await;
        response.unwrap().headers().clone()
    }

    #[tokio::test]
    async fn an_answer_is_not_cached_and_is_for_one_origin() {
        let headers = headers_for("https://shop.example").await;
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["access-control-allow-origin"], "https://shop.example");
        assert_eq!(headers["access-control-allow-credentials"], "true");
    }

    #[tokio::test]
    async fn credentials_go_with_one_origin_only() {
        let headers = headers_for("*").await;
        assert_eq!(headers["access-control-allow-origin"], "*");
        assert!(!headers.contains_key("access-control-allow-credentials"));
    }
}
