//! Writes JSON scalars into a buffer and reads raw JSON forwards, both without allocating.
//!
//! The hot paths of the logger, the metrics and the tracer write their documents with these functions. The output is
//! valid JSON on one line for any value. The logger and the tracer read the raw event with [`Scanner`].
//!
//! ```
//! use powertools_lambda_core::json::{self, Scanner};
//!
//! let mut buffer = b"{\"order\":".to_vec();
//! json::write_str(&mut buffer, "A \"7\"");
//! buffer.push(b'}');
//! assert_eq!(buffer, br#"{"order":"A \"7\""}"#);
//!
//! let mut scanner = Scanner::new(br#"{"records":[{"id":7}]}"#);
//! while scanner.next_name().is_some_and(|name| name.raw() != b"id") {}
//! assert_eq!(scanner.number(), Some("7"));
//! ```

mod mismatch;
mod scanner;
mod text;

pub use self::mismatch::{mismatch, mismatch_at};
pub use self::scanner::{Scanner, nested_len};
pub use self::text::{Text, TextBytes};

/// Appends `text` as a JSON string, in quotes.
pub fn write_str(buffer: &mut Vec<u8>, text: &str) {
    buffer.push(b'"');
    write_escaped(buffer, text);
    buffer.push(b'"');
}

/// Appends `text` escaped as in a JSON string, without the quotes.
///
/// Control characters, the quote and the backslash are escaped; everything else is written unchanged, in UTF-8.
pub fn write_escaped(buffer: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    if is_plain(bytes) {
        buffer.extend_from_slice(bytes);
    } else {
        write_with_escapes(buffer, bytes);
    }
}

#[inline(never)] // keeps the code for texts without an escape small
fn write_with_escapes(buffer: &mut Vec<u8>, mut rest: &[u8]) {
    loop {
        let plain = plain_len(rest);
        buffer.extend_from_slice(&rest[..plain]);
        let Some(&byte) = rest.get(plain) else { return };
        write_escape(buffer, byte);
        rest = &rest[plain + 1..];
    }
}

fn write_escape(buffer: &mut Vec<u8>, byte: u8) {
    let escape = ESCAPES[usize::from(byte)];
    if escape == b'u' {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let (high, low) = (HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]);
        buffer.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
    } else {
        buffer.extend_from_slice(&[b'\\', escape]);
    }
}

/// Returns whether nothing in a text has to be escaped, which is nearly always the case.
///
/// Checks 8 bytes at a time: checked byte by byte, this would be the largest part of the cost of a record.
#[inline]
fn is_plain(bytes: &[u8]) -> bool {
    let found = if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        // The last word overlaps the one before it.
        let ends = escapes(u64::from_le_bytes(*first)) | escapes(u64::from_le_bytes(*last));
        if bytes.len() <= 16 {
            ends
        } else {
            let words = bytes[8..].as_chunks::<8>().0.iter();
            words.fold(ends, |found, word| found | escapes(u64::from_le_bytes(*word)))
        }
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        escapes((u64::from(u32::from_le_bytes(*first)) << 32) | u64::from(u32::from_le_bytes(*last)))
    } else {
        return bytes.iter().all(|byte| ESCAPES[usize::from(*byte)] == 0);
    };
    found == 0
}

/// Returns how many bytes there are before the first that has to be escaped.
fn plain_len(bytes: &[u8]) -> usize {
    let words = bytes.as_chunks::<8>().0.iter();
    let at = 8 * words
        .take_while(|word| escapes(u64::from_le_bytes(**word)) == 0)
        .count();
    let rest = bytes[at..].iter();
    at + rest.take_while(|byte| ESCAPES[usize::from(**byte)] == 0).count()
}

/// Returns 0 if none of the eight bytes must be escaped.
///
/// A byte below 0x80 gets its highest bit set if the number subtracted from it is larger. The XOR with 0x02 moves the quote to
/// 0x20 and every other byte from 0x20 on to at least 0x21, so one subtraction finds the quote together with the control
/// characters.
#[inline]
fn escapes(word: u64) -> u64 {
    const fn each(byte: u8) -> u64 {
        u64::from_le_bytes([byte; 8])
    }
    let control_or_quote = (word ^ each(0x02)).wrapping_sub(each(0x21));
    let backslash = (word ^ each(b'\\')).wrapping_sub(each(1));
    (control_or_quote | backslash) & !word & each(0x80)
}

/// Appends an unsigned whole number.
#[inline]
pub fn write_u64(buffer: &mut Vec<u8>, number: u64) {
    // Most numbers are small, and writing one or two digits directly costs less than formatting and copying.
    #[allow(clippy::cast_possible_truncation)] // a single digit
    let digit = |number: u64| b'0' + number as u8;
    match number {
        0..10 => buffer.push(digit(number)),
        10..100 => buffer.extend_from_slice(&[digit(number / 10), digit(number % 10)]),
        _ => write_digits(buffer, number),
    }
}

#[inline(never)] // keeps the buffer for digits out of the path of small numbers
fn write_digits(buffer: &mut Vec<u8>, number: u64) {
    buffer.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Appends a signed whole number.
#[inline]
pub fn write_i64(buffer: &mut Vec<u8>, number: i64) {
    if number < 0 {
        buffer.push(b'-');
    }
    write_u64(buffer, number.unsigned_abs());
}

/// Appends a floating-point number in the shortest form that reads back as the same value.
///
/// Infinities and NaN, which JSON cannot express, become `null`. A number without a fraction is written as a whole
/// number (`3`, not `3.0`) as long as that is exact: up to 2^53.
#[inline]
pub fn write_f64(buffer: &mut Vec<u8>, number: f64) {
    /// 2^53: up to here every whole number is exact.
    const EXACT: u64 = 9_007_199_254_740_992;
    // A cast instead of `fract`, because that is a function call on most processors; a value that does not fit compares
    // unequal.
    #[allow(clippy::cast_possible_truncation)] // checked by the comparison below
    let whole = number as i64;
    #[allow(clippy::cast_precision_loss, clippy::float_cmp)] // exact on both sides
    let is_whole = whole as f64 == number && whole.unsigned_abs() <= EXACT;
    if is_whole {
        write_i64(buffer, whole);
    } else {
        write_fraction(buffer, number);
    }
}

#[inline(never)] // keeps the buffer for digits out of the path of whole numbers
fn write_fraction(buffer: &mut Vec<u8>, number: f64) {
    if let Some(thousandths) = thousandths(number) {
        write_thousandths(buffer, number.is_sign_negative(), thousandths);
    } else if number.is_finite() {
        buffer.extend_from_slice(zmij::Buffer::new().format_finite(number).as_bytes());
    } else {
        buffer.extend_from_slice(b"null");
    }
}

/// Returns a number's absolute value in thousandths, if its shortest form has at most three digits after the point.
///
/// Most amounts and times do, and their digits are found with one division. No two decimals of up to 15 digits are the same
/// `f64`, so a decimal that reads back as the number is also its shortest form.
#[inline]
fn thousandths(number: f64) -> Option<u64> {
    let number = number.abs();
    // False also for NaN.
    let is_short = number < 1e9;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // positive and short
    let thousandths = (number * 1_000.0 + 0.5) as i64;
    #[allow(clippy::cast_precision_loss, clippy::float_cmp)] // exact
    let reads_back = thousandths as f64 / 1_000.0 == number;
    (is_short && reads_back).then_some(thousandths.unsigned_abs())
}

/// Appends a number of thousandths that is not a multiple of 1,000.
#[inline]
fn write_thousandths(buffer: &mut Vec<u8>, is_negative: bool, thousandths: u64) {
    if is_negative {
        buffer.push(b'-');
    }
    write_u64(buffer, thousandths / 1_000);
    #[allow(clippy::cast_possible_truncation)] // below 1,000
    let rest = (thousandths % 1_000) as u16;
    #[allow(clippy::cast_possible_truncation)] // a single digit
    let digit = |number: u16| b'0' + (number % 10) as u8;
    let [first, second, third] = [digit(rest / 100), digit(rest / 10), digit(rest)];
    match (second, third) {
        (b'0', b'0') => buffer.extend_from_slice(&[b'.', first]),
        (_, b'0') => buffer.extend_from_slice(&[b'.', first, second]),
        _ => buffer.extend_from_slice(&[b'.', first, second, third]),
    }
}

/// For each byte: 0 if it is not escaped, `u` if it becomes `\u00xx`, otherwise the letter after the backslash.
const ESCAPES: [u8; 256] = {
    let mut table = [0; 256];
    let mut control = 0;
    while control < 0x20 {
        table[control] = b'u';
        control += 1;
    }
    table[0x08] = b'b';
    table[0x09] = b't';
    table[0x0a] = b'n';
    table[0x0c] = b'f';
    table[0x0d] = b'r';
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut buffer = Vec::new();
        write(&mut buffer);
        String::from_utf8(buffer).unwrap()
    }

    #[test]
    fn numbers_take_their_shortest_form() {
        for (number, text) in [
            (0.0, "0"),
            (3.0, "3"),
            (-2.0, "-2"),
            (0.1, "0.1"),
            (-12.25, "-12.25"),
            (0.001, "0.001"),
            (0.0015, "0.0015"),
            (1e-7, "1e-7"),
            (999_999_999.999, "999999999.999"),
            (1e300, "1e+300"),
            (f64::NAN, "null"),
            (f64::INFINITY, "null"),
        ] {
            assert_eq!(written(|buffer| write_f64(buffer, number)), text);
        }
    }

    proptest! {
        #[test]
        fn plain_text_ends_at_the_first_byte_that_is_escaped(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let first = bytes.iter().position(|byte| ESCAPES[usize::from(*byte)] != 0);
            prop_assert_eq!(plain_len(&bytes), first.unwrap_or(bytes.len()));
            prop_assert_eq!(is_plain(&bytes), first.is_none());
        }

        #[test]
        fn plain_text_with_one_escape_ends_there(length in 0_usize..40, at in 0_usize..40, byte in any::<u8>()) {
            let mut bytes = vec![b'a'; length];
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            let first = bytes.iter().position(|byte| ESCAPES[usize::from(*byte)] != 0);
            prop_assert_eq!(plain_len(&bytes), first.unwrap_or(bytes.len()));
            prop_assert_eq!(is_plain(&bytes), first.is_none());
        }

        #[test]
        fn any_whole_number_is_written_in_decimal(number in prop_oneof![any::<i64>(), -1_100_i64..1_100]) {
            prop_assert_eq!(written(|buffer| write_i64(buffer, number)), number.to_string());
            let number = number.unsigned_abs();
            prop_assert_eq!(written(|buffer| write_u64(buffer, number)), number.to_string());
        }

        #[test]
        fn any_text_reads_back_from_one_line(text in any::<String>()) {
            let line = written(|buffer| write_str(buffer, &text));
            prop_assert!(!line.bytes().any(|byte| byte < 0x20));
            prop_assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
        }

        #[test]
        fn a_short_decimal_has_the_shortest_form(whole in -2_000_000_000_i64..2_000_000_000, rest in 1_u32..100_000) {
            let number: f64 = format!("{whole}.{rest:05}").parse().unwrap();
            let shortest = zmij::Buffer::new().format_finite(number).to_owned();
            prop_assert_eq!(written(|buffer| write_f64(buffer, number)), shortest.trim_end_matches(".0"));
            let number: f64 = format!("{whole}.{:03}", rest % 1_000).parse().unwrap();
            let shortest = zmij::Buffer::new().format_finite(number).to_owned();
            prop_assert_eq!(written(|buffer| write_f64(buffer, number)), shortest.trim_end_matches(".0"));
        }

        #[test]
        fn any_finite_number_reads_back(number in any::<f64>().prop_filter("finite", |number| number.is_finite())) {
            let line = written(|buffer| write_f64(buffer, number));
            prop_assert_eq!(line.parse::<f64>().unwrap().total_cmp(&(number + 0.0)), std::cmp::Ordering::Equal);
            prop_assert!(serde_json::from_str::<serde_json::Value>(&line).unwrap().is_number());
        }
    }
}
