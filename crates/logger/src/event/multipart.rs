//! `value`, which finds the secrets of multipart forms.

use std::ops::Range;

use memchr::memmem;
use powertools_lambda_core::json::Text;

use super::names::Names;
use super::siblings::MAX_NAME;

/// Returns the place of a part's value in `after`, the text after the part's name, if the name is that of a secret.
///
/// `before` ends in `name=`, without an opening quote; `name` is without quotes.
pub(super) fn value(names: &Names, before: &[u8], name: Text<'_>, after: &[u8]) -> Option<Range<usize>> {
    if !before.ends_with(b"name=") {
        return None;
    }
    let mut text = String::new();
    if !name.unescape(&mut text, MAX_NAME) || !names.contains_in_form(text.as_bytes()) {
        return None;
    }
    let starts = [&b"\r\n\r\n"[..], b"\n\n"];
    let start = starts
        .iter()
        .find_map(|blank| Some(memmem::find(after, blank)? + blank.len()))?;
    let ends = [&b"\r\n--"[..], b"\n--"];
    let end = ends.iter().find_map(|boundary| memmem::find(&after[start..], boundary));
    Some(start..end.map_or(after.len(), |length| start + length))
}
