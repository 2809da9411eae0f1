//! `source_of`, the source of an event whose records each name it.

/// Returns an expected source if any record names one, else the first that a record names.
///
/// So a single record with an odd source does not change the source of its batch.
pub(crate) fn source_of<'a>(expected: &[&str], named: impl Iterator<Item = Option<&'a str>>) -> Option<&'a str> {
    let mut named = named.flatten();
    let first = named.next()?;
    if expected.contains(&first) {
        return Some(first);
    }
    named.find(|source| expected.contains(source)).or(Some(first))
}
