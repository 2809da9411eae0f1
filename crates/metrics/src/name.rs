//! What a metric is called.

use std::borrow::Cow;

/// The name of a metric: 1 to 255 characters, not all of them white space.
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
/// Text is checked when it is first used: a bad name costs one warning, and its values are dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricName {
    text: Cow<'static, str>,
}

/// The longest name CloudWatch takes, in characters.
const MAX_CHARS: usize = 255;

impl MetricName {
    /// Creates a name.
    ///
    /// # Panics
    ///
    /// Panics when the name is not valid: in a constant, that is an error of the compiler.
    pub const fn new(text: &'static str) -> Self {
        assert!(
            is_valid(text),
            "a metric name has 1 to 255 characters, not all of them white space"
        );
        Self {
            text: Cow::Borrowed(text),
        }
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_valid(&self) -> bool {
        is_valid(&self.text)
    }

    pub(crate) fn into_text(self) -> Cow<'static, str> {
        self.text
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
    let bytes = text.as_bytes();
    let (mut chars, mut blank, mut at) = (0, true, 0);
    while at < bytes.len() {
        // Every byte but UTF-8's continuations begins a character.
        if bytes[at] & 0xc0 != 0x80 {
            chars += 1;
        }
        if !bytes[at].is_ascii_whitespace() {
            blank = false;
        }
        at += 1;
    }
    !blank && chars <= MAX_CHARS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_1_to_255_characters_and_is_not_blank() {
        for good in ["a", "Orders placed", "ß", &"ß".repeat(255)] {
            assert!(is_valid(good), "{good}");
        }
        for bad in ["", " ", "\t\n", &"a".repeat(256)] {
            assert!(!is_valid(bad), "{bad:?}");
        }
    }
}
