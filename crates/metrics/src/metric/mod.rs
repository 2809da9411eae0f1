//! The name, the unit, the resolution and the values of a metric.

mod name;
mod number;
mod unit;

pub use self::name::MetricName;
pub use self::number::Number;
pub use self::unit::{Resolution, Unit};
