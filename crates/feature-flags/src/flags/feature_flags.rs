//! `FeatureFlags`, the handle on the flags of a source, and `FeatureFlagsBuilder`.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use powertools_lambda_core::Environment;
use serde::de::DeserializeOwned;

use super::shared::Shared;
use super::snapshot::Snapshot;
use crate::document::Document;
#[cfg(feature = "parameters")]
use crate::sources::ParameterSource;
use crate::versions::{Cell, Update, Variations};
use crate::{DocumentError, EvaluationContext, FlagSource, FlagsError, ToContext};

/// Evaluates the feature flags of one source.
///
/// Create the handle once, at the start of `main`, and pass it to the handler; it is cheap to clone, and clones share the
/// source and the compiled document. In signatures, write `&FeatureFlags<impl FlagSource>` to accept any source, for
/// example a [`TextSource`](crate::TextSource) in tests.
///
/// No method but [`snapshot`](Self::snapshot) returns an error: if there is no usable value, the default is used, with one
/// warning on standard error. A new document that is not valid never replaces a valid one, and neither does a failure of the
/// source: the last valid document stays in use, with one warning.
///
/// ```
/// use powertools_lambda_feature_flags::{EvaluationContext, FeatureFlags, TextSource};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let flags = FeatureFlags::new(TextSource::new(
///     r#"{"cart": {"default": false, "rules": {"premium customers": {"when_match": true,
///         "conditions": [{"action": "EQUALS", "key": "tier", "value": "premium"}]}}}}"#,
/// ));
/// let context = EvaluationContext::new().key("tier", "premium");
/// assert!(flags.is_enabled("cart", &context).await);
/// # }
/// ```
#[must_use = "a handle does nothing until a flag is evaluated"]
pub struct FeatureFlags<S>(Arc<Inner<S>>);

struct Inner<S> {
    source: S,
    shared: Shared,
    /// The document, if there is one for all contexts.
    document: Cell,
    variations: Variations,
}

#[cfg(feature = "parameters")]
impl<P: powertools_lambda_parameters::Provider> FeatureFlags<ParameterSource<P>> {
    /// Creates a handle on the flags in a parameter, such as a configuration profile of AppConfig.
    ///
    /// For another format or envelope, pass a [`ParameterSource`] to the [builder](FeatureFlags::builder).
    pub fn from_parameter(parameters: &powertools_lambda_parameters::Parameters<P>, name: &str) -> Self {
        Self::new(ParameterSource::new(parameters.clone(), name))
    }
}

impl<S: FlagSource> FeatureFlags<S> {
    /// Creates a handle on the flags of a source with the defaults of the [builder](Self::builder).
    pub fn new(source: S) -> Self {
        Self::builder(source).build()
    }

    /// Returns a builder, to change the defaults.
    pub fn builder(source: S) -> FeatureFlagsBuilder<S> {
        FeatureFlagsBuilder {
            source,
            envelope: String::new(),
            telemetry: false,
            environment: None,
        }
    }

    /// Returns whether a flag is enabled. Default: `false`.
    ///
    /// A Powertools feature is enabled if its value is not `false`, `null`, `0`, `""`, `[]` or `{}`.
    pub async fn is_enabled(&self, name: &str, context: &(impl ToContext + Sync + ?Sized)) -> bool {
        self.is_enabled_or(name, context, false).await
    }

    /// Returns whether a flag is enabled, or `default` if there is no usable value.
    pub async fn is_enabled_or(&self, name: &str, context: &(impl ToContext + Sync + ?Sized), default: bool) -> bool {
        match self.usable(context).await {
            Some(snapshot) => snapshot.is_enabled_or(name, default),
            None => default,
        }
    }

    /// Returns the value of a flag as a type, or `default` if there is no usable value.
    ///
    /// See [`Snapshot::value`] for the values of AppConfig's own flags.
    pub async fn value<T: DeserializeOwned>(
        &self,
        name: &str,
        context: &(impl ToContext + Sync + ?Sized),
        default: T,
    ) -> T {
        match self.usable(context).await {
            Some(snapshot) => snapshot.value(name, default),
            None => default,
        }
    }

    /// Returns the names of all enabled flags, in the order of the document.
    pub async fn enabled(&self, context: &(impl ToContext + Sync + ?Sized)) -> Vec<String> {
        match self.usable(context).await {
            Some(snapshot) => snapshot.enabled().into_iter().map(str::to_owned).collect(),
            None => Vec::new(),
        }
    }

    /// Reads a struct whose fields are named like flags, all of one version of the document.
    ///
    /// A field without a usable value gets its default: put `#[serde(default)]` on the struct. See [`Snapshot::load`].
    ///
    /// ```
    /// use powertools_lambda_feature_flags::{FeatureFlags, TextSource};
    /// use serde::Deserialize;
    ///
    /// #[derive(Deserialize)]
    /// #[serde(default)]
    /// struct Flags {
    ///     cart: bool,
    ///     max_items: u32,
    /// }
    ///
    /// impl Default for Flags {
    ///     fn default() -> Self {
    ///         Self { cart: false, max_items: 10 }
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let flags = FeatureFlags::new(TextSource::new(r#"{"cart": {"default": true}}"#));
    /// let flags: Flags = flags.load(&()).await;
    /// assert!(flags.cart && flags.max_items == 10);
    /// # }
    /// ```
    pub async fn load<T: DeserializeOwned + Default>(&self, context: &(impl ToContext + Sync + ?Sized)) -> T {
        match self.usable(context).await {
            Some(snapshot) => snapshot.load(),
            None => T::default(),
        }
    }

    /// Returns the current version of the flags with a context, to evaluate several flags alike, or to handle errors.
    ///
    /// # Errors
    ///
    /// Returns an error if the source failed or returned an invalid document before any valid one was read, or if the context
    /// does not serialize to an object.
    pub async fn snapshot<'a>(
        &'a self,
        context: &'a (impl ToContext + Sync + ?Sized),
    ) -> Result<Snapshot<'a>, FlagsError> {
        let context = context.to_context();
        let context = context.map_err(|error| FlagsError::of_context(&self.0.shared.source_name, error))?;
        self.snapshot_of(context).await
    }

    /// Returns the source.
    pub fn source(&self) -> &S {
        &self.0.source
    }

    /// Returns a snapshot, or `None` and a warning if there is no valid document.
    async fn usable<'a>(&'a self, context: &'a (impl ToContext + Sync + ?Sized)) -> Option<Snapshot<'a>> {
        let shared = &self.0.shared;
        let context = context.to_context().unwrap_or_else(|error| {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
            let cause = cause.unwrap_or_default();
            shared.warn(
                format_args!("context"),
                format_args!("{error}{cause}: flags are evaluated without a context"),
            );
            Cow::Owned(EvaluationContext::new())
        });
        let snapshot = self.snapshot_of(context).await;
        snapshot.inspect_err(|error| shared.warn_without_flags(error)).ok()
    }

    async fn snapshot_of<'a>(&'a self, context: Cow<'a, EvaluationContext>) -> Result<Snapshot<'a>, FlagsError> {
        let document = match self.0.source.variation(&context) {
            None => self.0.read(&self.0.document, &context).await,
            Some(variation) => self.0.read(&self.0.variations.cell(variation), &context).await,
        };
        Ok(Snapshot::new(&self.0.shared, document?, context))
    }
}

impl<S: FlagSource> Inner<S> {
    /// Returns the current document, or the last valid one.
    async fn read(&self, cell: &Cell, context: &EvaluationContext) -> Result<Arc<Document>, FlagsError> {
        let clock = self.shared.environment.clock();
        if let Some(error) = cell.recent_failure(clock) {
            return cell.document().ok_or(error);
        }
        match self.source.read(context).await {
            Ok(text) => self.update(cell, &text),
            Err(error) => {
                let error = FlagsError::of_source(&self.shared.source_name, error);
                cell.fail(clock, error.clone());
                let last = cell.document();
                if last.is_some() {
                    self.warn_of_failure(&error);
                }
                last.ok_or(error)
            }
        }
    }

    fn update(&self, cell: &Cell, text: &Arc<str>) -> Result<Arc<Document>, FlagsError> {
        let update = cell.update(text, |text| {
            Document::compile(text, &self.shared.envelope, self.source.format())
        });
        match update {
            Update::Current { document, is_new } => {
                if is_new {
                    self.warn_of_notes(&document);
                }
                Ok(document)
            }
            Update::Refused { last, error, is_new } => {
                if is_new && last.is_some() {
                    self.warn_of_refusal(&error);
                }
                last.ok_or_else(|| FlagsError::of_document(&self.shared.source_name, error))
            }
        }
    }

    fn warn_of_notes(&self, document: &Document) {
        for note in document.notes() {
            self.shared.warn(format_args!("{note}"), format_args!("{note}"));
        }
    }

    fn warn_of_failure(&self, error: &FlagsError) {
        let cause = std::error::Error::source(error).map(ToString::to_string);
        let cause = cause.unwrap_or_default();
        self.shared.warn(
            format_args!("source"),
            format_args!("they could not be read: {cause}: the last valid document stays in use"),
        );
    }

    fn warn_of_refusal(&self, error: &DocumentError) {
        self.shared.warn(
            format_args!("{error}"),
            format_args!("a new document is not valid: {error}: the last valid document stays in use"),
        );
    }
}

impl<S> Clone for FeatureFlags<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> fmt::Debug for FeatureFlags<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeatureFlags")
            .field("source", &self.0.shared.source_name)
            .finish_non_exhaustive()
    }
}

/// Configures [`FeatureFlags`]; see [`FeatureFlags::builder`].
#[must_use = "a builder does nothing until `build` is called"]
pub struct FeatureFlagsBuilder<S> {
    source: S,
    envelope: String,
    telemetry: bool,
    environment: Option<Environment>,
}

impl<S: FlagSource> FeatureFlagsBuilder<S> {
    /// Sets a JSON pointer to the features within the document, such as `/shop/features`. Default: empty, the whole
    /// document.
    pub fn envelope(mut self, pointer: impl Into<String>) -> Self {
        self.envelope = pointer.into();
        self
    }

    /// Sets whether the telemetry of an invocation shows the flags that it evaluates. Default: `false`.
    ///
    /// Each flag with its value is a key `feature_flag_<name>` of all further log records of the invocation, and an
    /// annotation of the current span. A flag that has no usable value is not shown. For a flag of AppConfig, the value
    /// is whether the flag is enabled. An evaluation then costs a few allocations.
    pub fn telemetry(mut self, telemetry: bool) -> Self {
        self.telemetry = telemetry;
        self
    }

    /// Reads the clock of `environment`, and writes warnings to it, for tests. Default: those of the process.
    pub fn environment(mut self, environment: impl Into<Environment>) -> Self {
        self.environment = Some(environment.into());
        self
    }

    /// Creates the handle. Nothing is read yet.
    pub fn build(self) -> FeatureFlags<S> {
        let shared = Shared {
            source_name: self.source.name().to_owned(),
            envelope: self.envelope,
            telemetry: self.telemetry,
            environment: self.environment.unwrap_or_default(),
        };
        FeatureFlags(Arc::new(Inner {
            source: self.source,
            shared,
            document: Cell::default(),
            variations: Variations::default(),
        }))
    }
}

impl<S> fmt::Debug for FeatureFlagsBuilder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeatureFlagsBuilder")
            .field("envelope", &self.envelope)
            .field("telemetry", &self.telemetry)
            .finish_non_exhaustive()
    }
}
