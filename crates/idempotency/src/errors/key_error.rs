//! [`KeyError`], why a key cannot be used.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// Why a key cannot be used. Its text never contains the key's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyError(Cow<'static, str>);

impl KeyError {
    pub(crate) fn not_json(error: &serde_json::Error) -> Self {
        Self(format!("the idempotency key cannot be written as JSON: {error}").into())
    }

    pub(crate) fn unreadable(reason: &str) -> Self {
        Self(format!("the idempotency key cannot be hashed: {reason}").into())
    }

    pub(crate) fn missing() -> Self {
        let text = "the idempotency key is missing: the event has no value to recognise a repeated request by; check the \
                    selected fields, or set `MissingKeyPolicy::Run`";
        Self(text.into())
    }

    pub(crate) fn pointer(pointer: &str) -> Self {
        Self(format!("{pointer:?} is not a JSON pointer: begin it with a slash, such as \"/body/id\"").into())
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for KeyError {}
