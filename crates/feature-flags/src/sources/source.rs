//! `FlagSource`, the trait of sources.

use std::error::Error;
use std::sync::Arc;

use crate::{DocumentFormat, EvaluationContext};

/// A source of a document of feature flags. Implement it to read flags from another place.
///
/// A source returns the text of the document. It is read in every call of a method of
/// [`FeatureFlags`](crate::FeatureFlags), so it should cache what is slow to read; after a failure, it is read again after
/// one second. A text that has not changed is not compiled again, which costs least if it is the same `Arc`.
///
/// ```
/// use std::error::Error;
/// use std::sync::Arc;
///
/// use powertools_lambda_feature_flags::{DocumentFormat, EvaluationContext, FeatureFlags, FlagSource};
///
/// struct Fixed(Arc<str>);
///
/// impl FlagSource for Fixed {
///     fn name(&self) -> &str {
///         "the fixed document"
///     }
///
///     fn format(&self) -> Option<DocumentFormat> {
///         Some(DocumentFormat::Powertools)
///     }
///
///     async fn read(&self, _context: &EvaluationContext) -> Result<Arc<str>, Box<dyn Error + Send + Sync>> {
///         Ok(Arc::clone(&self.0))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let flags = FeatureFlags::new(Fixed(r#"{"cart": {"default": true}}"#.into()));
/// assert!(flags.is_enabled("cart", &()).await);
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a source of feature flags",
    label = "not a `FlagSource`",
    note = "`FeatureFlags::new` takes `ParameterSource`, `AgentSource`, `FileSource`, `TextSource` or your implementation of `FlagSource`"
)]
pub trait FlagSource: Send + Sync + 'static {
    /// Returns the name of the source, for warnings and errors, such as `parameter "flags" in AppConfig`.
    fn name(&self) -> &str;

    /// Returns the format of the document.
    ///
    /// Default: `None`. The format is then [`Powertools`](DocumentFormat::Powertools) if every feature has `default`, and
    /// [`AppConfig`](DocumentFormat::AppConfig) if every feature has `enabled`; any other document is refused.
    fn format(&self) -> Option<DocumentFormat> {
        None
    }

    /// Returns the part of the context that the document depends on, as a text, if it depends on any.
    ///
    /// The last valid document is kept for each of up to 1,000 texts. Default: `None`, one document for all contexts.
    fn variation(&self, _context: &EvaluationContext) -> Option<String> {
        None
    }

    /// Reads the text of the document.
    fn read(
        &self,
        context: &EvaluationContext,
    ) -> impl Future<Output = Result<Arc<str>, Box<dyn Error + Send + Sync>>> + Send;
}
