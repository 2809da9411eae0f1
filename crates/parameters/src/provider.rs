//! What a store has to do.

use std::hash::Hash;

use futures_util::future::join_all;
use powertools_lambda_core::Environment;

use crate::decode::Decode;
use crate::{ProviderError, Value};

/// A store of parameters. Implement it for one of your own; cache, single flight, decoding and errors come with it.
///
/// A provider has no cache and decodes nothing. It may take its time, and it may fail: a failure is an answer. A panic
/// of its future is caught and becomes an error. Its future may be dropped when the runtime shuts down, and otherwise
/// runs to its end, even where the caller that began it is dropped: others may wait for it. Retries are its own affair,
/// or its client's.
///
/// ```
/// use powertools_lambda_parameters::decode::Text;
/// use powertools_lambda_parameters::{Parameters, Provider, ProviderError, Value};
///
/// struct Files;
///
/// impl Provider for Files {
///     const STORE: &'static str = "files";
///     type Options = ();
///     type Default = Text;
///
///     async fn get(&self, name: &str, (): &()) -> Result<Value, ProviderError> {
///         match tokio::fs::read_to_string(name).await {
///             Ok(text) => Ok(text.into()),
///             Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(ProviderError::not_found()),
///             Err(error) => Err(ProviderError::unavailable(error)),
///         }
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let files = Parameters::new(Files);
/// let error = files.get("/nowhere").await.unwrap_err();
/// assert_eq!(error.to_string(), r#"cannot get "/nowhere" from files: there is none"#);
/// # }
/// ```
pub trait Provider: Send + Sync + 'static {
    /// The store's name in errors.
    const STORE: &'static str;

    /// What changes the answer beside the name. All of it is part of the cache's key.
    type Options: Clone + Default + Eq + Hash + Send + Sync + 'static;

    /// What a value is where the caller says nothing: [`Text`](crate::decode::Text), or
    /// [`SecretText`](crate::decode::SecretText) for a store of secrets.
    type Default: Decode + Default;

    /// Called once, before anything is read: the place to read the environment and to keep the clock.
    fn start(&mut self, _host: &Environment) {}

    /// Returns the options of a request that sets none.
    fn options(&self) -> Self::Options {
        Self::Options::default()
    }

    /// Reads one parameter.
    fn get(&self, name: &str, options: &Self::Options) -> impl Future<Output = Result<Value, ProviderError>> + Send;

    /// Reads everything below a path, every page of it; names come without the path.
    fn get_multiple(
        &self,
        _path: &str,
        _options: &Self::Options,
    ) -> impl Future<Output = Result<Vec<(String, Value)>, ProviderError>> + Send {
        async { Err(ProviderError::unsupported()) }
    }

    /// Reads several parameters, each with its own result, in their order; all at once where nothing else is said.
    fn get_by_names(
        &self,
        names: &[(&str, &Self::Options)],
    ) -> impl Future<Output = Vec<Result<Value, ProviderError>>> + Send {
        join_all(names.iter().map(|(name, options)| self.get(name, options)))
    }

    /// Forgets what a snapshot must not carry over: sessions, tokens, connections.
    fn after_restore(&self) {}
}
