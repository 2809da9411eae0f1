//! `GetError`, `GetManyError`, `ProviderError` and `DecodeError`: the errors of reading parameters.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::str::Utf8Error;
use std::sync::Arc;

type BoxError = Box<dyn Error + Send + Sync>;

/// The error of a parameter that could not be read.
///
/// Its texts contain the parameter's name and the store, never the value. The [`source`](Error::source) is the error of
/// the store's client (for AWS, the error of the operation, such as
/// `aws_sdk_ssm::operation::get_parameter::GetParameterError`) or the [`DecodeError`]. The raw HTTP response is not kept,
/// because a response that could not be parsed may contain the value.
///
/// It is cheap to clone: all requests that shared a call get the same error.
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

    /// Returns the transform that failed, such as `json`, if the value could not be decoded.
    pub fn transform(&self) -> Option<&str> {
        let source = self.0.source.as_deref()?.downcast_ref::<DecodeError>()?;
        Some(&source.transform)
    }

    /// Returns whether the store does not have the parameter.
    pub fn is_not_found(&self) -> bool {
        self.0.kind == Kind::NotFound
    }

    /// Returns whether the function's role, a resource policy or a KMS key does not allow the read.
    pub fn is_access_denied(&self) -> bool {
        self.0.kind == Kind::AccessDenied
    }

    /// Returns whether the store was unavailable: throttling, a server fault, a timeout, a failed connection, or an answer that
    /// is not understood.
    ///
    /// By then, the SDK has already retried the call.
    pub fn is_unavailable(&self) -> bool {
        self.0.kind == Kind::Unavailable
    }

    /// Returns whether the value was read but could not be decoded.
    pub fn is_decode(&self) -> bool {
        self.0.kind == Kind::Transform
    }
}

impl fmt::Display for GetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { store, name, kind, .. } = &*self.0;
        let reason = match kind {
            Kind::NotFound => return write!(f, "parameter {name:?} not found in {store}"),
            Kind::AccessDenied => "access denied",
            Kind::Unavailable => "the store is unavailable",
            Kind::Refused => "the store refused the request",
            Kind::Unsupported => "not supported by this store",
            Kind::Panicked => "the provider panicked",
            Kind::Transform => "the value cannot be decoded",
        };
        write!(f, "cannot get {name:?} from {store}: {reason}")
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

/// Prints errors with their `Display`: the `Debug` of a foreign error may show a response that it could not read.
pub(crate) struct Chain<'a>(pub(crate) Option<&'a (dyn Error + 'static)>);

impl fmt::Debug for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The error of a user's transform is left out, because many show the text that they could not read.
        let causes = std::iter::successors(self.0, |&error| {
            let is_decode = error.is::<DecodeError>();
            if is_decode { None } else { error.source() }
        });
        f.debug_list().entries(causes.map(ToString::to_string)).finish()
    }
}

/// The error of several parameters that could not be read, with an error for each.
#[derive(Debug)]
pub struct GetManyError(Vec<GetError>);

impl GetManyError {
    pub(crate) fn new(errors: Vec<GetError>) -> Self {
        Self(errors)
    }

    /// Returns the errors, at least one, in the order of the requested names.
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

/// The error of a [`Provider`](crate::Provider), from which the [`GetError`] is made.
pub struct ProviderError {
    kind: Kind,
    source: Option<Source>,
}

/// Shared, because one call can fail for many names.
type Source = Arc<dyn Error + Send + Sync>;

impl ProviderError {
    /// Creates an error for a parameter that the store does not have.
    ///
    /// It is cached for a short time ([`failure_age`](crate::ParametersBuilder::failure_age)), so that a missing name
    /// does not cost a call each time.
    pub fn not_found() -> Self {
        Self::new(Kind::NotFound, None)
    }

    /// Creates an error for a read that is not allowed.
    pub fn access_denied(source: impl Into<BoxError>) -> Self {
        Self::new(Kind::AccessDenied, Some(source.into()))
    }

    /// Creates an error for a store that is unavailable: throttling, a fault, a timeout, a failed connection.
    ///
    /// With [`stale_if_error`](crate::ParametersBuilder::stale_if_error), an older value replaces it.
    pub fn unavailable(source: impl Into<BoxError>) -> Self {
        Self::new(Kind::Unavailable, Some(source.into()))
    }

    /// Creates an error for a request that the store refused.
    pub fn refused(source: impl Into<BoxError>) -> Self {
        Self::new(Kind::Refused, Some(source.into()))
    }

    /// Creates an error for an operation that the store does not support, such as lists.
    pub fn unsupported() -> Self {
        Self::new(Kind::Unsupported, None)
    }

    /// Sets the underlying error, such as that of the store's client.
    #[must_use = "`with_source` returns the changed error"]
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

/// The error of a value that could not be decoded. Its texts contain the transform and the reason, never the value.
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
