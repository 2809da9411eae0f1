//! [`PointerLayer`], a layer around a handler with a key from the raw event.

use std::fmt;
use std::marker::PhantomData;
use std::task::{Context, Poll};

use lambda_runtime::LambdaEvent;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tower_layer::Layer;
use tower_service::Service;

use super::hook::{AsRecorded, ReplayHook};
use super::layer::IdempotencyFuture;
use crate::execution::noted;
use crate::keys::Pointers;
use crate::{Idempotency, IdempotencyError, Key, KeyError};

/// A layer like [`IdempotencyLayer`](crate::IdempotencyLayer), but with a key that JSON pointers (RFC 6901) find in the
/// raw event.
///
/// A pointer may continue into a text that is JSON, such as the `body` of an HTTP request: `/body/order_id`. A `body` with
/// `"isBase64Encoded": true` next to it is decoded first. If a pointer leads into a text that is not a JSON object or list, the key
/// is missing (see [`MissingKeyPolicy`](crate::MissingKeyPolicy)). Several pointers make a list. `A` is the event of the handler;
/// the function takes the raw event, and decodes it for the handler. Numbers are compared as they were written.
///
/// ```
/// use lambda_runtime::{Error, LambdaEvent, service_fn};
/// use powertools_lambda_idempotency::{Idempotency, KeyError, MemoryStore, PointerLayer};
/// use tower::ServiceBuilder;
/// # #[derive(serde::Deserialize)] struct Order { id: String }
/// # async fn handler(event: LambdaEvent<Order>) -> Result<String, Error> { Ok(event.payload.id) }
///
/// # fn layered() -> Result<(), KeyError> {
/// let idempotency = Idempotency::new(MemoryStore::new(), "order");
/// let layer = PointerLayer::<Order>::new(idempotency, ["/id"])?;
/// let handler = ServiceBuilder::new().layer(layer).service(service_fn(handler));
/// // lambda_runtime::run(handler).await
/// # let _: Box<dyn tower::Service<LambdaEvent<Box<serde_json::value::RawValue>>, Response = String, Error = Error, Future = _>> = Box::new(handler);
/// # Ok(()) }
/// ```
#[must_use = "a layer does nothing unless it wraps the handler"]
pub struct PointerLayer<A, H = AsRecorded> {
    idempotency: Idempotency,
    key: Pointers,
    payload: Option<Pointers>,
    on_replay: H,
    event: PhantomData<fn(A)>,
}

impl<A> PointerLayer<A> {
    /// Creates a layer with one or several pointers.
    ///
    /// # Errors
    ///
    /// Returns an error if `pointers` is empty, or if a pointer neither is `""` (the whole event) nor begins with a slash.
    pub fn new<P: AsRef<str>>(
        idempotency: Idempotency,
        pointers: impl IntoIterator<Item = P>,
    ) -> Result<Self, KeyError> {
        Ok(Self {
            idempotency,
            key: Pointers::new(pointers)?,
            payload: None,
            on_replay: AsRecorded,
            event: PhantomData,
        })
    }

    /// Sets a hook that may change a response that is replayed. Default: [`AsRecorded`].
    pub fn on_replay<T, H>(self, hook: H) -> PointerLayer<A, H>
    where
        H: ReplayHook<T>,
    {
        PointerLayer {
            idempotency: self.idempotency,
            key: self.key,
            payload: self.payload,
            on_replay: hook,
            event: PhantomData,
        }
    }
}

impl<A, H> PointerLayer<A, H> {
    /// Sets pointers to the data that must be the same in each request with a key; see [`Key::payload`].
    ///
    /// If a pointer leads into a text that is not a JSON object or list, the execution fails before its work is called.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`new`](PointerLayer::new).
    pub fn payload<P: AsRef<str>>(mut self, pointers: impl IntoIterator<Item = P>) -> Result<Self, KeyError> {
        self.payload = Some(Pointers::new(pointers)?);
        Ok(self)
    }
}

impl<A, H: Clone> Clone for PointerLayer<A, H> {
    fn clone(&self) -> Self {
        Self {
            idempotency: self.idempotency.clone(),
            key: self.key.clone(),
            payload: self.payload.clone(),
            on_replay: self.on_replay.clone(),
            event: PhantomData,
        }
    }
}

impl<S, A, H: Clone> Layer<S> for PointerLayer<A, H> {
    type Service = PointerService<S, A, H>;

    fn layer(&self, inner: S) -> Self::Service {
        PointerService {
            inner,
            layer: self.clone(),
        }
    }
}

impl<A, H> fmt::Debug for PointerLayer<A, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PointerLayer")
            .field("idempotency", &self.idempotency)
            .field("key", &self.key)
            .field("payload", &self.payload)
            .finish_non_exhaustive()
    }
}

/// The service that [`PointerLayer`] creates.
pub struct PointerService<S, A, H = AsRecorded> {
    inner: S,
    layer: PointerLayer<A, H>,
}

impl<S: Clone, A, H: Clone> Clone for PointerService<S, A, H> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            layer: self.layer.clone(),
        }
    }
}

impl<S, A, H> fmt::Debug for PointerService<S, A, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PointerService")
            .field("layer", &self.layer)
            .finish_non_exhaustive()
    }
}

impl<S, A, H> Service<LambdaEvent<Box<RawValue>>> for PointerService<S, A, H>
where
    S: Service<LambdaEvent<A>> + Clone + Send + 'static,
    S::Response: Serialize + DeserializeOwned + Send,
    S::Error: From<IdempotencyError> + Send,
    S::Future: Send,
    H: ReplayHook<S::Response> + Send + 'static,
    A: DeserializeOwned + Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = IdempotencyFuture<S::Response, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, event: LambdaEvent<Box<RawValue>>) -> Self::Future {
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let layer = &self.layer;
        let idempotency = layer.idempotency.with_context(&event.context);
        let on_replay = layer.on_replay.clone();
        let LambdaEvent { payload, context } = event;
        let key = Key::of_document(payload.get(), &layer.key, layer.payload.as_ref());
        // Decoded before the key is locked, because an event that does not decode never will.
        let payload = serde_json::from_str(payload.get());
        Box::pin(async move {
            let payload = payload.map_err(|error| S::Error::from(noted(IdempotencyError::event(&error))))?;
            let work = || inner.call(LambdaEvent { payload, context });
            let replay = move |answer, record: &crate::Record| on_replay.replay(answer, record);
            idempotency.run_or_replay(key, work, replay).await
        })
    }
}
