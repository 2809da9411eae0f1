//! What was wrong with something that was added.

use std::fmt;

use powertools_lambda_core::Warnings;

use crate::limits::MAX_DIMENSIONS;

/// What was wrong with something that was added; printed once for each name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Warning {
    Name(String),
    Value(String),
    OtherUnit {
        name: String,
        kept: &'static str,
    },
    Dimension(String),
    OtherValue(String),
    TooManyDimensions,
    TooManySets,
    TooLongDimensions(String),
    TooMuchMetadata(String),
    Reserved(String),
    /// `key` is JSON, in quotes.
    Hidden {
        key: String,
        by: &'static str,
    },
    Timestamp,
}

impl Warning {
    /// Prints it, unless one about the same thing was printed before.
    pub(crate) fn print(&self, warnings: &Warnings) {
        warnings.once(&self.key(), format_args!("{self}"));
    }

    /// Returns what it is about.
    fn key(&self) -> String {
        match self {
            Self::Name(name) => format!("metric name {name}"),
            Self::Value(name) => format!("metric value {name}"),
            Self::OtherUnit { name, .. } => format!("metric unit {name}"),
            Self::Dimension(key) => format!("metric dimension {key}"),
            Self::OtherValue(key) => format!("metric dimension value {key}"),
            Self::TooManyDimensions => "metric dimensions".to_owned(),
            Self::TooManySets => "metric dimension sets".to_owned(),
            Self::TooLongDimensions(_) => "metric dimension size".to_owned(),
            Self::TooMuchMetadata(_) => "metric metadata".to_owned(),
            Self::Reserved(key) => format!("metric reserved key {key}"),
            Self::Hidden { key, .. } => format!("metric key {key}"),
            Self::Timestamp => "metric timestamp".to_owned(),
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(
                f,
                "{name:?} cannot be a metric's name, which has 1 to 255 characters, no control characters and is not \
                 blank: its values are dropped"
            ),
            Self::Value(name) => write!(
                f,
                "a value of metric {name:?} is no number from -2^360 to 2^360, which is what CloudWatch takes: it is \
                 dropped"
            ),
            Self::OtherUnit { name, kept } => write!(
                f,
                "metric {name:?} was first added with another unit or resolution: its first unit, {kept}, is kept"
            ),
            Self::Dimension(key) => write!(
                f,
                "dimension {key:?} is dropped: a key has 1 to 250 characters and does not begin with a colon, \
                 a value has 1 to 1,024, neither has control characters"
            ),
            Self::OtherValue(key) => write!(
                f,
                "dimension {key:?} was set again with another value: the last one counts, for all metrics of the document"
            ),
            Self::TooManyDimensions => write!(
                f,
                "a dimension set has more than {MAX_DIMENSIONS} dimensions, which is what CloudWatch takes: those beyond \
                 are a set of their own"
            ),
            Self::TooManySets => {
                f.write_str("a dimension set is dropped: a document takes 64 of them, and 16 KiB of their keys")
            }
            Self::TooLongDimensions(key) => {
                write!(
                    f,
                    "dimension {key:?} is dropped: a document takes 48 KiB of them, 16 KiB of defaults and 8 KiB of \
                     labels"
                )
            }
            Self::TooMuchMetadata(key) => write!(f, "metadata {key:?} is dropped: a document takes 64 KiB of it"),
            Self::Reserved(key) => write!(
                f,
                "{key:?} is a member of the format and cannot name a metric, a dimension or metadata: it is dropped"
            ),
            Self::Hidden { key, by } => write!(f, "{key} is also the name of a {by}, which is kept: it is dropped"),
            Self::Timestamp => f.write_str(
                "a metrics timestamp is more than 14 days past or 2 hours ahead: CloudWatch will not take the metrics",
            ),
        }
    }
}
