//! The same router in the adapter of `lambda_http`.

use axum::Router;
use axum::body::to_bytes;
use axum::response::Response;
use axum::routing::get;
use lambda_runtime::Error;
use lambda_runtime::tower::ServiceBuilder;
use powertools_lambda::Powertools;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let router = Router::new().route("/orders/{id}", get(async || "hello"));
    let handler = ServiceBuilder::new()
        .layer_fn(lambda_http::Adapter::from)
        .and_then(read)
        .service(router);
    Powertools::from_env().run(handler).await
}

async fn read(response: Response) -> Result<lambda_http::Response<lambda_http::Body>, Error> {
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await?;
    let body = match String::from_utf8(bytes.into()) {
        Ok(text) => lambda_http::Body::Text(text),
        Err(error) => lambda_http::Body::Binary(error.into_bytes()),
    };
    Ok(lambda_http::Response::from_parts(parts, body))
}
