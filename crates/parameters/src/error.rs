//! What can go wrong when a parameter is read.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::str::Utf8Error;
use std::sync::Arc;

type BoxError = Box<dyn Error + Send + Sync>;

/// A parameter could not be read: which one, in which store, and why.
///
/// Its texts name the parameter, never its value. The source is what the store's client reported (for AWS the
/// operation's own error, such as `aws_sdk_ssm::operation::get_parameter::GetParameterError`), or the
/// [`DecodeError`]. The raw HTTP response is not kept: an answer that could not be parsed may contain the value.
///
/// A cheap handle: everyone who waited for the same call gets the same error.
#[derive(Clone)]
pub struct GetError(Arc<Inner>);

struct Inner {
    store: &'static str,
    name: Box<str>,
    kind: Kind,
    source: Option<Source>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    NotFound,
    AccessDenied,
    Unavailable,
    Refused,
    Unsupported,
    Panicked,
    Transform,
}

impl GetError {
    pub(crate) fn of_provider(store: &'static str, name: &str, error: ProviderError) -> Self {
        Self(Arc::new(Inner {
            store,
            name: name.into(),
            kind: error.kind,
            source: error.source,
        }))
    }

    pub(crate) fn of_transform(store: &'static str, name: &str, error: DecodeError) -> Self {
        Self(Arc::new(Inner {
            store,
            name: name.into(),
            kind: Kind::Transform,
            source: Some(Arc::new(error)),
        }))
    }

    /// Returns the parameter's name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Returns the store's name, such as `SSM Parameter Store`.
    pub fn store(&self) -> &str {
        self.0.store
    }

    /// Returns the transform that failed, such as `json`.
    pub fn transform(&self) -> Option<&str> {
        let source = self.0.source.as_deref()?.downcast_ref::<DecodeError>()?;
        Some(&source.transform)
    }

    /// Returns whether the store has no such parameter.
    pub fn is_not_found(&self) -> bool {
        self.0.kind == Kind::NotFound
    }

    /// Returns whether the function may not read it: its role, a resource policy or a KMS key says so.
    pub fn is_access_denied(&self) -> bool {
        self.0.kind == Kind::AccessDenied
    }

    /// Returns whether the store could not be reached or could not answer now: throttling, a fault of its own, a
    /// timeout, a connection that failed. The SDK's retries are over by then.
    pub fn is_unavailable(&self) -> bool {
        self.0.kind == Kind::Unavailable
    }

    /// Returns whether the value came but could not be decoded.
    pub fn is_decode(&self) -> bool {
        self.0.kind == Kind::Transform
    }
}

impl fmt::Display for GetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { store, name, kind, .. } = &*self.0;
        write!(f, "cannot get {name:?} from {store}: ")?;
        f.write_str(match kind {
            Kind::NotFound => "there is none",
            Kind::AccessDenied => "access denied",
            Kind::Unavailable => "the store could not answer",
            Kind::Refused => "the store refused",
            Kind::Unsupported => "the store cannot do that",
            Kind::Panicked => "the provider panicked",
            Kind::Transform => "the value cannot be decoded",
        })
    }
}

impl fmt::Debug for GetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetError")
            .field("store", &self.0.store)
            .field("name", &self.0.name)
            .field("kind", &self.0.kind)
            .field("source", &Chain(self.source()))
            .finish()
    }
}

impl Error for GetError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

/// Prints errors by their `Display`: the `Debug` of a foreign error may show the answer it could not read.
pub(crate) struct Chain<'a>(pub(crate) Option<&'a (dyn Error + 'static)>);

impl fmt::Debug for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Nor is the error of a caller's own transform shown: many show what they could not read.
        let causes = std::iter::successors(self.0, |&error| {
            let is_decode = error.is::<DecodeError>();
            if is_decode { None } else { error.source() }
        });
        f.debug_list().entries(causes.map(ToString::to_string)).finish()
    }
}

/// Several parameters could not be read; each with its own error.
#[derive(Debug)]
pub struct GetManyError(Vec<GetError>);

impl GetManyError {
    pub(crate) fn new(errors: Vec<GetError>) -> Self {
        Self(errors)
    }

    /// Returns the error of each parameter that could not be read, in the order asked for; there is at least one.
    pub fn errors(&self) -> &[GetError] {
        &self.0
    }
}

impl fmt::Display for GetManyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [error] => error.fmt(f),
            errors => {
                let store = errors.first().map_or("the store", GetError::store);
                let names: Vec<_> = errors.iter().map(GetError::name).collect();
                write!(f, "cannot get {} parameters from {store}: {names:?}", errors.len())
            }
        }
    }
}

impl Error for GetManyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self.0.as_slice() {
            [error] => error.source(),
            errors => errors.first().map(|error| error as &(dyn Error + 'static)),
        }
    }
}

/// Why a [`Provider`](crate::Provider) could not answer.
pub struct ProviderError {
    kind: Kind,
    source: Option<Source>,
}

/// Shared, because one call may fail for many names.
type Source = Arc<dyn Error + Send + Sync>;

impl ProviderError {
    /// The store has no such parameter. It is remembered for a short while, so that a missing name costs one call.
    pub fn not_found() -> Self {
        Self::new(Kind::NotFound, None)
    }

    /// The function may not read it.
    pub fn access_denied(source: impl Into<BoxError>) -> Self {
        Self::new(Kind::AccessDenied, Some(source.into()))
    }

    /// The store could not be reached or cannot answer now; an older value may take its place, where that is allowed.
    pub fn unavailable(source: impl Into<BoxError>) -> Self {
        Self::new(Kind::Unavailable, Some(source.into()))
    }

    /// The store answered that it will not.
    pub fn refused(source: impl Into<BoxError>) -> Self {
        Self::new(Kind::Refused, Some(source.into()))
    }

    /// The store has nothing of the kind that was asked for, such as lists.
    pub fn unsupported() -> Self {
        Self::new(Kind::Unsupported, None)
    }

    /// Adds what the store's client reported.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }

    pub(crate) fn panicked(message: String) -> Self {
        Self::new(Kind::Panicked, Some(message.into()))
    }

    #[cfg(any(feature = "ssm", feature = "secrets"))]
    pub(crate) fn is_unavailable(&self) -> bool {
        self.kind == Kind::Unavailable
    }

    /// Returns the same error for another name of the same call.
    #[cfg(any(feature = "ssm", feature = "secrets"))]
    pub(crate) fn again(&self) -> Self {
        Self {
            kind: self.kind,
            source: self.source.clone(),
        }
    }

    fn new(kind: Kind, source: Option<BoxError>) -> Self {
        Self {
            kind,
            source: source.map(Arc::from),
        }
    }
}

impl fmt::Debug for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = self.source.as_deref().map(|source| source as &(dyn Error + 'static));
        f.debug_struct("ProviderError")
            .field("kind", &self.kind)
            .field("source", &Chain(source))
            .finish()
    }
}

/// A value that could not be decoded: by which transform, and why. Its texts never show the value.
pub struct DecodeError {
    transform: Cow<'static, str>,
    reason: String,
    source: Option<BoxError>,
}

impl DecodeError {
    pub(crate) fn new(transform: impl Into<Cow<'static, str>>, reason: impl Into<String>) -> Self {
        Self {
            transform: transform.into(),
            reason: reason.into(),
            source: None,
        }
    }

    pub(crate) fn not_text(error: Utf8Error) -> Self {
        Self::new("text", error.to_string())
    }

    pub(crate) fn custom(transform: &'static str, source: BoxError) -> Self {
        Self {
            transform: transform.into(),
            reason: "it failed".to_owned(),
            source: Some(source),
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "transform {}: {}", self.transform, self.reason)
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecodeError")
            .field("transform", &self.transform)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

impl Error for DecodeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
