//! [`Timestamp`], a time in milliseconds that prints as RFC 3339.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// A time in whole milliseconds since the Unix epoch, printed as RFC 3339 in UTC.
///
/// Every timestamp that the toolkit writes has this format, because Lambda's log-level filter treats a JSON line
/// without a valid RFC 3339 `timestamp` as INFO. Times before 1970 become 1970-01-01T00:00:00.000Z, times after the
/// year 9999 its last millisecond.
///
/// ```
/// use powertools_lambda_core::Timestamp;
/// assert_eq!(Timestamp::from_millis(1_768_473_000_125).to_string(), "2026-01-15T10:30:00.125Z");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

/// 9999-12-31T23:59:59.999Z, the last time that RFC 3339 can express.
const MAX_MILLIS: u64 = 253_402_300_799_999;

impl Timestamp {
    /// The length of the RFC 3339 form in bytes.
    pub const TEXT_LEN: usize = 24;

    /// Creates a timestamp from milliseconds since the Unix epoch.
    pub const fn from_millis(millis: u64) -> Self {
        Self(if millis > MAX_MILLIS { MAX_MILLIS } else { millis })
    }

    /// Returns the milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Returns the RFC 3339 form, `2026-01-15T10:30:00.125Z`, as ASCII bytes.
    pub const fn to_rfc3339(self) -> [u8; Self::TEXT_LEN] {
        let millis = self.0 % 1_000;
        let seconds = self.0 / 1_000;
        let (days, second_of_day) = (seconds / 86_400, seconds % 86_400);
        let (year, month, day) = civil_from_days(days);
        let mut text = *b"0000-00-00T00:00:00.000Z";
        put(&mut text, 0, 4, year);
        put(&mut text, 5, 2, month);
        put(&mut text, 8, 2, day);
        put(&mut text, 11, 2, second_of_day / 3_600);
        put(&mut text, 14, 2, second_of_day / 60 % 60);
        put(&mut text, 17, 2, second_of_day % 60);
        put(&mut text, 20, 3, millis);
        text
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        // In 64 bits, because every record has a time; `as_millis` computes in 128.
        let millis = since_epoch.as_secs().saturating_mul(1_000);
        Self::from_millis(millis.saturating_add(u64::from(since_epoch.subsec_millis())))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.to_rfc3339()).unwrap_or_default())
    }
}

/// Writes `value` as `width` decimal digits at `at`.
#[allow(clippy::cast_possible_truncation)] // a single digit
const fn put(text: &mut [u8], at: usize, width: usize, mut value: u64) {
    let mut place = at + width;
    while place > at {
        place -= 1;
        text[place] = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

/// Converts days since 1970-01-01 into year, month and day of the proleptic Gregorian calendar.
///
/// Counts in 400-year cycles of years that begin on 1 March, so that the leap day is a year's last.
const fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let days_since_0000_03_01 = days + 719_468;
    let cycle = days_since_0000_03_01 / 146_097;
    let day_of_cycle = days_since_0000_03_01 % 146_097;
    let year_of_cycle = (day_of_cycle - day_of_cycle / 1_460 + day_of_cycle / 36_524 - day_of_cycle / 146_096) / 365;
    let day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = cycle * 400 + year_of_cycle + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn known_moments_print_as_rfc_3339() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
            (1_768_473_000_125, "2026-01-15T10:30:00.125Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (u64::MAX, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Timestamp::from_millis(millis).to_string(), text);
        }
    }

    #[test]
    fn consecutive_days_are_consecutive_dates() {
        let mut last = civil_from_days(0);
        for day in 1..200_000 {
            let date = civil_from_days(day);
            let next_day = date.0 == last.0 && date.1 == last.1 && date.2 == last.2 + 1;
            let next_month = date.0 == last.0 && date.1 == last.1 + 1 && date.2 == 1 && last.2 >= 28;
            let next_year = date == (last.0 + 1, 1, 1) && (last.1, last.2) == (12, 31);
            assert!(next_day || next_month || next_year, "{last:?} -> {date:?}");
            last = date;
        }
    }

    #[test]
    fn a_moment_before_the_epoch_is_the_epoch() {
        let before = UNIX_EPOCH.checked_sub(Duration::from_secs(1)).unwrap();
        assert_eq!(Timestamp::from(before).as_millis(), 0);
    }
}
