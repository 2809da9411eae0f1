//! [`RuntimeApi`]: the HTTP server.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State as Shared};
use axum::http::{Response, StatusCode};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::state::State;
use crate::{Answer, Invocation, Outcome};

/// A Runtime API on a port of 127.0.0.1 that the system chooses. It stops on drop.
pub struct RuntimeApi {
    address: SocketAddr,
    state: Arc<State>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:order-fn";

impl RuntimeApi {
    /// Starts a server on a new thread.
    ///
    /// # Errors
    ///
    /// Returns an error if no port or no thread is available.
    pub fn start() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
        let address = listener.local_addr()?;
        let state = Arc::new(State::new());
        let (stop, stopped) = oneshot::channel();
        let router = router(Arc::clone(&state));
        let thread = std::thread::Builder::new()
            .name("runtime-api".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        _ = axum::serve(listener, router) => {}
                        _ = stopped => {}
                    }
                });
                // Open polls end with their tasks.
                runtime.shutdown_background();
            })?;
        Ok(Self {
            address,
            state,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Returns the address for `AWS_LAMBDA_RUNTIME_API`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Adds an invocation; functions fetch them in this order.
    pub fn push(&self, invocation: Invocation) {
        self.state.push(invocation);
    }

    /// Waits until `count` answers are posted, but at most for `patience`, and returns the answers so far.
    pub fn wait_for(&self, count: usize, patience: Duration) -> Vec<Answer> {
        self.state.wait_for(count, patience)
    }

    /// Waits until `count` answers are posted that were not taken yet, but at most for `patience`, and takes those.
    ///
    /// For tests with more answers than fit into memory; [`wait_for`](Self::wait_for) does not return answers that were taken.
    pub fn take(&self, count: usize, patience: Duration) -> Vec<Answer> {
        self.state.take(count, patience)
    }

    /// Stops acknowledging posts, so that the function waits for its post to end.
    pub fn hold_acknowledgements(&self) {
        self.state.set_held(true);
    }

    /// Acknowledges the held posts, and later ones immediately.
    pub fn release_acknowledgements(&self) {
        self.state.set_held(false);
    }

    /// Returns the function's protocol violations: a second answer, an answer to an unknown invocation, an unknown path.
    pub fn violations(&self) -> Vec<String> {
        self.state.violations()
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{request_id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{request_id}/error", post(error))
        // The snapshot is restored as soon as it is taken.
        .route("/2018-06-01/runtime/restore/next", get(async || StatusCode::OK))
        .route("/2020-01-01/extension/register", post(register_extension))
        .route(
            "/2020-01-01/extension/event/next",
            get(std::future::pending::<StatusCode>),
        )
        .fallback(unknown)
        .with_state(state)
}

async fn next(Shared(state): Shared<Arc<State>>) -> Result<Response<Body>, StatusCode> {
    let invocation = state.next().await.ok_or(StatusCode::GONE)?;
    let mut builder = Response::builder()
        .header("lambda-runtime-aws-request-id", &invocation.request_id)
        .header("lambda-runtime-deadline-ms", invocation.deadline_millis())
        .header("lambda-runtime-invoked-function-arn", ARN);
    if let Some(header) = &invocation.trace_header {
        builder = builder.header("lambda-runtime-trace-id", header);
    }
    if let Some(tenant) = &invocation.tenant_id {
        builder = builder.header("lambda-runtime-aws-tenant-id", tenant);
    }
    let response = builder.body(Body::from(invocation.body));
    response.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn response(Shared(state): Shared<Arc<State>>, Path(request_id): Path<String>, body: Body) -> StatusCode {
    let body = read(body).await;
    state.answer(request_id, Outcome::Response(body)).await;
    StatusCode::ACCEPTED
}

async fn error(Shared(state): Shared<Arc<State>>, Path(request_id): Path<String>, body: Body) -> StatusCode {
    let body = String::from_utf8_lossy(&read(body).await).into_owned();
    state.answer(request_id, Outcome::Error(body)).await;
    StatusCode::ACCEPTED
}

/// Registers an extension, which never receives an event.
async fn register_extension() -> Result<Response<Body>, StatusCode> {
    let body = r#"{"functionName":"order-fn","functionVersion":"$LATEST","handler":"bootstrap"}"#;
    let response = Response::builder().header("lambda-extension-identifier", "8a9f0f6b-4b5c-4a57-8d1c-2f2a6f0c4f11");
    let response = response.body(Body::from(body));
    response.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn unknown(Shared(state): Shared<Arc<State>>, request: axum::extract::Request) -> StatusCode {
    state.note_violation(format!("{} {}", request.method(), request.uri()));
    StatusCode::NOT_FOUND
}

/// Reads a body to its end. If a streamed body breaks off, returns the part that arrived.
async fn read(body: Body) -> Vec<u8> {
    to_bytes(body, usize::MAX).await.unwrap_or_default().into()
}
