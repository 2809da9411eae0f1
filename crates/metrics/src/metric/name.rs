//! `MetricName`, the name of a metric.

use std::borrow::Cow;

use crate::limits::is_reserved;
use crate::warning::Warning;

/// The name of a metric: 1 to 255 characters without control characters, not blank.
///
/// `_aws`, `level` and `timestamp` are reserved by the format. White space around a name is removed.
///
/// A name declared as a constant is checked by the compiler:
///
/// ```
/// use powertools_lambda_metrics::MetricName;
/// const ORDERS_PLACED: MetricName = MetricName::new("OrdersPlaced");
/// ```
///
/// ```compile_fail
/// use powertools_lambda_metrics::MetricName;
/// const EMPTY: MetricName = MetricName::new("");
/// ```
///
/// Other names are checked at their first use: if a name is invalid, its values are dropped, with one warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricName {
    text: Cow<'static, str>,
}

/// The maximum length of a name in CloudWatch, in characters.
const MAX_CHARS: usize = 255;

impl MetricName {
    /// Creates a name.
    ///
    /// # Panics
    ///
    /// Panics if the name is invalid; in a constant, the code does not compile.
    pub const fn new(text: &'static str) -> Self {
        assert!(
            is_valid(text),
            "invalid metric name: it must have 1 to 255 characters, not be blank and have no control characters"
        );
        Self {
            text: Cow::Borrowed(text.trim_ascii()),
        }
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the name without white space around it, or a warning if it is invalid.
    pub(crate) fn check(&self) -> Result<&str, Warning> {
        let text = self.text.trim();
        if is_reserved(text) {
            Err(Warning::Reserved(text.to_owned()))
        } else if is_valid(text) {
            Ok(text)
        } else {
            Err(Warning::Name(text.to_owned()))
        }
    }

    /// Returns the name as a metric stores it.
    pub(crate) fn to_text(&self) -> Cow<'static, str> {
        match &self.text {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        }
    }
}

impl From<&'static str> for MetricName {
    fn from(text: &'static str) -> Self {
        Self {
            text: Cow::Borrowed(text),
        }
    }
}

impl From<String> for MetricName {
    fn from(text: String) -> Self {
        Self { text: Cow::Owned(text) }
    }
}

impl From<Cow<'static, str>> for MetricName {
    fn from(text: Cow<'static, str>) -> Self {
        Self { text }
    }
}

const fn is_valid(text: &str) -> bool {
    let bytes = text.trim_ascii().as_bytes();
    let (mut chars, mut at) = (0, 0);
    while at < bytes.len() {
        // Every byte except UTF-8 continuation bytes begins a character.
        if bytes[at] & 0xc0 != 0x80 {
            chars += 1;
        }
        if bytes[at].is_ascii_control() || is_line_separator(bytes, at) {
            return false;
        }
        at += 1;
    }
    chars >= 1 && chars <= MAX_CHARS
}

/// Returns whether U+2028 or U+2029 begins here, which the patterns of the format do not match.
const fn is_line_separator(bytes: &[u8], at: usize) -> bool {
    at + 2 < bytes.len() && bytes[at] == 0xe2 && bytes[at + 1] == 0x80 && bytes[at + 2] | 1 == 0xa9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_1_to_255_characters_and_is_not_blank() {
        for good in ["a", "Orders placed", " a ", "ß", "\u{2027}", &"ß".repeat(255)] {
            assert!(MetricName::from(good.to_owned()).check().is_ok(), "{good}");
        }
        for bad in [
            "",
            " ",
            "\t\n",
            "\u{a0}",
            "a\nb",
            "\u{7f}",
            "a\u{2028}b",
            "_aws",
            " level",
            &"a".repeat(256),
        ] {
            assert!(MetricName::from(bad.to_owned()).check().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn white_space_around_a_name_is_removed() {
        const PADDED: MetricName = MetricName::new(" Orders ");
        assert_eq!(PADDED.as_str(), "Orders");
        for name in [
            MetricName::from(" Orders\t"),
            MetricName::from("\u{a0}Orders".to_owned()),
        ] {
            assert_eq!(name.check(), Ok("Orders"));
            assert_eq!(name.to_text(), "Orders");
        }
    }
}
