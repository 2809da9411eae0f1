//! `Warning`, the reasons for which something that was added is changed or dropped.

use std::fmt;

use powertools_lambda_core::Warnings;

use crate::limits::{Charset, MAX_DIMENSIONS};

/// The reason for which something that was added is changed or dropped; printed once for each name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Warning {
    Name(String),
    Value(String),
    OtherUnit {
        name: String,
        kept: &'static str,
    },
    /// A unit of metrique that CloudWatch does not know.
    #[cfg_attr(not(feature = "metrique"), allow(dead_code))]
    UnknownUnit {
        name: String,
        unit: &'static str,
    },
    /// A value that was recorded very often at once.
    #[cfg_attr(not(any(feature = "facade", feature = "metrique")), allow(dead_code))]
    Repeated {
        name: String,
        becomes: &'static str,
    },
    Dimension(String),
    NotAscii {
        key: String,
        charset: Charset,
    },
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
    /// Prints the warning, unless one about the same name was already printed.
    pub(crate) fn print(&self, warnings: &Warnings) {
        warnings.once(&self.key(), format_args!("{self}"));
    }

    /// Returns the key by which repeated warnings are recognized.
    fn key(&self) -> String {
        match self {
            Self::Name(name) => format!("metric name {name}"),
            Self::Value(name) => format!("metric value {name}"),
            Self::OtherUnit { name, .. } => format!("metric unit {name}"),
            Self::UnknownUnit { name, .. } => format!("metric unknown unit {name}"),
            Self::Repeated { name, .. } => format!("metric repetitions {name}"),
            Self::Dimension(key) => format!("metric dimension {key}"),
            Self::NotAscii { key, .. } => format!("metric dimension characters {key}"),
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
                "invalid metric name {name:?}: it must have 1 to 255 characters, not be blank and have no control characters; \
                 its values are dropped"
            ),
            Self::Value(name) => write!(
                f,
                "a value of metric {name:?} is dropped: it must be a number from -2^360 to 2^360, the range of CloudWatch"
            ),
            Self::OtherUnit { name, kept } => write!(
                f,
                "metric {name:?} was added again with another unit or resolution: its first unit, {kept}, is kept"
            ),
            Self::UnknownUnit { name, unit } => write!(
                f,
                "metric {name:?} is written without a unit: CloudWatch has no unit {unit:?}"
            ),
            Self::Repeated { name, becomes } => write!(
                f,
                "a value of metric {name:?} was recorded too often at once: it is written {becomes}"
            ),
            Self::Dimension(key) => write!(
                f,
                "dimension {key:?} is dropped: its key must have 1 to 250 characters and not begin with a colon, its value \
                 1 to 1,024 characters, both without control characters"
            ),
            Self::NotAscii { key, charset } => {
                let (becomes, instead) = match charset {
                    Charset::Ascii => (
                        "left out",
                        "use ASCII, add it as metadata, or have it written with `MetricsBuilder::non_ascii_dimensions`",
                    ),
                    Charset::Unicode => ("written, as configured", "it may drop the dimensions of the document"),
                };
                write!(
                    f,
                    "dimension {key:?} is {becomes}: CloudWatch documents only ASCII characters for the key and the value of \
                     a dimension; {instead}"
                )
            }
            Self::OtherValue(key) => write!(
                f,
                "dimension {key:?} was set again with another value: the last one is used for all metrics of the document"
            ),
            Self::TooManyDimensions => write!(
                f,
                "a dimension set has more than {MAX_DIMENSIONS} dimensions, the limit of CloudWatch: the rest become a \
                 separate set"
            ),
            Self::TooManySets => {
                f.write_str("a dimension set is dropped: a document can have 64 sets and 16 KiB of their keys")
            }
            Self::TooLongDimensions(key) => {
                write!(
                    f,
                    "dimension {key:?} is dropped: a document can have 48 KiB of dimensions, 16 KiB of default dimensions \
                     and 8 KiB of labels"
                )
            }
            Self::TooMuchMetadata(key) => write!(f, "metadata {key:?} is dropped: a document can have 64 KiB of metadata"),
            Self::Reserved(key) => write!(
                f,
                "{key:?} is dropped: the format reserves this name, so a metric, a dimension or metadata cannot have it"
            ),
            Self::Hidden { key, by } => write!(f, "{key} is dropped: a {by} with the same name is kept; rename one of them"),
            Self::Timestamp => f.write_str(
                "a metrics timestamp is more than 14 days in the past or 2 hours in the future: CloudWatch will reject the metrics",
            ),
        }
    }
}
