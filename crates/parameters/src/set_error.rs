//! `SetError`, the error of writing a parameter.

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;

use crate::Value;
use crate::error::Chain;

/// The error of a parameter that could not be written.
///
/// The [`source`](Error::source) is the error of the AWS operation, unless its text contains the value: AWS repeats a value
/// that it considers invalid.
pub struct SetError {
    store: &'static str,
    name: Box<str>,
    source: Box<dyn Error + Send + Sync>,
}

impl SetError {
    pub(crate) fn of_sdk<E>(store: &'static str, name: &str, error: SdkError<E, HttpResponse>, value: &Value) -> Self
    where
        E: Error + Send + Sync + 'static,
    {
        let source = error.into_source().unwrap_or_else(|error| error.to_string().into());
        let text = format!("{source:?} {:?}", Chain(Some(&*source)));
        let shown = value
            .as_str()
            .is_ok_and(|value| !value.is_empty() && text.contains(value.escape_debug().to_string().as_str()));
        let source = if shown {
            "the store's message contains the value and is not shown".into()
        } else {
            source
        };
        Self {
            store,
            name: name.into(),
            source,
        }
    }

    /// Returns the parameter's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the store's name, such as `SSM Parameter Store`.
    pub fn store(&self) -> &str {
        self.store
    }
}

impl fmt::Display for SetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot set {:?} in {}", self.name, self.store)
    }
}

impl fmt::Debug for SetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetError")
            .field("store", &self.store)
            .field("name", &self.name)
            .field("source", &Chain(self.source()))
            .finish()
    }
}

impl Error for SetError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
