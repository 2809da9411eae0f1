//! `Scalar`, a number or a boolean in a text.

use serde::de::Visitor;

use super::failure::Failure;

/// A number or a boolean. No number passes through `f64` unless that is the type of the field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scalar {
    Flag(bool),
    Unsigned(u64),
    Signed(i64),
    WideUnsigned(u128),
    WideSigned(i128),
    Float(f32),
    Double(f64),
}

impl Scalar {
    /// Reads the words that Powertools takes for a boolean in environment variables.
    pub(super) fn flag(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "1" | "y" | "yes" | "t" | "true" | "on" => Some(Self::Flag(true)),
            "0" | "n" | "no" | "f" | "false" | "off" => Some(Self::Flag(false)),
            _ => None,
        }
    }

    pub(super) fn integer(text: &str) -> Option<Self> {
        let text = text.trim();
        let unsigned = text.parse().map(Self::Unsigned);
        unsigned
            .or_else(|_| text.parse().map(Self::Signed))
            .or_else(|_| text.parse().map(Self::WideUnsigned))
            .or_else(|_| text.parse().map(Self::WideSigned))
            .ok()
    }

    /// Reads the nearest `f32`; an integer must be exact.
    pub(super) fn float(text: &str) -> Option<Self> {
        let float: f32 = decimal(text)?.parse().ok()?;
        (float.is_finite() && is_exact(text, f64::from(float))).then_some(Self::Float(float))
    }

    /// Reads the nearest `f64`; an integer must be exact.
    pub(super) fn double(text: &str) -> Option<Self> {
        let double: f64 = decimal(text)?.parse().ok()?;
        (double.is_finite() && is_exact(text, double)).then_some(Self::Double(double))
    }

    pub(super) fn visit<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self {
            Self::Flag(flag) => visitor.visit_bool(flag),
            Self::Unsigned(number) => visitor.visit_u64(number),
            Self::Signed(number) => visitor.visit_i64(number),
            Self::WideUnsigned(number) => visitor.visit_u128(number),
            Self::WideSigned(number) => visitor.visit_i128(number),
            Self::Float(number) => visitor.visit_f32(number),
            Self::Double(number) => visitor.visit_f64(number),
        }
    }
}

/// Returns the trimmed text, unless it is one of the words that Rust reads as a number, such as `inf`.
fn decimal(text: &str) -> Option<&str> {
    let text = text.trim();
    let is_decimal = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
    text.bytes().all(is_decimal).then_some(text)
}

/// Returns whether a float is exactly the integer in `text`. True for a fraction, which may be rounded, because few
/// fractions have a binary form.
fn is_exact(text: &str, float: f64) -> bool {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return true;
    }
    let digits = digits.trim_start_matches('0');
    // Rust writes all digits of a float, without an exponent.
    let exact = format!("{float:.0}");
    exact == format!("{sign}{digits}") || (digits.is_empty() && float == 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_exact_and_floats_are_the_nearest_unless_they_are_integers() {
        assert_eq!(Scalar::integer(" 5432\n"), Some(Scalar::Unsigned(5_432)));
        assert_eq!(Scalar::integer("-1"), Some(Scalar::Signed(-1)));
        assert_eq!(
            Scalar::integer(&u128::MAX.to_string()),
            Some(Scalar::WideUnsigned(u128::MAX))
        );
        assert_eq!(
            Scalar::integer(&i128::MIN.to_string()),
            Some(Scalar::WideSigned(i128::MIN))
        );
        for text in ["", "1.0", "1e3", "0x10", "one", "1 2", &format!("{}0", u128::MAX)] {
            assert_eq!(Scalar::integer(text), None, "{text}");
        }
        assert_eq!(Scalar::double("0.1"), Some(Scalar::Double(0.1)));
        assert_eq!(Scalar::double("1e3"), Some(Scalar::Double(1e3)));
        assert_eq!(
            Scalar::double("9007199254740992"),
            Some(Scalar::Double(9_007_199_254_740_992.0))
        );
        assert_eq!(Scalar::double("-007"), Some(Scalar::Double(-7.0)));
        assert_eq!(Scalar::double("-0"), Some(Scalar::Double(-0.0)));
        for text in ["9007199254740993", "1e400", "inf", "NaN", "infinity", "", "."] {
            assert_eq!(Scalar::double(text), None, "{text}");
        }
        assert_eq!(Scalar::float("16777216"), Some(Scalar::Float(16_777_216.0)));
        assert_eq!(Scalar::float("16777217"), None);
        // Rounded to `f64` and then to `f32`, it would be 1.0.
        assert_eq!(
            Scalar::float("1.00000005960464477540"),
            Some(Scalar::Float(1.000_000_1))
        );
    }

    #[test]
    fn flags_are_the_words_of_environment_variables() {
        for text in ["True", "TRUE", "true", "1", "yes", "Y", "on", "t", " true\n"] {
            assert_eq!(Scalar::flag(text), Some(Scalar::Flag(true)), "{text}");
        }
        for text in ["False", "0", "no", "N", "OFF", "f"] {
            assert_eq!(Scalar::flag(text), Some(Scalar::Flag(false)), "{text}");
        }
        for text in ["", "2", "yep", "truefalse"] {
            assert_eq!(Scalar::flag(text), None, "{text}");
        }
    }
}
