//! `Decode`, the trait of the forms of a value.

use crate::{DecodeError, Value};

/// The form in which a request returns a value.
///
/// The trait is sealed. For a custom form, pass a function to [`Get::transform`](crate::request::Get::transform).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a form of a parameter",
    label = "not a form of a parameter",
    note = "set the form with a method of the request: `.text()`, `.secret()`, `.bytes()`, `.json::<T>()`, `.base64()`, `.auto()` or `.transform(function)`",
    note = "`Decode` is sealed; for a custom form, pass a function to `.transform(..)`"
)]
pub trait Decode: Sealed + Clone + Send + Sync + 'static {
    /// The type that the request returns. It is cached with the value and cloned for each caller.
    type Output: Clone + Send + Sync + 'static;

    /// Whether the output is cached.
    #[doc(hidden)]
    const KEPT: bool = true;

    #[doc(hidden)]
    fn decode(&self, name: &str, value: &Value) -> Result<Self::Output, DecodeError>;
}

/// Prevents other crates from implementing [`Decode`].
#[expect(unnameable_types, reason = "the trait is sealed because other crates cannot name it")]
pub trait Sealed {}
