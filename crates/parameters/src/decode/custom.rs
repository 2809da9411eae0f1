//! `Custom`, which decodes with a function.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::decoding::{Decode, Sealed};
use crate::{DecodeError, Value};

/// Decodes with a function into `Arc<T>`.
#[derive(Clone, Copy)]
pub struct Custom<F>(pub(crate) F);

impl<F> Sealed for Custom<F> {}

impl<F, T, E> Decode for Custom<F>
where
    F: Fn(&Value) -> Result<T, E> + Clone + Send + Sync + 'static,
    T: Send + Sync + 'static,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    type Output = Arc<T>;

    /// Only a function that captures nothing is identified by its type; a capturing one may differ between calls.
    const KEPT: bool = size_of::<F>() == 0;

    fn decode(&self, _name: &str, value: &Value) -> Result<Arc<T>, DecodeError> {
        let made = (self.0)(value);
        made.map(Arc::new)
            .map_err(|error| DecodeError::custom(std::any::type_name::<F>(), error.into()))
    }
}

impl<F> fmt::Debug for Custom<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Custom({})", std::any::type_name::<F>())
    }
}
