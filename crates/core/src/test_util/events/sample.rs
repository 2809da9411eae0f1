//! The made-up constants of all events.

pub(super) const ACCOUNT: &str = "123456789012";
pub(super) const REGION: &str = "eu-west-1";
pub(super) const SOURCE_IP: &str = "203.0.113.7";
pub(super) const USER_AGENT: &str = "curl/8.5.0";
pub(super) const TRACE_ID: &str = "Root=1-6968c448-0123456789abcdef01234567";

/// 2026-01-15T10:30:00.125Z, when a [`ManualClock`](crate::test_util::ManualClock) begins, in the formats of the sources.
pub(super) const TIME_ISO: &str = "2026-01-15T10:30:00.125Z";
pub(super) const TIME_ISO_SECONDS: &str = "2026-01-15T10:30:00Z";
pub(super) const TIME_CLF: &str = "15/Jan/2026:10:30:00 +0000";
pub(super) const TIME_MILLIS: u64 = 1_768_473_000_125;

/// Returns the id of the item with this index.
pub(super) fn uuid(index: usize) -> String {
    format!("059f36b4-87a3-44ab-83d2-{:012x}", 0x6619_75a1_0001_usize + index)
}

/// Returns the sequence number of the item with this index: as long as the real ones, and ascending.
pub(super) fn sequence_number(index: usize) -> String {
    format!("4954533827184010{:040}", 21_782_347_658_u64 + index as u64)
}

/// Returns the ARN of a resource.
pub(super) fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}")
}
