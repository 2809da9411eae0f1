//! Conditions on the time.

use powertools_lambda_core::test_util::{ManualClock, MemoryOutput};
use powertools_lambda_core::{Environment, Timestamp, Variables, Warnings};
use powertools_lambda_feature_flags::{FeatureFlags, TextSource};
use serde_json::{Value, json};

use crate::common::with_conditions;

/// Returns whether a condition matches at a time in UTC.
async fn matches_at(now: &str, action: &str, key: &str, value: &Value) -> bool {
    let millis = now.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let clock = ManualClock::at(Timestamp::from_millis(millis.try_into().unwrap())).clock();
    let warnings = Warnings::new(clock.clone(), MemoryOutput::new().output());
    let variables = Variables::from_lookup(|_| None, warnings.clone());
    let environment = Environment::new(variables, clock, MemoryOutput::new().output(), warnings);
    let condition = json!({ "action": action, "key": key, "value": value });
    let source = TextSource::new(with_conditions(&json!([condition])).to_string());
    let flags = FeatureFlags::builder(source).environment(&environment).build();
    flags.snapshot(&()).await.unwrap().is_enabled("f")
}

#[tokio::test]
async fn a_time_of_day_is_within_a_range_to_the_second() {
    for (now, start, end, zone, expected) in [
        ("2026-02-11T08:59:59Z", "09:00", "17:00", "UTC", false),
        ("2026-02-11T09:00:00Z", "09:00", "17:00", "UTC", true),
        ("2026-02-11T17:00:00Z", "09:00", "17:00", "UTC", true),
        ("2026-02-11T17:00:00.999Z", "09:00", "17:00", "UTC", true),
        ("2026-02-11T17:00:01Z", "09:00", "17:00", "UTC", false),
        ("2026-02-11T17:00:59Z", "09:00", "17:00", "UTC", false),
        // One minute.
        ("2026-02-11T12:00:00Z", "12:00", "12:00", "UTC", true),
        ("2026-02-11T12:00:01Z", "12:00", "12:00", "UTC", false),
        // Across midnight.
        ("2026-02-11T22:00:00Z", "22:00", "06:00", "UTC", true),
        ("2026-02-11T23:59:59Z", "22:00", "06:00", "UTC", true),
        ("2026-02-11T00:00:00Z", "22:00", "06:00", "UTC", true),
        ("2026-02-11T06:00:00Z", "22:00", "06:00", "UTC", true),
        ("2026-02-11T06:00:01Z", "22:00", "06:00", "UTC", false),
        ("2026-02-11T21:59:59Z", "22:00", "06:00", "UTC", false),
        ("2026-02-11T23:45:00Z", "23:30", "23:00", "UTC", true),
        ("2026-02-11T23:15:00Z", "23:30", "23:00", "UTC", false),
        // In a zone.
        ("2026-02-11T08:00:00Z", "09:00", "17:00", "Europe/Berlin", true),
        ("2026-07-11T07:00:00Z", "09:00", "17:00", "Europe/Berlin", true),
        ("2026-02-11T07:00:00Z", "09:00", "17:00", "Europe/Berlin", false),
        ("2026-02-11T14:00:00Z", "09:00", "17:00", "America/New_York", true),
        ("2026-02-11T13:59:59Z", "09:00", "17:00", "America/New_York", false),
        // 02:30 does not exist on this day in Berlin; 02:15 exists twice on the other.
        ("2026-03-29T01:00:00Z", "02:30", "04:00", "Europe/Berlin", true),
        ("2026-03-29T00:59:59Z", "02:30", "04:00", "Europe/Berlin", false),
        ("2026-10-25T00:15:00Z", "02:00", "02:30", "Europe/Berlin", true),
        ("2026-10-25T01:15:00Z", "02:00", "02:30", "Europe/Berlin", true),
    ] {
        let value = json!({ "START": start, "END": end, "TIMEZONE": zone });
        let found = matches_at(now, "SCHEDULE_BETWEEN_TIME_RANGE", "CURRENT_TIME", &value).await;
        assert_eq!(found, expected, "{now}: {start} to {end} in {zone}");
    }
}

#[tokio::test]
async fn a_date_and_time_is_within_a_range() {
    let range = ("2026-02-11T00:00:00", "2026-02-12T00:00:00");
    for (now, (start, end), zone, expected) in [
        ("2026-02-11T00:00:00Z", range, None, true),
        ("2026-02-10T23:59:59Z", range, None, false),
        ("2026-02-12T00:00:00Z", range, None, true),
        ("2026-02-12T00:00:00.999Z", range, None, true),
        ("2026-02-12T00:00:01Z", range, None, false),
        ("2026-02-10T23:59:59.999Z", range, None, false),
        (
            "2026-02-11T00:00:00.4Z",
            ("2026-02-11T00:00:00.5", "2026-02-12"),
            None,
            false,
        ),
        (
            "2026-02-11T00:00:00.5Z",
            ("2026-02-11T00:00:00.5", "2026-02-12"),
            None,
            true,
        ),
        ("2026-02-12T04:59:00Z", range, Some("America/New_York"), true),
        ("2026-02-12T05:00:01Z", range, Some("America/New_York"), false),
        ("2026-02-11T04:59:00Z", range, Some("America/New_York"), false),
        // Other forms of ISO 8601.
        ("2026-02-11T09:00:00Z", ("2026-02-11", "2026-02-12"), None, true),
        ("2026-02-11T09:00:00Z", ("20260211T090000", "20260211T0900"), None, true),
        ("2026-02-11T09:00:00Z", ("2026-W07-3", "2026W074"), None, true),
        (
            "2026-02-11T09:00:00.500Z",
            ("2026-02-11 09:00", "2026-02-11t09:00:00,5"),
            None,
            true,
        ),
        // The end is before the start.
        ("2026-02-11T09:00:00Z", ("2026-02-12", "2026-02-10"), None, false),
    ] {
        let value = json!({ "START": start, "END": end, "TIMEZONE": zone });
        let found = matches_at(now, "SCHEDULE_BETWEEN_DATETIME_RANGE", "CURRENT_DATETIME", &value).await;
        assert_eq!(found, expected, "{now}: {start} to {end} in {zone:?}");
    }
}

#[tokio::test]
async fn a_day_is_that_of_the_zone() {
    // 2026-02-11 is a Wednesday.
    for (now, days, zone, expected) in [
        ("2026-02-11T12:00:00Z", &["WEDNESDAY", "FRIDAY"][..], "UTC", true),
        ("2026-02-11T12:00:00Z", &["THURSDAY"], "UTC", false),
        ("2026-02-11T12:00:00Z", &["THURSDAY"], "Pacific/Auckland", true),
        ("2026-02-11T02:00:00Z", &["TUESDAY"], "America/New_York", true),
        ("2026-02-15T12:00:00Z", &["SUNDAY"], "UTC", true),
        ("2026-02-16T12:00:00Z", &["MONDAY"], "", true),
        ("2026-02-16T12:00:00Z", &[], "UTC", false),
    ] {
        let value = json!({ "DAYS": days, "TIMEZONE": zone });
        let found = matches_at(now, "SCHEDULE_BETWEEN_DAYS_OF_WEEK", "CURRENT_DAY_OF_WEEK", &value).await;
        assert_eq!(found, expected, "{now}: {days:?} in {zone}");
    }
}
