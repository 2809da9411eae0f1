//! Reads the times in recorded cases.

use anyhow::{Context, Result};
use powertools_lambda_core::Timestamp;

use crate::Case;

/// Returns the start of a case.
///
/// # Errors
///
/// If the case has a time that is not RFC 3339.
pub(crate) fn start(case: &Case) -> Result<Timestamp> {
    let start = case.clock_start.as_deref().unwrap_or("2026-01-15T10:30:00.125Z");
    parse(start).with_context(|| format!("{start:?} is not an RFC 3339 time"))
}

/// Parses `2026-01-15T10:30:00.125Z`, with or without a fraction, with `Z` or an offset.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once(['T', ' '])?;
    let zone_at = time.find(['Z', '+', '-'])?;
    let (time, zone) = time.split_at(zone_at);
    let mut date = date.splitn(3, '-').map(str::parse::<i64>);
    let mut next = || date.next()?.ok();
    let days = days(next()?, next()?, next()?);
    let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let mut clock = clock.splitn(3, ':').map(str::parse::<i64>);
    let mut next = || clock.next()?.ok();
    let seconds = next()? * 3_600 + next()? * 60 + next()?;
    let millis: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let offset = match zone.split_once(':') {
        None => 0,
        Some((hours, minutes)) => {
            let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
            60 * (hours * 60 + if zone.starts_with('-') { -minutes } else { minutes })
        }
    };
    of(days, seconds - offset, millis)
}

/// Returns the time at a number of days and seconds after the epoch.
pub(crate) fn of(days: i64, seconds: i64, millis: i64) -> Option<Timestamp> {
    let millis = (days * 86_400 + seconds) * 1_000 + millis;
    u64::try_from(millis).ok().map(Timestamp::from_millis)
}

/// Returns the number of days from 1970-01-01 to a date.
pub(crate) fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that the leap day is the last day of a year.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (153 * month + 2) / 5 + day
        - 719_469
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_whatever_their_form() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"),
            ("2026-01-15T10:30:00.125Z", "2026-01-15T10:30:00.125Z"),
            ("2026-01-15T10:30:00.1254+02:00", "2026-01-15T08:30:00.125Z"),
            ("2024-02-29T23:30:00-01:30", "2024-03-01T01:00:00.000Z"),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), expected);
        }
        assert_eq!(parse("today"), None);
    }
}
