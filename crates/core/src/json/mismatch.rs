//! [`mismatch`] and [`mismatch_at`], which reduce the text of a serde error to what can be shown.

/// Returns the part of a serde error's text that comes from the type, or `None` if all of it may come from the value, which may
/// be confidential.
///
/// `error` is the text without the line and the column.
///
/// ```
/// use powertools_lambda_core::json;
///
/// let shown = json::mismatch("invalid type: string \"hunter2\", expected u32");
/// assert_eq!(shown.as_deref(), Some("invalid type, expected u32"));
/// assert_eq!(json::mismatch("missing field `id`").as_deref(), Some("missing field `id`"));
/// assert_eq!(json::mismatch("the card 4711 is blocked"), None);
/// ```
pub fn mismatch(error: &str) -> Option<String> {
    if error.starts_with("missing field `") || error.starts_with("duplicate field `") {
        return Some(error.to_owned());
    }
    let kinds = [
        "invalid type",
        "invalid value",
        "invalid length",
        "unknown variant",
        "unknown field",
    ];
    let kind = kinds.into_iter().find(|kind| error.starts_with(kind))?;
    let (_, expected) = error.rsplit_once(", expected ")?;
    Some(format!("{kind}, expected {expected}"))
}

/// Returns the text of a serde error with its line and column, but without the value.
///
/// `error` is the whole text as `serde_json` writes it, with the line and the column at its end.
///
/// ```
/// use powertools_lambda_core::json;
///
/// let error = serde_json::from_str::<u32>("\"hunter2\"").unwrap_err();
/// let shown = json::mismatch_at(&error.to_string(), error.line(), error.column());
/// assert_eq!(shown, "invalid type, expected u32 at line 1 column 9");
/// ```
pub fn mismatch_at(error: &str, line: usize, column: usize) -> String {
    let place = format!(" at line {line} column {column}");
    let what = mismatch(error.strip_suffix(&place).unwrap_or(error));
    what.unwrap_or_else(|| "a value is not what its type expects".to_owned()) + &place
}
