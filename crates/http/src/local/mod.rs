//! A local server: [`serve`].

mod body;
mod context;
mod exchange;

use std::fmt::Debug;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use http_body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use lambda_http::Request;
use lambda_runtime::Error;
use powertools_lambda_core::{HandlerLayer, InvocationLayer, Variables};
use tokio::net::TcpListener;
use tower_service::Service;

use crate::HttpHandler;

/// The variable of the port.
const PORT: &str = "PORT";

const DEFAULT_PORT: u16 = 3000;

/// Serves a handler on 127.0.0.1 until Ctrl-C, each request as an invocation.
///
/// `Powertools::run_http` calls it in a process outside Lambda. The port is that of `PORT`; default: 3000. A request has a
/// request id, no deadline and no trace; its body has at most 6 MB, as on Lambda. A failed invocation is answered with status
/// 502, as by API Gateway.
///
/// # Errors
///
/// Returns an error if the port cannot be used.
pub async fn serve<S, B>(
    handler: HttpHandler<S>,
    handler_layer: HandlerLayer,
    invocation_layer: InvocationLayer,
    variables: &Variables,
) -> Result<(), Error>
where
    S: Service<Request, Response = http::Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Debug + Send + 'static,
    B: Body<Data: Send, Error: Into<Error>> + Send + 'static,
{
    let port = variables.parse(PORT, "a port").unwrap_or(DEFAULT_PORT);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| cannot_listen(port, &error))?;
    // Port 0 means any free port.
    tracing::info!("serving on http://{}, until Ctrl-C", listener.local_addr()?);
    let mut stopped = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            stopped = &mut stopped => return Ok(stopped?),
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            // The error is about this connection, which may be closed already, or too many files are open.
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a connection was not accepted"
                );
                // Files may be closed meanwhile.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let (handler, handler_layer, invocation_layer) =
            (handler.clone(), handler_layer.clone(), invocation_layer.clone());
        let service = service_fn(move |request| {
            exchange::respond(
                request,
                handler.clone(),
                handler_layer.clone(),
                invocation_layer.clone(),
            )
        });
        tokio::spawn(async move {
            // An error is the client's, such as a broken connection.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

fn cannot_listen(port: u16, error: &io::Error) -> Error {
    let reason = if error.kind() == io::ErrorKind::AddrInUse {
        "another process listens there".to_owned()
    } else {
        error.to_string()
    };
    format!("cannot listen on port {port} of 127.0.0.1: {reason}; set the variable {PORT} to another port").into()
}
