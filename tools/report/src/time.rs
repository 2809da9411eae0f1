//! Converts timestamps of records to microseconds since 1970, and back.

use jiff::Timestamp;

/// Converts an RFC 3339 timestamp to microseconds since 1970.
pub(crate) fn micros(timestamp: &str) -> Option<i64> {
    timestamp.parse::<Timestamp>().ok().map(Timestamp::as_microsecond)
}

/// Formats a timestamp as the logger does: in UTC, with milliseconds.
pub(crate) fn timestamp(micros: i64) -> String {
    Timestamp::from_microsecond(micros).map_or_else(|_| String::new(), |time| format!("{time:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_comes_back_as_it_was() {
        for text in ["2026-01-15T10:30:00.125Z", "2026-01-15T10:30:00.000Z"] {
            assert_eq!(timestamp(micros(text).unwrap()), text);
        }
        assert_eq!(
            micros("2026-01-15T05:30:00.125-05:00"),
            micros("2026-01-15T10:30:00.125Z")
        );
        assert_eq!(micros("yesterday"), None);
    }
}
