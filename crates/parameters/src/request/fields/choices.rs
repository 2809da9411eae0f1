//! `Choices`, which say how texts are read if serde asks for "any" form, and which names are not split.

use std::collections::{BTreeSet, HashMap};

use super::failure::Span;
use super::scalar::Scalar;

/// How to read values whose form the type does not say.
///
/// serde buffers the fields of flattened structs, and of tagged and untagged enums, before it knows their types. They are
/// read as text at first. If a type refuses a text, the choice for that text changes, and everything is read again.
#[derive(Debug, Default)]
pub(super) struct Choices {
    forms: HashMap<Span, Form>,
    unsplit: BTreeSet<String>,
}

/// The form of a text that is not read as text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Form {
    Scalar(Scalar),
    List,
    Json,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Choice {
    Form(Span, Form),
    /// The names below this name are entries of the map that contains it, and not a map of their own.
    Unsplit(String),
}

impl Choices {
    pub(super) fn of(choices: &[Choice]) -> Self {
        let mut all = Self::default();
        for choice in choices {
            match choice {
                Choice::Form(text, form) => drop(all.forms.insert(*text, *form)),
                Choice::Unsplit(path) => drop(all.unsplit.insert(path.clone())),
            }
        }
        all
    }

    pub(super) fn form(&self, text: &str) -> Option<Form> {
        self.forms.get(&Span::of(text)).copied()
    }

    /// Returns whether this name, or one above it, is not split.
    pub(super) fn is_unsplit(&self, path: &str) -> bool {
        let mut ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        ends.any(|end| path.get(..end).is_some_and(|name| self.unsplit.contains(name)))
    }
}

impl Form {
    /// Returns the form of a text for a type that takes `expected` instead of text; `None` if the text does not fit.
    pub(super) fn of(text: &str, is_list: bool, expected: &str) -> Option<Self> {
        let integer = |fits: bool| if fits { Scalar::integer(text) } else { None };
        let trimmed = text.trim();
        let scalar = match expected {
            "a boolean" => Scalar::flag(text),
            "f32" => Scalar::float(text),
            "f64" => Scalar::double(text),
            "i8" => integer(trimmed.parse::<i8>().is_ok()),
            "i16" => integer(trimmed.parse::<i16>().is_ok()),
            "i32" => integer(trimmed.parse::<i32>().is_ok()),
            "i64" => integer(trimmed.parse::<i64>().is_ok()),
            "isize" => integer(trimmed.parse::<isize>().is_ok()),
            "u8" => integer(trimmed.parse::<u8>().is_ok()),
            "u16" => integer(trimmed.parse::<u16>().is_ok()),
            "u32" => integer(trimmed.parse::<u32>().is_ok()),
            "u64" => integer(trimmed.parse::<u64>().is_ok()),
            "usize" => integer(trimmed.parse::<usize>().is_ok()),
            _ => Scalar::integer(text).or_else(|| Scalar::double(text)),
        };
        let is_json = trimmed.starts_with(['{', '[']);
        match scalar {
            _ if is_list && (expected.contains("a sequence") || expected.contains("a tuple")) && !is_json => {
                Some(Self::List)
            }
            Some(scalar) => Some(Self::Scalar(scalar)),
            None => is_json.then_some(Self::Json),
        }
    }
}
