//! Evaluates the `cfg` attributes of an item.

use syn::punctuated::Punctuated;
use syn::{Attribute, Item, Meta, Token};

/// Returns whether one of the attributes is a `cfg` that holds only if `atom` does.
pub(super) fn requires(attributes: &[Attribute], atom: &impl Fn(&Meta) -> bool) -> bool {
    let mut conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    conditions.any(|attribute| attribute.parse_args().is_ok_and(|predicate| implies(&predicate, atom)))
}

/// Returns whether the predicate holds only if `atom` does: `atom`, `all(atom, …)`, `any(atom, atom)`.
pub(super) fn implies(predicate: &Meta, atom: &impl Fn(&Meta) -> bool) -> bool {
    if atom(predicate) {
        return true;
    }
    let Meta::List(list) = predicate else { return false };
    let Ok(parts) = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated) else {
        return false;
    };
    (list.path.is_ident("all") && parts.iter().any(|part| implies(part, atom)))
        || (list.path.is_ident("any") && !parts.is_empty() && parts.iter().all(|part| implies(part, atom)))
}

/// Returns the attributes of an item.
pub(super) fn of_item(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_implied_only_where_it_must_hold() {
        let unix = |predicate: &Meta| predicate.path().is_ident("unix");
        let implied = |text: &str| implies(&syn::parse_str(text).unwrap(), &unix);
        for yes in ["unix", "all(unix, test)", "any(unix, all(test, unix))"] {
            assert!(implied(yes), "{yes}");
        }
        for no in [
            "windows",
            "not(unix)",
            "any(unix, test)",
            "any()",
            "all()",
            "feature = \"unix\"",
        ] {
            assert!(!implied(no), "{no}");
        }
    }
}
