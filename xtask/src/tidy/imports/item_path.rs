//! [`ItemPath`]: the segments of a path to an item.

use syn::ext::IdentExt;

/// A path in the source: `crate::a::b`, `super::x`, `Vec`.
#[derive(Clone, Debug)]
pub(super) struct ItemPath {
    /// Whether it begins with `::`, as only another crate's path does.
    pub(super) is_external: bool,
    pub(super) segments: Vec<String>,
}

impl ItemPath {
    pub(super) fn of_name(name: String) -> Self {
        Self {
            is_external: false,
            segments: vec![name],
        }
    }
}

impl From<&syn::Path> for ItemPath {
    fn from(path: &syn::Path) -> Self {
        Self {
            is_external: path.leading_colon.is_some(),
            segments: path.segments.iter().map(|segment| text(&segment.ident)).collect(),
        }
    }
}

/// Returns a name without the `r#` of a raw identifier.
pub(super) fn text(ident: &syn::Ident) -> String {
    ident.unraw().to_string()
}
