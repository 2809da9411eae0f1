//! `Failure`, why a struct could not be read, and `Misfit`, a text that a type refused.

use std::cell::RefCell;
use std::fmt;

use serde::de::{Expected, Unexpected};

/// Why a field could not be read.
#[derive(Debug, Default)]
pub(super) struct Failure {
    /// `None` if the reason might contain the value.
    pub(super) reason: Option<String>,
    /// The text that was refused.
    pub(super) text: Option<Span>,
    /// The name that was being read.
    pub(super) path: Option<String>,
    /// Whether the type itself gave the reason, and not serde's code for all types.
    pub(super) is_custom: bool,
}

/// A text, identified by its place in memory: serde passes borrowed text on unchanged, but does not say where it came
/// from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Span {
    start: usize,
    length: usize,
}

/// A text, or names, that a type refused, perhaps without an error: an untagged enum tries one variant after the other.
#[derive(Debug)]
pub(super) struct Misfit {
    pub(super) refused: Refused,
    /// What the type expects.
    pub(super) expected: String,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Refused {
    Text(Span),
    Map,
}

thread_local! {
    /// The misfits of the read that runs on this thread; serde creates errors without a context.
    static MISFITS: RefCell<Vec<Misfit>> = const { RefCell::new(Vec::new()) };
}

/// Calls `read`, and returns its misfits in the order in which they occurred.
pub(super) fn recorded<R>(read: impl FnOnce() -> R) -> (R, Vec<Misfit>) {
    /// Restores the misfits of an outer read, also if a user's `Deserialize` panics.
    struct Outer(Vec<Misfit>);
    impl Drop for Outer {
        fn drop(&mut self) {
            MISFITS.replace(std::mem::take(&mut self.0));
        }
    }
    let _outer = Outer(MISFITS.take());
    let result = read();
    (result, MISFITS.take())
}

impl Failure {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: Some(reason.into()),
            ..Self::default()
        }
    }

    /// Sets the text that was refused, if none is set.
    pub(super) fn of_text(mut self, text: &str) -> Self {
        self.text.get_or_insert(Span::of(text));
        self
    }

    /// Sets the name that was being read, if none is set.
    pub(super) fn at_path(mut self, path: &str) -> Self {
        self.path.get_or_insert_with(|| path.to_owned());
        self
    }

    fn expected(unexpected: &Unexpected<'_>, expected: &dyn Expected) -> Self {
        let refused = match unexpected {
            Unexpected::Str(text) => Some(Refused::Text(Span::of(text))),
            Unexpected::Map => Some(Refused::Map),
            _ => None,
        };
        let mut failure = Self::new(format!("expected {expected}"));
        if let Some(refused) = refused {
            if let Refused::Text(text) = refused {
                failure.text = Some(text);
            }
            let expected = expected.to_string();
            MISFITS.with_borrow_mut(|misfits| misfits.push(Misfit { refused, expected }));
        }
        failure
    }
}

impl Span {
    pub(super) fn of(text: &str) -> Self {
        Self {
            start: text.as_ptr().addr(),
            length: text.len(),
        }
    }

    /// Returns this text, if it is part of `whole`.
    pub(super) fn within(self, whole: &str) -> Option<&str> {
        let start = self.start.checked_sub(whole.as_ptr().addr())?;
        whole.get(start..start.checked_add(self.length)?)
    }
}

impl serde::de::Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Self {
        let message = message.to_string();
        // serde's own text, about types that it buffers before it knows the type of the field.
        let of_serde = ["i128 is not supported", "u128 is not supported"].contains(&message.as_str());
        Self {
            reason: of_serde.then(|| format!("{message} in flattened structs, and in tagged and untagged enums")),
            is_custom: true,
            ..Self::default()
        }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("missing field `{field}`"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("duplicate field `{field}`"))
    }

    fn unknown_field(_field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("unknown field, expected one of {expected:?}"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("expected one of {expected:?}")).of_text(variant)
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(&unexpected, expected)
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(&unexpected, expected)
    }

    fn invalid_length(_length: usize, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {expected}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason.as_deref().unwrap_or("the value does not fit"))
    }
}

impl std::error::Error for Failure {}
