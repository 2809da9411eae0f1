//! `of_code`, which classifies the error codes of AWS.

use std::error::Error;

use crate::ProviderError;

pub(crate) enum Meaning {
    NotFound,
    AccessDenied,
    Unavailable,
    Refused,
}

/// Returns what a code means. An unknown code counts as unavailable, because it may be new, or come from a proxy.
pub(crate) fn of_code(code: &str, status: u16, not_found: &[&str]) -> Meaning {
    let contains = |parts: &[&str]| parts.iter().any(|part| code.contains(part));
    if not_found.contains(&code) {
        Meaning::NotFound
    } else if contains(&["AccessDenied"]) || status == 401 || status == 403 {
        Meaning::AccessDenied
    } else if status >= 500 || status == 429 || contains(&UNAVAILABLE) {
        Meaning::Unavailable
    } else if contains(&REFUSED) {
        Meaning::Refused
    } else {
        Meaning::Unavailable
    }
}

const UNAVAILABLE: [&str; 6] = [
    "Throttl",
    "Internal",
    "Unavailable",
    "TooManyRequests",
    "LimitExceeded",
    "ThroughputExceeded",
];

/// Parts of the codes for a request that fails each time.
const REFUSED: [&str; 10] = [
    "Invalid",
    "NotFound",
    "BadRequest",
    "Validation",
    "Decryption",
    "Unsupported",
    "Serialization",
    "Signature",
    "UnrecognizedClient",
    "MissingAuthentication",
];

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_code_is_not_a_lasting_refusal() {
        let name = |meaning| match meaning {
            Meaning::NotFound => "not found",
            Meaning::AccessDenied => "access denied",
            Meaning::Unavailable => "unavailable",
            Meaning::Refused => "refused",
        };
        for (code, status, meaning) in [
            ("ParameterNotFound", 400, "not found"),
            ("ResourceNotFoundException", 400, "refused"),
            ("AccessDeniedException", 400, "access denied"),
            ("", 403, "access denied"),
            ("ThrottlingException", 400, "unavailable"),
            ("RequestLimitExceeded", 400, "unavailable"),
            ("ValidationException", 400, "refused"),
            ("InvalidKeyId", 400, "refused"),
            ("DecryptionFailure", 400, "refused"),
            ("InternalServiceError", 400, "unavailable"),
            ("", 400, "unavailable"),
            ("", 302, "unavailable"),
            ("", 408, "unavailable"),
            ("BrandNewException", 400, "unavailable"),
            ("ExpiredTokenException", 400, "unavailable"), // the credentials are renewed
            ("<html>proxy</html>", 407, "unavailable"),
        ] {
            assert_eq!(
                name(of_code(code, status, &["ParameterNotFound"])),
                meaning,
                "{status} {code}"
            );
        }
    }
}
