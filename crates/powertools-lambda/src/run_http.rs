//! `Powertools::run_http`, which runs a service of HTTP requests.

use std::fmt::Debug;

use lambda_runtime::{Diagnostic, Error};
use powertools_lambda_core::Environment;
use tower_service::Service;

use crate::Powertools;
use crate::http_api::{HttpHandler, Request};
use crate::run::RUNTIME_API;

impl Powertools {
    /// Runs a service of HTTP requests, such as an axum router, with logs, metrics and traces around each request.
    ///
    /// The service is any [`tower_service::Service`] of [`http::Request`]`<`[`Body`](crate::http_api::Body)`>` whose response has
    /// an [`http_body::Body`]; an axum router is such a service. It answers API Gateway (REST, HTTP and WebSocket APIs), Lambda
    /// function URLs, Application Load Balancers and VPC Lattice; see [`HttpEvent`](crate::http_api::HttpEvent). As with
    /// [`run`](Self::run), `AWS_LAMBDA_MAX_CONCURRENCY` requests are served concurrently.
    ///
    /// ```no_run
    /// # #[cfg(feature = "http-api-axum")] mod axum_router {
    /// use axum::Router;
    /// use axum::extract::Path;
    /// use axum::routing::get;
    /// use lambda_runtime::Error;
    /// use powertools_lambda::Powertools;
    ///
    /// #[tokio::main]
    /// async fn main() -> Result<(), Error> {
    ///     let router = Router::new().route("/orders/{id}", get(order));
    ///     Powertools::from_env().run_http(router).await
    /// }
    ///
    /// async fn order(Path(id): Path<String>) -> String {
    ///     id
    /// }
    /// # }
    /// ```
    ///
    /// Outside Lambda, with the feature `http-api-local`, it serves the router on 127.0.0.1 until Ctrl-C. The port is that of the
    /// variable `PORT`; default: 3000. Each request is an invocation with a request id. Records are written in the form for
    /// development, and nothing is sent to CloudWatch or X-Ray.
    ///
    /// Options are set with [`PowertoolsBuilder::http`](crate::PowertoolsBuilder::http).
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run); and outside Lambda
    ///
    /// * if the port cannot be used;
    /// * if `AWS_LAMBDA_FUNCTION_NAME` is set but `AWS_LAMBDA_RUNTIME_API` is not, because such a process is meant for Lambda.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run).
    pub async fn run_http<S, B>(self, service: S) -> Result<(), Error>
    where
        S: Service<Request, Response = http::Response<B>> + Clone + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<Diagnostic> + Debug + Send + 'static,
        B: http_body::Body<Data: Send, Error: Into<Error>> + Send + 'static,
    {
        let handler = self.http_handler(service);
        #[cfg(feature = "http-api-local")]
        if crate::local::is_local(Environment::process().variables()) {
            return self.serve_locally(handler).await;
        }
        if Environment::process().variables().text(RUNTIME_API).is_none() {
            return Err(not_lambda(cfg!(feature = "http-api-local")).into());
        }
        self.run(handler).await
    }

    /// Returns the handler of events that [`run_http`](Self::run_http) makes from a service, for tests with `TestFunction` and
    /// for a custom runtime.
    pub fn http_handler<S: 'static>(&self, service: S) -> HttpHandler<S> {
        HttpHandler::new(service, self.http_options, &self.environment)
    }

    #[cfg(feature = "http-api-local")]
    async fn serve_locally<S, B>(self, handler: HttpHandler<S>) -> Result<(), Error>
    where
        S: Service<Request, Response = http::Response<B>> + Clone + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Debug + Send + 'static,
        B: http_body::Body<Data: Send, Error: Into<Error>> + Send + 'static,
    {
        let _ending = crate::ending::Ending::of(&self);
        self.install()?;
        let (handler_layer, invocation_layer) = (self.handler_layer(), self.invocation_layer());
        let variables = self.environment.variables();
        Box::pin(crate::http_api::local::serve(
            handler,
            handler_layer,
            invocation_layer,
            variables,
        ))
        .await
    }
}

/// Returns why requests cannot be served outside Lambda; `has_server` if the local server is compiled.
fn not_lambda(has_server: bool) -> String {
    let way = if has_server {
        "unset AWS_LAMBDA_FUNCTION_NAME to serve the requests on 127.0.0.1"
    } else {
        "enable the feature `http-api-local` of `powertools-lambda` to serve the requests on 127.0.0.1"
    };
    format!("{RUNTIME_API} is not set, so this is not Lambda: {way}, or run the function with `cargo lambda watch`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_lambda_the_error_says_what_to_do() {
        for (has_server, way) in [
            (true, "unset AWS_LAMBDA_FUNCTION_NAME"),
            (false, "enable the feature `http-api-local`"),
        ] {
            let error = not_lambda(has_server);
            assert!(error.contains(RUNTIME_API) && error.contains(way), "{error}");
        }
    }
}
