//! `config!`, which declares a configuration that one call reads.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::GetError;
use crate::request::Fetch;

/// Declares a struct whose fields are parameters, with a function `load` that reads all of them concurrently.
///
/// Call `load` before the runtime starts, so that the parameters are read in the init phase, which has a full CPU. Call it
/// again in the handler, where it returns cached values while they are young enough. If fields cannot be read, `load`
/// returns the error of the first one. A field's type is the output of its request: `Arc<str>`,
/// [`Secret`](crate::Secret), or `Arc<T>` for JSON.
///
/// ```
/// use std::sync::Arc;
///
/// use powertools_lambda_parameters::test_util::MapProvider;
/// use powertools_lambda_parameters::{Parameters, Secret};
///
/// #[derive(Debug, serde::Deserialize)]
/// struct Limits {
///     orders: u32,
/// }
///
/// powertools_lambda_parameters::config! {
///     /// The shop's configuration.
///     #[derive(Clone, Debug)]
///     struct Config(ssm: Parameters<MapProvider>, secrets: Parameters<MapProvider>) {
///         currency: Arc<str> = ssm.get("/shop/currency"),
///         limits: Arc<Limits> = ssm.get("/shop/limits").json(),
///         password: Secret = secrets.get("shop/password").secret(),
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ssm = Parameters::new(MapProvider::new().text("/shop/currency", "EUR").text("/shop/limits", r#"{"orders":10}"#));
/// # let secrets = Parameters::new(MapProvider::new().text("shop/password", "hunter2"));
/// let config = Config::load(&ssm, &secrets).await?;
/// assert_eq!((&*config.currency, config.limits.orders), ("EUR", 10));
/// # Ok(()) }
/// ```
#[macro_export]
macro_rules! config {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident($($store:ident: $handle:ty),+ $(,)?) {
            $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $type:ty = $request:expr),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        $vis struct $name {
            $($(#[$field_meta])* $field_vis $field: $type,)+
        }

        impl $name {
            /// Reads all fields concurrently, from the cache or from the store.
            ///
            /// # Errors
            ///
            /// Returns the error of the first field that cannot be read.
            $vis async fn load($($store: &$handle),+) -> ::core::result::Result<Self, $crate::GetError> {
                $(let mut $field = $crate::__private::Field::new($request);)+
                $crate::__private::wait(|cx| {
                    let waiting = false;
                    $(let waiting = $field.is_waiting(cx) || waiting;)+
                    waiting
                })
                .await;
                ::core::result::Result::Ok(Self { $($field: $field.take()?,)+ })
            }
        }
    };
}

/// A field that is being read.
#[derive(Debug)]
pub struct Field<T: Send + 'static>(Fetch<T>, Option<Result<T, GetError>>);

impl<T: Send + 'static> Field<T> {
    /// Starts to read a field.
    pub fn new(request: impl IntoFuture<IntoFuture = Fetch<T>, Output = Result<T, GetError>>) -> Self {
        Self(request.into_future(), None)
    }

    /// Polls the request; returns whether it is still running.
    pub fn is_waiting(&mut self, cx: &mut Context<'_>) -> bool {
        if self.1.is_none()
            && let Poll::Ready(result) = Pin::new(&mut self.0).poll(cx)
        {
            self.1 = Some(result);
        }
        self.1.is_none()
    }

    /// Returns the value.
    ///
    /// # Errors
    ///
    /// Returns the error of the request.
    pub fn take(self) -> Result<T, GetError> {
        // `wait` returns only after all fields are read.
        self.1
            .unwrap_or_else(|| unreachable!("a field was taken before it was read"))
    }
}

/// Waits until all fields are read.
pub async fn wait(mut is_waiting: impl FnMut(&mut Context<'_>) -> bool) {
    poll_fn(|cx| if is_waiting(cx) { Poll::Pending } else { Poll::Ready(()) }).await;
}
