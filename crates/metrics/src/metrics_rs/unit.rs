//! `Scale`, which converts the facade's units to CloudWatch's.

use crate::metric::Unit;

/// A unit of CloudWatch, and the factor that converts a value to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    pub(crate) unit: Unit,
    pub(crate) factor: f64,
}

impl Scale {
    pub(crate) const fn of(unit: Unit) -> Self {
        Self { unit, factor: 1.0 }
    }
}

impl From<metrics_rs::Unit> for Scale {
    fn from(unit: metrics_rs::Unit) -> Self {
        use metrics_rs::Unit as From;

        const KIB: f64 = 1_024.0;
        let bytes = |factor| Self {
            unit: Unit::Bytes,
            factor,
        };
        match unit {
            From::Count => Self::of(Unit::Count),
            From::Percent => Self::of(Unit::Percent),
            From::Seconds => Self::of(Unit::Seconds),
            From::Milliseconds => Self::of(Unit::Milliseconds),
            From::Microseconds => Self::of(Unit::Microseconds),
            // CloudWatch's smallest unit of time is the microsecond, and its documentation does not say that a kilobyte
            // has 1,024 bytes.
            From::Nanoseconds => Self {
                unit: Unit::Microseconds,
                factor: 0.001,
            },
            From::Tebibytes => bytes(KIB * KIB * KIB * KIB),
            From::Gibibytes => bytes(KIB * KIB * KIB),
            From::Mebibytes => bytes(KIB * KIB),
            From::Kibibytes => bytes(KIB),
            From::Bytes => bytes(1.0),
            From::TerabitsPerSecond => Self::of(Unit::TerabitsPerSecond),
            From::GigabitsPerSecond => Self::of(Unit::GigabitsPerSecond),
            From::MegabitsPerSecond => Self::of(Unit::MegabitsPerSecond),
            From::KilobitsPerSecond => Self::of(Unit::KilobitsPerSecond),
            From::BitsPerSecond => Self::of(Unit::BitsPerSecond),
            From::CountPerSecond => Self::of(Unit::CountPerSecond),
        }
    }
}
