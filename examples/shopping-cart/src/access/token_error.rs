//! [`TokenError`]: the reason why a token is invalid.

/// The reason why a token cannot be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is not a JSON Web Token, or one with unsupported requirements.
    #[error("it is malformed")]
    Malformed,
    /// It is not signed with RS256, or not signed at all.
    #[error("its algorithm is not RS256")]
    Algorithm,
    /// The issuer has no such key.
    #[error("its key is unknown")]
    UnknownKey,
    /// The signature is from another key, or for another token.
    #[error("its signature is wrong")]
    Signature,
    /// It was issued by another issuer.
    #[error("it was issued by another issuer")]
    Issuer,
    /// It was issued for another application, or for another use.
    #[error("it was issued for another application")]
    Audience,
    /// It has expired.
    #[error("it has expired")]
    Expired,
    /// It is not valid yet.
    #[error("it is not valid yet")]
    NotYet,
}
