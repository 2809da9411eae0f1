//! `TimeFormat`, which writes timestamps as text.

use powertools_lambda_core::Timestamp;

use crate::record::TimeText;

/// The format of timestamps: RFC 3339 with milliseconds, in UTC or with a time zone's offset.
#[derive(Clone, Debug, Default)]
pub(crate) enum TimeFormat {
    #[default]
    Utc,
    #[cfg(feature = "time-zone")]
    Zone(jiff::tz::TimeZone),
}

impl TimeFormat {
    /// Returns the zone with this IANA name, such as `Europe/Berlin`, or `None` if it is unknown.
    #[cfg(feature = "time-zone")]
    pub(crate) fn named(name: &str) -> Option<Self> {
        jiff::tz::TimeZone::get(name).ok().map(Self::Zone)
    }

    /// Sets `text` to `timestamp`.
    pub(crate) fn write(&self, timestamp: Timestamp, text: &mut TimeText) {
        match self {
            Self::Utc => text.set_utc(timestamp),
            #[cfg(feature = "time-zone")]
            Self::Zone(zone) => write_in_zone(timestamp, zone, text),
        }
    }
}

/// Sets `text` to the zone's local time and its offset; a time that the zone cannot represent stays in UTC.
#[cfg(feature = "time-zone")]
fn write_in_zone(timestamp: Timestamp, zone: &jiff::tz::TimeZone, text: &mut TimeText) {
    let millis = timestamp.as_millis();
    let moment = i64::try_from(millis)
        .ok()
        .and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok());
    let Some(moment) = moment else {
        return text.set_utc(timestamp);
    };
    // Offsets have no seconds in RFC 3339, but some zones had them until about 1970.
    let minutes = zone.to_offset(moment).seconds() / 60;
    let Some(local) = millis.checked_add_signed(i64::from(minutes) * 60_000) else {
        return text.set_utc(timestamp);
    };
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
    text.set_local(Timestamp::from_millis(local), offset);
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
            let mut text = TimeText::default();
            format.write(Timestamp::from_millis(millis), &mut text);
            assert_eq!(std::str::from_utf8(text.as_bytes()).unwrap(), expected);
        }
    }

    #[test]
    fn an_unknown_zone_is_none_and_no_time_fails() {
        assert!(TimeFormat::named("Atlantis/Center").is_none());
        let format = TimeFormat::named("America/New_York").unwrap();
        for millis in [0, u64::MAX] {
            format.write(Timestamp::from_millis(millis), &mut TimeText::default());
        }
    }
}
