//! `StandardKey`, the keys that the toolkit itself writes.

/// A key that the toolkit itself writes, to rename or omit it.
///
/// ```
/// use powertools_lambda_logger::{Logger, StandardKey};
///
/// let logger = Logger::builder()
///     .rename(StandardKey::Message, "msg")
///     .omit(StandardKey::Location)
///     .build();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StandardKey {
    /// `level`: TRACE, DEBUG, INFO, WARN or ERROR. Lambda's log-level filter needs it, so a field or key of this name
    /// becomes `user_level`.
    Level,
    /// `timestamp`: RFC 3339 with milliseconds. Lambda's log-level filter needs it, so a field or key of this name becomes
    /// `user_timestamp`.
    Timestamp,
    /// `message`: the event's text.
    Message,
    /// `location`: the module and the line that the record comes from.
    Location,
    /// `service`: the name set in code or with `POWERTOOLS_SERVICE_NAME`.
    Service,
    /// `sampling_rate`: the share of invocations that write DEBUG records, if one is set.
    SamplingRate,
    /// `function_name`: the function's name.
    FunctionName,
    /// `function_arn`: the ARN that the function was invoked with.
    FunctionArn,
    /// `function_request_id`: the invocation's id.
    FunctionRequestId,
    /// `tenant_id`: the tenant that the function was invoked for, if there is one.
    TenantId,
    /// `xray_trace_id`: the root id of the X-Ray trace, if there is one.
    XrayTraceId,
    /// `function_memory_size`: the function's memory in MB.
    FunctionMemorySize,
    /// `cold_start`: whether this is the environment's first invocation.
    ColdStart,
    /// `correlation_id`: the id from the event or set in code, if there is one.
    CorrelationId,
    /// `exception`: the messages of an error's chain.
    Exception,
    /// `exception_name`: the name of an error's type.
    ExceptionName,
    /// `stack_trace`: the errors of a chain, and the frames if they were captured.
    StackTrace,
}

impl StandardKey {
    const ALL: [Self; 17] = [
        Self::Level,
        Self::Timestamp,
        Self::Message,
        Self::Location,
        Self::Service,
        Self::SamplingRate,
        Self::FunctionName,
        Self::FunctionArn,
        Self::FunctionRequestId,
        Self::TenantId,
        Self::XrayTraceId,
        Self::FunctionMemorySize,
        Self::ColdStart,
        Self::CorrelationId,
        Self::Exception,
        Self::ExceptionName,
        Self::StackTrace,
    ];

    /// Returns the name of the key on records, unless it is renamed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Level => "level",
            Self::Timestamp => "timestamp",
            Self::Message => "message",
            Self::Location => "location",
            Self::Service => "service",
            Self::SamplingRate => "sampling_rate",
            Self::FunctionName => "function_name",
            Self::FunctionArn => "function_arn",
            Self::FunctionRequestId => "function_request_id",
            Self::TenantId => "tenant_id",
            Self::XrayTraceId => "xray_trace_id",
            Self::FunctionMemorySize => "function_memory_size",
            Self::ColdStart => "cold_start",
            Self::CorrelationId => "correlation_id",
            Self::Exception => "exception",
            Self::ExceptionName => "exception_name",
            Self::StackTrace => "stack_trace",
        }
    }

    /// Returns whether the toolkit sets the key as an event's field or as a key of the invocation, as the function may do, too.
    pub(crate) fn is_set_as_field(self) -> bool {
        matches!(
            self,
            Self::CorrelationId | Self::Exception | Self::ExceptionName | Self::StackTrace
        )
    }

    pub(crate) fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }
}

/// The names of the standard keys on a logger's records.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyNames(Vec<(StandardKey, Option<String>)>);

impl KeyNames {
    /// Renames a key, or omits it if `name` is `None`.
    pub(crate) fn set(&mut self, key: StandardKey, name: Option<String>) {
        self.0.retain(|(known, _)| *known != key);
        if name.as_deref() != Some(key.name()) {
            self.0.push((key, name));
        }
    }

    /// Returns whether no key is renamed or omitted.
    pub(crate) fn is_default(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether the record's level or timestamp has this name, which no other key may take.
    pub(crate) fn is_platform_key(&self, name: &str) -> bool {
        [StandardKey::Level, StandardKey::Timestamp]
            .into_iter()
            .any(|key| self.of(key.name()) == Some(name))
    }

    /// Returns the name of `key`, or `None` if it is omitted. A key that is not a standard key keeps its name.
    pub(crate) fn of<'a>(&'a self, key: &'a str) -> Option<&'a str> {
        let changed = StandardKey::by_name(key)
            .and_then(|standard| self.0.iter().find(|(known, _)| *known == standard))
            .map(|(_, name)| name.as_deref());
        changed.unwrap_or(Some(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_standard_key_is_found_by_its_name() {
        for key in StandardKey::ALL {
            assert_eq!(StandardKey::by_name(key.name()), Some(key));
        }
    }

    #[test]
    fn a_key_is_renamed_omitted_or_unchanged() {
        let mut names = KeyNames::default();
        names.set(StandardKey::Message, Some("msg".into()));
        names.set(StandardKey::Location, None);
        names.set(StandardKey::Level, None);
        names.set(StandardKey::Level, Some("level".into()));
        assert_eq!(names.of("message"), Some("msg"));
        assert_eq!(names.of("location"), None);
        assert_eq!(names.of("level"), Some("level"));
        assert_eq!(names.of("order_id"), Some("order_id"));
    }
}
