//! `Number`, the trait of values.

/// A number that can be the value of a metric: every integer and floating-point type.
///
/// CloudWatch stores values as doubles, so integers beyond 2^53 lose their last digits.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a metric",
    label = "expected an integer or a float, by value",
    note = "dereference a reference (`*value`), and convert a `Duration` in the metric's unit: `elapsed.as_secs_f64() * 1_000.0` with \
            `Unit::Milliseconds`"
)]
pub trait Number {
    /// Returns the value as CloudWatch stores it.
    fn to_f64(self) -> f64;
}

macro_rules! numbers {
    ($($number:ty)*) => {
        $(impl Number for $number {
            #[allow(clippy::cast_precision_loss, clippy::cast_lossless)] // as documented on the trait
            fn to_f64(self) -> f64 {
                self as f64
            }
        })*
    };
}

numbers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64);
