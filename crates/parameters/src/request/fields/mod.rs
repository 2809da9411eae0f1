//! `fields::read`, which deserializes a struct from many parameters, each of which is a field.

mod choices;
mod failure;
mod scalar;
#[cfg(test)]
mod tests;
mod text;
mod tree;

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use crate::{DecodeError, Value};
use choices::{Choice, Choices, Form};
use failure::{Failure, Misfit, Refused, Span, recorded};
use tree::{Node, Shared, Tree};

/// The decoding into the struct `T`.
pub(crate) struct Of<T>(PhantomData<fn() -> T>);

impl<T> Of<T> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> fmt::Debug for Of<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Of({})", std::any::type_name::<T>())
    }
}

/// Reads `T` from named values; an error includes the name of the value that caused it, if it was one.
pub(crate) fn read<'v, T: DeserializeOwned>(
    values: impl Iterator<Item = (&'v str, &'v Value)>,
) -> Result<T, (Option<String>, DecodeError)> {
    let values = Values(values.collect());
    values.read().map_err(|failure: Failure| {
        let name = values
            .name_of(&failure)
            .or_else(|| values.name_by_omission::<T>(&failure));
        let name = name.map(str::to_owned).or(failure.path).filter(|name| !name.is_empty());
        let reason = failure.reason;
        let reason = reason.unwrap_or_else(|| format!("not a {}", std::any::type_name::<T>()));
        (name, DecodeError::new("fields", reason))
    })
}

/// How often, at most, a type is read again, in addition to four times for each value: enough for all but contrived untagged
/// enums.
const MORE_ATTEMPTS: usize = 64;

/// All values, by name.
struct Values<'v>(Vec<(&'v str, &'v Value)>);

impl<'v> Values<'v> {
    /// Reads `T` and, while the type refuses a choice, makes another one and reads it again.
    ///
    /// Most types refuse nothing and are read once. If several choices succeed, the last one counts: with it, an untagged enum is
    /// the first variant that fits. If all fail, the failure with the most choices is returned.
    fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        let mut made: Vec<Choice> = Vec::new();
        // For each number of choices, those that led nowhere.
        let mut useless: Vec<Vec<Choice>> = vec![Vec::new()];
        let mut best: Option<(usize, Result<T, Failure>)> = None;
        for _ in 0..MORE_ATTEMPTS + 4 * self.0.len() {
            let (result, wishes) = self.attempt::<T>(&Choices::of(&made), None);
            let failed = result.is_err();
            let is_better = match &best {
                Some((_, Ok(_))) => !failed,
                Some((choices, Err(_))) => !failed || made.len() > *choices,
                None => true,
            };
            if is_better {
                best = Some((made.len(), result));
            }
            let is_new = |wish: &Choice| !made.contains(wish) && !useless.iter().flatten().any(|there| there == wish);
            match wishes.into_iter().find(is_new) {
                Some(wish) => {
                    made.push(wish);
                    useless.push(Vec::new());
                }
                None if failed && !made.is_empty() => {
                    useless.pop();
                    useless
                        .last_mut()
                        .into_iter()
                        .for_each(|useless| useless.extend(made.pop()));
                }
                None => break,
            }
        }
        // It was set by the first attempt.
        best.map_or_else(|| Err(Failure::default()), |(_, result)| result)
    }

    /// Reads `T` once, without the value at `omitted`; also returns the choices that might make it succeed.
    fn attempt<T: DeserializeOwned>(
        &self,
        choices: &Choices,
        omitted: Option<usize>,
    ) -> (Result<T, Failure>, Vec<Choice>) {
        let mut root = Node::default();
        for (at, (name, value)) in self.0.iter().enumerate() {
            if omitted != Some(at) {
                root.put(name, value);
            }
        }
        let shared = Shared {
            choices,
            wishes: RefCell::default(),
            maps: RefCell::default(),
        };
        let tree = Tree {
            node: &root,
            path: String::new(),
            is_entry: false,
            shared: &shared,
        };
        let (result, misfits) = recorded(|| T::deserialize(tree));
        let mut wishes = shared.wishes.into_inner();
        for misfit in misfits {
            match misfit.refused {
                Refused::Text(text) => wishes.extend(self.form_of(text, &misfit)),
                // It is not known which of them was refused.
                Refused::Map => wishes.extend(shared.maps.borrow().iter().cloned().map(Choice::Unsplit)),
            }
        }
        (result, wishes)
    }

    fn form_of(&self, span: Span, misfit: &Misfit) -> Option<Choice> {
        let mut texts = self.0.iter().filter_map(|(name, value)| {
            let in_value = value.as_str().ok().and_then(|text| span.within(text));
            let in_value = in_value.map(|text| (text, value.is_list()));
            in_value.or_else(|| span.within(name).map(|name| (name, false)))
        });
        let (text, is_list) = texts.next()?;
        Form::of(text, is_list, &misfit.expected).map(|form| Choice::Form(span, form))
    }

    /// Returns the name of the value that a type refused.
    fn name_of(&self, failure: &Failure) -> Option<&'v str> {
        let span = failure.text?;
        let is_refused = |value: &Value| value.as_str().is_ok_and(|text| span.within(text).is_some());
        self.0
            .iter()
            .find(|(_, value)| is_refused(value))
            .map(|(name, _)| *name)
    }

    /// Returns the name of the only value whose omission changes the failure.
    fn name_by_omission<T: DeserializeOwned>(&self, failure: &Failure) -> Option<&'v str> {
        if !failure.is_custom || failure.path.as_deref().is_some_and(|path| !path.is_empty()) {
            return None;
        }
        let makes_a_difference = |at: &usize| {
            let (result, _) = self.attempt::<T>(&Choices::default(), Some(*at));
            result.map_or_else(|without| without.reason != failure.reason, |_| true)
        };
        let mut names = (0..self.0.len()).filter(makes_a_difference);
        let only = names.next().filter(|_| names.next().is_none())?;
        self.0.get(only).map(|(name, _)| *name)
    }
}
