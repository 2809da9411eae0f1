//! [`ErrorFormat`], the format of error responses.

use powertools_lambda_core::Invocation;

/// The format of the responses that [`ApiError`](crate::ApiError)s become.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErrorFormat {
    /// `application/problem+json` of [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457):
    /// `{"type":"about:blank","title":"Not Found","status":404,"detail":"no such order"}`.
    #[default]
    Problem,
    /// That of Powertools in other languages: `{"statusCode":404,"message":"no such order"}`.
    Powertools,
}

impl ErrorFormat {
    /// Makes it the format of the current invocation.
    pub(crate) fn note(self) {
        if self != Self::default() {
            Invocation::with_current(|invocation| {
                invocation.get_or_insert_with(|| self);
            });
        }
    }

    /// Returns the format of the current invocation.
    pub(crate) fn current() -> Self {
        Invocation::with_current(|invocation| invocation.get::<Self>().copied())
            .flatten()
            .unwrap_or_default()
    }
}
