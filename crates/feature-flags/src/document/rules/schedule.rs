//! `Schedule`, the conditions on the current time.

use jiff::civil::{DateTime, ISOWeekDate, Time, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use powertools_lambda_core::Clock;

use super::action::Action;
use crate::document::node::Node;

/// A condition on the current time in a time zone.
///
/// All of them compare the local time that a clock on the wall shows, so that `09:00` is nine o'clock even on a day on
/// which the clocks change.
#[derive(Debug)]
pub(super) struct Schedule {
    zone: TimeZone,
    window: Window,
}

#[derive(Debug)]
enum Window {
    /// From one time of day to another, both included, to the second; across midnight if the end is before the start.
    Times { start: Time, end: Time },
    /// From one time to another, both included, to the second.
    DateTimes { start: DateTime, end: DateTime },
    /// On some days of the week, Monday first.
    Days([bool; 7]),
}

impl Schedule {
    /// Reads the value of a condition; an error is the problem.
    pub(super) fn new(action: Action, key: &str, value: &Node) -> Result<Self, String> {
        let expected = match action {
            Action::TimeRange => "CURRENT_TIME",
            Action::DateTimeRange => "CURRENT_DATETIME",
            _ => "CURRENT_DAY_OF_WEEK",
        };
        if key != expected {
            return Err(format!("`key` of {action} must be {expected:?}"));
        }
        let window = match action {
            Action::TimeRange => Window::Times {
                start: time(action, value, "START")?,
                end: time(action, value, "END")?,
            },
            Action::DateTimeRange => Window::DateTimes {
                start: date_time(action, value, "START")?,
                end: date_time(action, value, "END")?,
            },
            _ => Window::Days(days(value)?),
        };
        let zone = zone(value)?;
        Ok(Self { zone, window })
    }

    /// Returns whether the clock's time is in the window; `false` for times that have no date, beyond the year 9999.
    pub(super) fn contains(&self, clock: &Clock) -> bool {
        let Ok(now) = jiff::Timestamp::try_from(clock.now()) else {
            return false;
        };
        let local = if self.zone == TimeZone::UTC {
            jiff::tz::Offset::UTC.to_datetime(now)
        } else {
            self.zone.to_datetime(now)
        };
        // The second at the end of a window is included as a whole.
        let Ok(second) = local.with().subsec_nanosecond(0).build() else {
            return false;
        };
        match &self.window {
            Window::Times { start, end } => {
                let time = second.time();
                if end < start {
                    *start <= time || time <= *end
                } else {
                    *start <= time && time <= *end
                }
            }
            Window::DateTimes { start, end } => *start <= local && second <= *end,
            Window::Days(days) => days[usize::from(local.weekday().to_monday_zero_offset().unsigned_abs() % 7)],
        }
    }
}

fn text<'a>(action: Action, value: &'a Node, name: &str) -> Result<&'a str, String> {
    match value {
        Node::Object(_) => {}
        _ => return Err(format!("`value` of {action} must be an object with `START` and `END`")),
    }
    match value.get(name) {
        Some(Node::Text(text)) => Ok(text),
        Some(_) => Err(format!("`value.{name}` must be a text")),
        None => Err(format!("`value.{name}` is missing")),
    }
}

/// Reads `HH:MM`, exactly.
fn time(action: Action, value: &Node, name: &str) -> Result<Time, String> {
    let text = text(action, value, name)?;
    let digit = |at: usize| {
        text.as_bytes()
            .get(at)
            .filter(|byte| byte.is_ascii_digit())
            .map(|byte| byte - b'0')
    };
    let number = |at: usize| Some(i8::try_from(digit(at)? * 10 + digit(at + 1)?).unwrap_or(i8::MAX));
    let parts = (text.len() == 5 && text.as_bytes().get(2) == Some(&b':')).then(|| (number(0), number(3)));
    match parts {
        Some((Some(hour), Some(minute))) => Time::new(hour, minute, 0, 0).ok(),
        _ => None,
    }
    .ok_or_else(|| format!("`value.{name}` must be a time of the form HH:MM, 00:00 to 23:59"))
}

/// Reads an ISO 8601 time without an offset; a time of day that is left out is midnight.
fn date_time(action: Action, value: &Node, name: &str) -> Result<DateTime, String> {
    let text = text(action, value, name)?;
    let invalid = || format!("`value.{name}` must be an ISO 8601 date and time, such as 2026-02-11T09:00:00");
    // The date is `2026-02-11`, `20260211`, `2026-W07-3` or `2026W073`.
    let (date, time) = match text.char_indices().find(|(_, c)| matches!(c, 'T' | 't' | ' ')) {
        Some((at, separator)) => (&text[..at], Some(&text[at + separator.len_utf8()..])),
        None => (text, None),
    };
    let is_date = |c: char| c.is_ascii_digit() || matches!(c, '-' | 'W');
    let is_time = |c: char| c.is_ascii_digit() || matches!(c, ':' | '.' | ',');
    let is_offset = |c: char| matches!(c, 'Z' | 'z' | '+' | '-');
    if !date.starts_with(|c: char| c.is_ascii_digit()) || !date.chars().all(is_date) {
        return Err(invalid());
    }
    if time.is_some_and(|time| time.contains(is_offset)) {
        return Err(format!(
            "`value.{name}` must not have an offset: set `value.TIMEZONE` instead"
        ));
    }
    if time.is_some_and(|time| time.is_empty() || !time.chars().all(is_time)) {
        return Err(invalid());
    }
    let date = if date.contains('W') {
        date.parse::<ISOWeekDate>().map(ISOWeekDate::date)
    } else {
        date.parse()
    };
    let date = date.map_err(|_| invalid())?;
    // jiff reads a leap second as :59.
    let second = time.map(|time| time.replace([':', '.', ','], "")).unwrap_or_default();
    if second.get(4..6) == Some("60") {
        return Err(invalid());
    }
    let time = match time {
        Some(time) => format!("T{time}").parse().map_err(|_| invalid())?,
        None => Time::midnight(),
    };
    // Python's dates begin in the year 1, and a document is for both.
    if date.year() < 1 {
        return Err(invalid());
    }
    Ok(date.to_datetime(time))
}

fn days(value: &Node) -> Result<[bool; 7], String> {
    let Some(Node::List(items)) = value.get("DAYS") else {
        return Err("`value` must be an object with a list `DAYS`".to_owned());
    };
    let mut days = [false; 7];
    for item in items {
        let day = match item {
            Node::Text(text) => DAYS.iter().position(|(name, _)| name == text),
            _ => None,
        };
        let day = day.ok_or_else(|| {
            format!(
                "`value.DAYS` must contain only {}",
                DAYS.map(|(name, _)| name).join(", ")
            )
        })?;
        let offset = DAYS[day].1.to_monday_zero_offset().unsigned_abs();
        days[usize::from(offset)] = true;
    }
    Ok(days)
}

const DAYS: [(&str, Weekday); 7] = [
    ("MONDAY", Weekday::Monday),
    ("TUESDAY", Weekday::Tuesday),
    ("WEDNESDAY", Weekday::Wednesday),
    ("THURSDAY", Weekday::Thursday),
    ("FRIDAY", Weekday::Friday),
    ("SATURDAY", Weekday::Saturday),
    ("SUNDAY", Weekday::Sunday),
];

/// Returns the zone `TIMEZONE`, from the database that is compiled in: the runtime's image may have none.
fn zone(value: &Node) -> Result<TimeZone, String> {
    let name = match value.get("TIMEZONE") {
        None | Some(Node::Null) => return Ok(TimeZone::UTC),
        Some(Node::Text(name)) if name.is_empty() => return Ok(TimeZone::UTC),
        Some(Node::Text(name)) => name,
        Some(_) => return Err("`value.TIMEZONE` must be a text".to_owned()),
    };
    if name == "UTC" {
        return Ok(TimeZone::UTC);
    }
    let zone = TimeZoneDatabase::bundled().get(name).ok();
    // In another case, Python would not find it.
    zone.filter(|zone| zone.iana_name() == Some(name))
        .ok_or_else(|| "`value.TIMEZONE` must be the IANA name of a time zone, such as \"Europe/Berlin\"".to_owned())
}
