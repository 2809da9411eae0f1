//! What can be a value.

/// A number that a metric can take: every integer and floating-point type.
///
/// CloudWatch keeps values as doubles, so whole numbers beyond 2^53 lose their last digits there.
pub trait Number {
    /// Returns the value as CloudWatch keeps it.
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
