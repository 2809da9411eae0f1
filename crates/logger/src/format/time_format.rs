//! `TimeFormat`, which writes timestamps as text.

use powertools_lambda_core::Timestamp;

use crate::record::Scratch;

/// The format of timestamps: RFC 3339 with milliseconds, in UTC or with a time zone's offset.
#[derive(Clone, Debug, Default)]
pub(crate) enum TimeFormat {
    #[default]
    Utc,
    #[cfg(feature = "time-zone")]
    Zone(jiff::tz::TimeZone),
}

/// The length of the longest text, `2026-01-15T05:30:00.125-05:00`.
const MAX_LEN: usize = Timestamp::TEXT_LEN + 5;

/// A time as text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimeText {
    bytes: [u8; MAX_LEN],
    length: usize,
}

impl TimeText {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    fn utc(text: [u8; Timestamp::TEXT_LEN]) -> Self {
        let mut bytes = [0; MAX_LEN];
        bytes[..text.len()].copy_from_slice(&text);
        Self {
            bytes,
            length: text.len(),
        }
    }
}

impl TimeFormat {
    /// Returns the zone with this IANA name, such as `Europe/Berlin`, or `None` if it is unknown.
    #[cfg(feature = "time-zone")]
    pub(crate) fn named(name: &str) -> Option<Self> {
        jiff::tz::TimeZone::get(name).ok().map(Self::Zone)
    }

    /// Returns `timestamp` as text.
    pub(crate) fn text(&self, timestamp: Timestamp, scratch: &mut Scratch) -> TimeText {
        match self {
            Self::Utc => TimeText::utc(scratch.rfc3339(timestamp)),
            #[cfg(feature = "time-zone")]
            Self::Zone(zone) => in_zone(timestamp, zone),
        }
    }
}

/// Returns the zone's local time and its offset; a time that the zone cannot represent stays in UTC.
#[cfg(feature = "time-zone")]
fn in_zone(timestamp: Timestamp, zone: &jiff::tz::TimeZone) -> TimeText {
    let millis = timestamp.as_millis();
    let moment = i64::try_from(millis)
        .ok()
        .and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok());
    let Some(moment) = moment else {
        return TimeText::utc(timestamp.to_rfc3339());
    };
    // Offsets have no seconds in RFC 3339, but some zones had them until about 1970.
    let minutes = zone.to_offset(moment).seconds() / 60;
    let Some(local) = millis.checked_add_signed(i64::from(minutes) * 60_000) else {
        return TimeText::utc(timestamp.to_rfc3339());
    };
    let mut text = TimeText::utc(Timestamp::from_millis(local).to_rfc3339());
    let (sign, minutes) = (if minutes < 0 { b'-' } else { b'+' }, minutes.unsigned_abs());
    #[allow(clippy::cast_possible_truncation)] // a single digit
    let digit = |number: u32| b'0' + (number % 10) as u8;
    let (hours, minutes) = (minutes / 60, minutes % 60);
    let offset = [
        sign,
        digit(hours / 10),
        digit(hours),
        b':',
        digit(minutes / 10),
        digit(minutes),
    ];
    text.bytes[Timestamp::TEXT_LEN - 1..].copy_from_slice(&offset);
    text.length = MAX_LEN;
    text
}

#[cfg(all(test, feature = "time-zone"))]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_in_its_zone_in_winter_and_in_summer() {
        for (zone, millis, expected) in [
            ("America/New_York", 1_768_473_000_125, "2026-01-15T05:30:00.125-05:00"),
            ("America/New_York", 1_784_107_800_125, "2026-07-15T05:30:00.125-04:00"),
            ("Asia/Kolkata", 1_768_473_000_125, "2026-01-15T16:00:00.125+05:30"),
            ("UTC", 1_768_473_000_125, "2026-01-15T10:30:00.125+00:00"),
        ] {
            let format = TimeFormat::named(zone).unwrap();
            let text = format.text(Timestamp::from_millis(millis), &mut Scratch::default());
            assert_eq!(std::str::from_utf8(text.as_bytes()).unwrap(), expected);
        }
    }

    #[test]
    fn an_unknown_zone_is_none_and_no_time_fails() {
        assert!(TimeFormat::named("Atlantis/Center").is_none());
        let format = TimeFormat::named("America/New_York").unwrap();
        for millis in [0, u64::MAX] {
            format.text(Timestamp::from_millis(millis), &mut Scratch::default());
        }
    }
}
