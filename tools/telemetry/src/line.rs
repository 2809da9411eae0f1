//! [`Line`]: a line of a function's log group, such as a record, a metrics document or one of Lambda's own lines.

use crate::level::Level;
use crate::object::Object;
use crate::platform::Platform;

/// A line of a log.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The line as it was written.
    pub text: String,
    /// Its kind and content.
    pub kind: LineKind,
}

/// The kind of a line, with its content.
#[derive(Clone, Debug, PartialEq)]
pub enum LineKind {
    /// A log record: an object with a level.
    Record(Level, Object),
    /// A document in CloudWatch's Embedded Metric Format.
    Emf(Object),
    /// One of Lambda's own lines, with its object if the function's log format is JSON.
    Platform(Platform, Option<Object>),
    /// Nothing but white space.
    Blank,
    /// Anything else, such as output that a library printed, with its object if it is one.
    Other(Option<Object>),
}

impl Line {
    /// Reads a line.
    pub fn read(line: &str) -> Self {
        let text = line.trim_end_matches(['\r', '\n']);
        Self {
            text: text.to_owned(),
            kind: LineKind::read(text),
        }
    }

    /// Returns the line as an object, if it is one.
    pub fn object(&self) -> Option<&Object> {
        match &self.kind {
            LineKind::Record(_, object) | LineKind::Emf(object) => Some(object),
            LineKind::Platform(_, object) | LineKind::Other(object) => object.as_ref(),
            LineKind::Blank => None,
        }
    }
}

impl LineKind {
    fn read(text: &str) -> Self {
        if text.trim().is_empty() {
            return Self::Blank;
        }
        let Some(object) = Object::read(text) else {
            return Platform::of_text(text).map_or(Self::Other(None), |platform| Self::Platform(platform, None));
        };
        if object["_aws"].is_object() {
            return Self::Emf(object);
        }
        if let Some(level) = Level::of(&object) {
            return Self::Record(level, object);
        }
        match Platform::of_json(&object) {
            Some(platform) => Self::Platform(platform, Some(object)),
            None => Self::Other(Some(object)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_told_by_its_content() {
        let kind = |line: &str| match Line::read(line).kind {
            LineKind::Record(..) => "record",
            LineKind::Emf(_) => "emf",
            LineKind::Platform(Platform { request: Some(_), .. }, _) => "invocation",
            LineKind::Platform(..) => "platform",
            LineKind::Blank => "blank",
            LineKind::Other(_) => "other",
        };
        for (line, expected) in [
            (r#"{"level":"INFO","message":"hello"}"#, "record"),
            (r#"{"level":"FATAL","message":"hello"}"#, "record"),
            (r#"{"level":"LOUD","message":"hello"}"#, "other"),
            (r#"{"_aws":{},"level":"WARN"}"#, "emf"),
            (r#"{"_aws":1,"level":"WARN"}"#, "record"),
            ("START RequestId: 1 Version: $LATEST", "invocation"),
            (
                r#"{"time":"2026-01-15T10:30:00Z","type":"platform.start","record":{"requestId":"1"}}"#,
                "invocation",
            ),
            (
                r#"{"time":"2026-01-15T10:30:00Z","type":"platform.initStart","record":{}}"#,
                "platform",
            ),
            (r#"{"type":"platform.extension"}"#, "platform"),
            ("INIT_START Runtime Version: provided:al2023.v1", "platform"),
            ("", "blank"),
            (" \r\n", "blank"),
            ("thread 'main' panicked", "other"),
            ("RequestId: 1 Error: Runtime exited", "other"),
            ("[1, 2]", "other"),
        ] {
            assert_eq!(kind(line), expected, "{line}");
        }
    }
}
