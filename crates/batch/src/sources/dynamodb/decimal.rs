//! `Decimal`, a number as DynamoDB writes it, for exact conversions.

use std::borrow::Cow;

/// A number in decimal digits: `digits` · 10^`exponent`, without zeros at either end of the digits.
#[derive(Debug, PartialEq, Eq)]
struct Decimal {
    is_negative: bool,
    digits: String,
    exponent: i32,
}

/// How many digits an integer may have after its exponent is written out; `u128` has 39.
const MOST_DIGITS: usize = 40;

/// Returns the double whose shortest decimal text is this number, or `None` if the number would be rounded.
pub(super) fn exact_double(text: &str) -> Option<f64> {
    let decimal = Decimal::parse(text)?;
    let double: f64 = text.parse().ok()?;
    if !double.is_finite() {
        return None;
    }
    let is_written = |shortest: &str| Decimal::parse(shortest).as_ref() == Some(&decimal);
    // Rust and `serde_json` both write the shortest digits that give the same double. If two such texts are equally near to it,
    // they write different ones, and the number may come from a writer of either kind.
    let is_exact = is_written(&format!("{double:e}"))
        || serde_json::Number::from_f64(double).is_some_and(|number| is_written(&number.to_string()));
    is_exact.then_some(double)
}

/// Returns the digits of an integer, also if it is written as `1E+2` or `100.0`; the text itself if it is not an
/// integer.
pub(super) fn integer_digits(text: &str) -> Cow<'_, str> {
    if text.bytes().skip(1).all(|byte| byte.is_ascii_digit()) {
        return Cow::Borrowed(text);
    }
    let Some(decimal) = Decimal::parse(text) else {
        return Cow::Borrowed(text);
    };
    let zeros = usize::try_from(decimal.exponent).unwrap_or(usize::MAX);
    if zeros.saturating_add(decimal.digits.len()) > MOST_DIGITS {
        return Cow::Borrowed(text);
    }
    let sign = if decimal.is_negative { "-" } else { "" };
    let digits = if decimal.digits.is_empty() {
        "0"
    } else {
        &decimal.digits
    };
    Cow::Owned(format!("{sign}{digits}{}", "0".repeat(zeros)))
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let (is_negative, unsigned) = match text.strip_prefix('-') {
            Some(unsigned) => (true, unsigned),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let significant = digits.trim_end_matches('0');
        if significant.is_empty() {
            return Some(Self {
                is_negative: false,
                digits: String::new(),
                exponent: 0,
            });
        }
        let trimmed = i32::try_from(digits.len() - significant.len()).ok()?;
        let exponent = exponent
            .checked_sub(i32::try_from(fraction.len()).ok()?)?
            .checked_add(trimmed)?;
        Some(Self {
            is_negative,
            digits: significant.trim_start_matches('0').to_owned(),
            exponent,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_double_is_exact_if_it_has_the_same_digits() {
        for (text, exact) in [
            ("0.1", Some(0.1)),
            ("-0.10", Some(-0.1)),
            ("1E+100", Some(1e100)),
            ("12.50", Some(12.5)),
            ("0", Some(0.0)),
            ("0.00", Some(0.0)),
            ("698600386690039.2", "698600386690039.2".parse().ok()),
            ("698600386690039.3", "698600386690039.2".parse().ok()),
            ("9007199254740993", None),
            ("0.10000000000000000001", None),
            ("3.14159265358979323846", None),
            ("340282366920938463463374607431768211455", None),
            ("1e999", None),
            ("1e-999", None),
            ("NaN", None),
            ("inf", None),
            ("", None),
            (".", None),
            ("1e99999999999", None),
            ("0x10", None),
        ] {
            assert_eq!(exact_double(text), exact, "{text}");
        }
    }

    #[test]
    fn integers_are_written_out() {
        for (text, digits) in [
            ("7", "7"),
            ("-7", "-7"),
            ("1E+2", "100"),
            ("-1e2", "-100"),
            ("100.0", "100"),
            ("0.0", "0"),
            ("1.5", "1.5"),
            ("1e-1", "1e-1"),
            ("1e99999", "1e99999"),
            ("x", "x"),
            ("", ""),
            ("-", "-"),
        ] {
            assert_eq!(integer_digits(text), digits, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_double_is_exact_in_its_shortest_form(double in prop::num::f64::NORMAL | prop::num::f64::ZERO) {
            prop_assert_eq!(exact_double(&format!("{double:e}")), Some(double));
            prop_assert_eq!(exact_double(&format!("{double}")), Some(double));
        }

        #[test]
        fn what_is_exact_keeps_its_digits(text in "-?[0-9]{1,20}(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?") {
            if let Some(double) = exact_double(&text) {
                let written = [format!("{double:e}"), serde_json::json!(double).to_string()];
                let decimals = written.map(|written| Decimal::parse(&written));
                prop_assert!(decimals.contains(&Decimal::parse(&text)));
            }
        }
    }
}
