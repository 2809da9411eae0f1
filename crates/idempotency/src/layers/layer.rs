//! [`IdempotencyLayer`], a layer around a handler with a key from the typed event.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use lambda_runtime::LambdaEvent;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tower_layer::Layer;
use tower_service::Service;

use super::hook::{AsRecorded, ReplayHook};
use crate::{Idempotency, IdempotencyError, Key};

/// A layer around a handler that calls it once per key and replays its response to duplicates.
///
/// `key` is a closure over the typed event. The response must be `Serialize` and `DeserializeOwned`, and the handler's error
/// needs a `From<IdempotencyError>`; see [`Idempotency::run`]. For a part of the handler, call that.
///
/// ```
/// use lambda_runtime::{Error, LambdaEvent, service_fn};
/// use powertools_lambda_idempotency::{Idempotency, IdempotencyLayer, Key, MemoryStore};
/// use tower::ServiceBuilder;
/// # #[derive(serde::Deserialize)] struct Order { id: String }
///
/// async fn handler(event: LambdaEvent<Order>) -> Result<String, Error> {
///     Ok(format!("receipt of {}", event.payload.id))
/// }
///
/// # fn service() -> impl tower::Service<LambdaEvent<Order>> {
/// let idempotency = Idempotency::new(MemoryStore::new(), "order");
/// let key = |event: &LambdaEvent<Order>| Key::new(&event.payload.id);
/// let handler = ServiceBuilder::new()
///     .layer(IdempotencyLayer::new(idempotency, key))
///     .service(service_fn(handler));
/// // lambda_runtime::run(handler).await
/// # handler }
/// ```
#[derive(Clone)]
#[must_use = "a layer does nothing unless it wraps the handler"]
pub struct IdempotencyLayer<K, H = AsRecorded> {
    idempotency: Idempotency,
    key: K,
    on_replay: H,
}

impl<K> IdempotencyLayer<K> {
    /// Creates a layer.
    pub fn new<A>(idempotency: Idempotency, key: K) -> Self
    where
        K: Fn(&LambdaEvent<A>) -> Key,
    {
        Self {
            idempotency,
            key,
            on_replay: AsRecorded,
        }
    }

    /// Sets a hook that may change a response that is replayed, for example add a header. Default: [`AsRecorded`].
    pub fn on_replay<T, H>(self, hook: H) -> IdempotencyLayer<K, H>
    where
        H: ReplayHook<T>,
    {
        IdempotencyLayer {
            idempotency: self.idempotency,
            key: self.key,
            on_replay: hook,
        }
    }
}

impl<S, K: Clone, H: Clone> Layer<S> for IdempotencyLayer<K, H> {
    type Service = IdempotencyService<S, K, H>;

    fn layer(&self, inner: S) -> Self::Service {
        IdempotencyService {
            inner,
            layer: self.clone(),
        }
    }
}

impl<K, H> fmt::Debug for IdempotencyLayer<K, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdempotencyLayer")
            .field("idempotency", &self.idempotency)
            .finish_non_exhaustive()
    }
}

/// The service that [`IdempotencyLayer`] creates.
#[derive(Clone, Debug)]
pub struct IdempotencyService<S, K, H = AsRecorded> {
    inner: S,
    layer: IdempotencyLayer<K, H>,
}

/// The future of [`IdempotencyService`] and [`PointerService`](crate::PointerService).
pub type IdempotencyFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

impl<S, K, H, A> Service<LambdaEvent<A>> for IdempotencyService<S, K, H>
where
    S: Service<LambdaEvent<A>> + Clone + Send + 'static,
    S::Response: Serialize + DeserializeOwned + Send,
    S::Error: From<IdempotencyError> + Send,
    S::Future: Send,
    K: Fn(&LambdaEvent<A>) -> Key,
    H: ReplayHook<S::Response> + Send + 'static,
    A: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = IdempotencyFuture<S::Response, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, event: LambdaEvent<A>) -> Self::Future {
        // The service that is ready is the one to call.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let idempotency = self.layer.idempotency.with_context(&event.context);
        let key = (self.layer.key)(&event);
        let on_replay = self.layer.on_replay.clone();
        Box::pin(async move {
            let work = || inner.call(event);
            let replay = move |answer, record: &crate::Record| on_replay.replay(answer, record);
            idempotency.run_or_replay(key, work, replay).await
        })
    }
}
