//! What can be wrong with a token.

/// Why a token is not to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is no JSON Web Token, or one that asks for more than we know.
    #[error("it is malformed")]
    Malformed,
    /// It is not signed by RS256, or not at all.
    #[error("its algorithm is not RS256")]
    Algorithm,
    /// The issuer has no such key.
    #[error("its key is unknown")]
    UnknownKey,
    /// The signature is somebody else's, or that of another token.
    #[error("its signature is wrong")]
    Signature,
    /// It was issued by somebody else.
    #[error("its issuer is another one")]
    Issuer,
    /// It was issued for another application, or for another use.
    #[error("it is for another application")]
    Audience,
    /// Its time is over.
    #[error("it has expired")]
    Expired,
    /// Its time is still to come.
    #[error("it is not valid yet")]
    NotYet,
}
