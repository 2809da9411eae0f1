//! `of_code`, which classifies the error codes of AWS.

use std::error::Error;

use crate::ProviderError;

pub(crate) enum Meaning {
    NotFound,
    AccessDenied,
    Unavailable,
    Refused,
}

pub(crate) fn of_code(code: &str, status: u16, not_found: &[&str]) -> Meaning {
    let unavailable = [
        "Throttl",
        "Internal",
        "Unavailable",
        "TooManyRequests",
        "LimitExceeded",
        "ThroughputExceeded",
    ];
    if not_found.contains(&code) {
        Meaning::NotFound
    } else if code.contains("AccessDenied") || status == 401 || status == 403 {
        Meaning::AccessDenied
    } else if status >= 500 || status == 429 || unavailable.iter().any(|part| code.contains(part)) {
        Meaning::Unavailable
    } else {
        Meaning::Refused
    }
}

impl Meaning {
    pub(crate) fn because(self, source: Box<dyn Error + Send + Sync>) -> ProviderError {
        match self {
            Self::NotFound => ProviderError::not_found().with_source(source),
            Self::AccessDenied => ProviderError::access_denied(source),
            Self::Unavailable => ProviderError::unavailable(source),
            Self::Refused => ProviderError::refused(source),
        }
    }
}
