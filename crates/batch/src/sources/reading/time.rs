//! `Time`, a time in seconds since the Unix epoch.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::{IgnoredAny, MapAccess};
use serde::{Serialize, Serializer};

use super::any::{Reader, read};
use super::kind::Kind;

/// Reads a time in seconds since the Unix epoch, with or without a fraction, as a number or as text.
///
/// It is exact to the microsecond, which is as much as a double holds of a time of this century. A negative time or
/// any other value is read as `None`.
pub(crate) struct Time;

const MICROS_PER_SECOND: f64 = 1_000_000.0;

/// The only key of the map that `serde_json` makes of a number that is not an integer of 64 bits, if any crate of the program turns
/// on its feature `arbitrary_precision`.
const EXACT_NUMBER: &str = "$serde_json::private::Number";

impl<'de> Reader<'de> for Time {
    type Value = Option<SystemTime>;

    fn other(self, _: Kind) -> Self::Value {
        None
    }

    fn integer(self, integer: i128) -> Self::Value {
        UNIX_EPOCH.checked_add(Duration::from_secs(integer.try_into().ok()?))
    }

    fn float(self, float: f64) -> Self::Value {
        let time = Duration::try_from_secs_f64(float).ok()?;
        let nanos = time.subsec_nanos();
        let since = Duration::from_secs(time.as_secs()) + Duration::from_micros(u64::from((nanos + 500) / 1_000));
        UNIX_EPOCH.checked_add(since)
    }

    fn text(self, text: &str) -> Self::Value {
        match text.parse() {
            Ok(integer) => self.integer(integer),
            Err(_) => self.float(text.parse().ok()?),
        }
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut time = None;
        while let Some(key) = object.next_key::<String>()? {
            if key == EXACT_NUMBER {
                time = read(&mut object, Self)?;
            } else {
                object.next_value::<IgnoredAny>()?;
            }
        }
        Ok(time)
    }
}

/// Writes a time as the event has it: a number of seconds.
#[allow(clippy::cast_precision_loss, clippy::ref_option)] // until the year 2255 it is exact; serde passes a reference
pub(crate) fn write_time<S: Serializer>(time: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    let since = time.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let seconds = since.map(|since| since.as_micros() as f64 / MICROS_PER_SECOND);
    seconds.serialize(serializer)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sources::reading::Any;

    #[test]
    fn seconds_are_read_with_their_fraction_from_numbers_and_text() {
        use serde::de::DeserializeSeed;
        for (given, micros) in [
            (json!(1_545_084_650.987), Some(1_545_084_650_987_000)),
            (json!(1_545_084_650.9), Some(1_545_084_650_900_000)),
            (json!(1_545_084_650.007), Some(1_545_084_650_007_000)),
            (json!(1_545_084_650.123_456), Some(1_545_084_650_123_456)),
            (json!(1_545_084_650.999_999_9), Some(1_545_084_651_000_000)),
            (json!("1545084650.987"), Some(1_545_084_650_987_000)),
            (json!("1545084650"), Some(1_545_084_650_000_000)),
            (json!(1_545_084_650), Some(1_545_084_650_000_000)),
            (json!(1_693_997_155.0), Some(1_693_997_155_000_000)),
            (json!(0), Some(0)),
            (json!(-1), None),
            (json!(-0.5), None),
            (json!(1e300), None),
            (json!(u64::MAX), None),
            (json!("NaN"), None),
            (json!("yesterday"), None),
            (json!(null), None),
            (json!({"seconds": 1}), None),
            (
                json!({"$serde_json::private::Number": "1.545084650987E9"}),
                Some(1_545_084_650_987_000),
            ),
        ] {
            let time = Any(Time).deserialize(&given).unwrap();
            let expected = micros.map(|micros| UNIX_EPOCH + Duration::from_micros(micros));
            assert_eq!(time, expected, "{given}");
        }
    }

    #[test]
    fn a_time_is_written_as_the_event_has_it() {
        #[derive(Serialize)]
        struct Record(#[serde(serialize_with = "write_time")] Option<SystemTime>);
        let time = UNIX_EPOCH + Duration::from_millis(1_545_084_650_987);
        assert_eq!(serde_json::to_string(&Record(Some(time))).unwrap(), "1545084650.987");
        assert_eq!(serde_json::to_string(&Record(None)).unwrap(), "null");
    }
}
