//! What is added until the next flush.

use std::fmt;

use powertools_lambda_core::json;
use serde::Serialize;

use crate::store::Store;
use crate::{MetricName, Resolution, Unit};

/// The metrics, dimensions and metadata that one flush writes.
#[derive(Default)]
pub(crate) struct Document {
    pub(crate) store: Store,
    /// How many values there are.
    pub(crate) values: usize,
    pub(crate) dimensions: Vec<Dimension>,
    pub(crate) metadata: Vec<Metadata>,
    /// The line is put together here.
    pub(crate) line: Vec<u8>,
}

/// A dimension, with its root member `,"key":"value"` written.
pub(crate) struct Dimension {
    pub(crate) key: String,
    pub(crate) member: Vec<u8>,
}

/// A member of the document that is neither metric nor dimension, `,"key":value`.
pub(crate) struct Metadata {
    pub(crate) key: String,
    pub(crate) member: Vec<u8>,
}

/// CloudWatch takes 30 dimensions a metric.
pub(crate) const MAX_DIMENSIONS: usize = 30;

/// The longest key and value of a dimension, in characters.
const MAX_DIMENSION_KEY: usize = 250;
const MAX_DIMENSION_VALUE: usize = 1_024;

/// How many bytes of metadata a document takes.
const MAX_METADATA: usize = 64 * 1_024;

/// Beyond this many values a document is written at once: memory stays bounded.
pub(crate) const MAX_VALUES: usize = 10_000;

/// A line that grew beyond this gives its memory back.
const MAX_KEPT_LINE: usize = 64 * 1_024;

impl Document {
    /// Adds a value.
    pub(crate) fn add(
        &mut self,
        name: MetricName,
        unit: Unit,
        resolution: Resolution,
        value: f64,
    ) -> Result<(), Problem> {
        if !value.is_finite() {
            return Err(Problem::NotFinite(name.as_str().to_owned()));
        }
        // Checked once for each name: one that is in the store was good.
        let metric = match self.store.find(name.as_str()) {
            Some(at) => self.store.at(at, unit, resolution),
            None if name.is_valid() => self.store.insert(name, unit, resolution),
            None => return Err(Problem::Name(name.as_str().to_owned())),
        };
        metric.values.push(value);
        self.values += 1;
        if metric.unit != unit || metric.resolution != resolution {
            return Err(Problem::OtherUnit {
                name: metric.name().to_owned(),
                kept: metric.unit,
            });
        }
        Ok(())
    }

    /// Sets a dimension of all metrics of the document.
    pub(crate) fn dimension(&mut self, key: &str, value: &str) -> Result<(), Problem> {
        let dimension = Dimension::new(key, value)?;
        if let Some(known) = self.dimensions.iter_mut().find(|known| known.key == key) {
            *known = dimension;
        } else if self.dimensions.len() < MAX_DIMENSIONS {
            self.dimensions.push(dimension);
        } else {
            return Err(Problem::TooManyDimensions(key.to_owned()));
        }
        Ok(())
    }

    /// Sets a member of the document that is no metric.
    pub(crate) fn metadata(&mut self, metadata: Metadata) -> Result<(), Problem> {
        self.metadata.retain(|known| known.key != metadata.key);
        let length: usize = self.metadata.iter().map(|known| known.member.len()).sum();
        if length + metadata.member.len() > MAX_METADATA {
            return Err(Problem::TooMuchMetadata(metadata.key));
        }
        self.metadata.push(metadata);
        Ok(())
    }

    /// Returns whether its memory is worth keeping.
    pub(crate) fn is_small(&self) -> bool {
        self.line.capacity() <= MAX_KEPT_LINE
    }

    /// Forgets what was added; keeps memory and names.
    pub(crate) fn clear(&mut self) {
        self.store.clear();
        self.values = 0;
        self.dimensions.clear();
        self.metadata.clear();
    }
}

impl Dimension {
    pub(crate) fn new(key: &str, value: &str) -> Result<Self, Problem> {
        let (key, value) = (key.trim(), value.trim());
        let fits = |text: &str, max| !text.is_empty() && text.chars().take(max + 1).count() <= max;
        if !fits(key, MAX_DIMENSION_KEY) || key.starts_with(':') || !fits(value, MAX_DIMENSION_VALUE) {
            return Err(Problem::Dimension(key.to_owned()));
        }
        let mut member = vec![b','];
        json::write_str(&mut member, key);
        member.push(b':');
        json::write_str(&mut member, value);
        Ok(Self {
            key: key.to_owned(),
            member,
        })
    }
}

impl Metadata {
    /// Serialises the value; one that fails is a text that says so.
    pub(crate) fn new(key: String, value: &impl Serialize) -> Self {
        let mut member = vec![b','];
        json::write_str(&mut member, &key);
        member.push(b':');
        match serde_json::to_vec(value) {
            Ok(bytes) => member.extend_from_slice(&bytes),
            Err(error) => json::write_str(&mut member, &format!("<not serialisable: {error}>")),
        }
        Self { key, member }
    }
}

/// What was wrong with something that was added; printed once for each name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    Name(String),
    NotFinite(String),
    OtherUnit { name: String, kept: Unit },
    Dimension(String),
    TooManyDimensions(String),
    TooMuchMetadata(String),
    Hidden { key: String, by: &'static str },
}

impl Problem {
    /// Returns what it is about: a problem is printed once for each.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Name(name) => format!("metric name {name}"),
            Self::NotFinite(name) => format!("metric value {name}"),
            Self::OtherUnit { name, .. } => format!("metric unit {name}"),
            Self::Dimension(key) => format!("metric dimension {key}"),
            Self::TooManyDimensions(_) => "metric dimensions".to_owned(),
            Self::TooMuchMetadata(_) => "metric metadata".to_owned(),
            Self::Hidden { key, .. } => format!("metric key {key}"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(
                f,
                "{name:?} cannot be a metric's name, which has 1 to 255 characters, not all of them white space: \
                 its values are dropped"
            ),
            Self::NotFinite(name) => write!(f, "a value of metric {name:?} is no finite number: it is dropped"),
            Self::OtherUnit { name, kept } => write!(
                f,
                "metric {name:?} was first added with another unit or resolution: its first unit, {kept}, is kept"
            ),
            Self::Dimension(key) => write!(
                f,
                "dimension {key:?} is dropped: a key has 1 to 250 characters and does not begin with a colon, \
                 a value has 1 to 1,024"
            ),
            Self::TooManyDimensions(key) => {
                write!(f, "dimension {key:?} is dropped: a metric has {MAX_DIMENSIONS} at most")
            }
            Self::TooMuchMetadata(key) => write!(f, "metadata {key:?} is dropped: a document takes 64 KiB of it"),
            Self::Hidden { key, by } => write!(f, "{key:?} is also the name of a {by}, which is kept: it is dropped"),
        }
    }
}
