//! Evaluates the attributes of code.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

use crate::tidy::cfg;

/// Returns whether the code exists in tests only: `#[test]`, `#[cfg(test)]`, `#[cfg(all(test, …))]`.
pub(super) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let path = attribute.path();
        if path.is_ident("cfg") {
            attribute
                .parse_args()
                .is_ok_and(|predicate| cfg::implies(&predicate, &|atom| atom.path().is_ident("test")))
        } else {
            path.segments.last().is_some_and(|last| last.ident == "test")
        }
    })
}

/// Returns the file that `#[path = "…"]` names.
pub(super) fn path(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text), ..
            }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })
}

pub(super) fn has(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident(name))
}
