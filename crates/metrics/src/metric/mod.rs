//! A metric: its name, its unit, and what its values can be.

mod name;
mod number;
mod unit;

pub use self::name::MetricName;
pub use self::number::Number;
pub use self::unit::{Resolution, Unit};
