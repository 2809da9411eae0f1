//! `Provider`, the trait of stores.

use std::hash::Hash;

use futures_util::future::join_all;
use powertools_lambda_core::Environment;

use crate::decode::Decode;
use crate::{ProviderError, Value};

/// A store of parameters. Implement it to read from another store with the same cache, decoding and errors.
///
/// A provider does not cache and does not decode. It may be slow, and it may fail. A panic of its future is caught and
/// becomes an error. The future continues for up to 30 s if the request that started it ends or is dropped, because others
/// may wait for it. The provider or its client is responsible for retries and for a timeout, because a request that cannot
/// return an older value waits for the future without a limit.
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
/// assert_eq!(error.to_string(), r#"parameter "/nowhere" not found in files"#);
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a store of parameters",
    label = "not a `Provider`",
    note = "with the AWS SDK, write `Parameters::ssm(&config)`, `Parameters::secrets(&config)`, `Parameters::dynamodb(&config, table)` or `Parameters::appconfig(&config, environment)`",
    note = "`Parameters::new` and `Parameters::builder` take a store: `Ssm`, `SecretsManager`, `DynamoDb`, `AppConfig`, `MapProvider` or your implementation of `Provider`"
)]
pub trait Provider: Send + Sync + 'static {
    /// The store's name, for error messages.
    const STORE: &'static str;

    /// The options of a request that change the value that is read. They are part of the cache's key.
    type Options: Clone + Default + Eq + Hash + Send + Sync + 'static;

    /// The form of a value on a plain `.await`: [`Text`](crate::decode::Text) for `Arc<str>`, or
    /// [`SecretText`](crate::decode::SecretText) for a [`Secret`](crate::Secret).
    type Default: Decode + Default;

    /// Called once, before anything is read. Read variables and keep the clock here.
    fn start(&mut self, _environment: &Environment) {}

    /// Returns the options of a request that does not set any.
    fn options(&self) -> Self::Options {
        Self::Options::default()
    }

    /// Reads one parameter.
    fn get(&self, name: &str, options: &Self::Options) -> impl Future<Output = Result<Value, ProviderError>> + Send;

    /// Reads all pages of the parameters below a path. The returned names do not include the path.
    ///
    /// The default returns [`ProviderError::unsupported`].
    fn get_multiple(
        &self,
        _path: &str,
        _options: &Self::Options,
    ) -> impl Future<Output = Result<Vec<(String, Value)>, ProviderError>> + Send {
        async { Err(ProviderError::unsupported()) }
    }

    /// Reads several parameters and returns a result for each, in the same order.
    ///
    /// The default calls [`get`](Self::get) for all names concurrently.
    fn get_by_names(
        &self,
        names: &[(&str, &Self::Options)],
    ) -> impl Future<Output = Vec<Result<Value, ProviderError>>> + Send {
        join_all(names.iter().map(|(name, options)| self.get(name, options)))
    }

    /// Called after a SnapStart restore; drop sessions, tokens and connections here.
    fn after_restore(&self) {}
}
