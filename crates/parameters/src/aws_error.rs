//! `of_sdk`, which makes a `ProviderError` from an error of the AWS SDK.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::ProviderError;
use crate::aws_error_code::{Meaning, of_code};

/// Makes a provider's error from the SDK's; the operation's error becomes the source.
///
/// The raw response is dropped: one that could not be parsed may contain the value, and its `Debug` would show it.
pub(crate) fn of_sdk<E>(error: SdkError<E, HttpResponse>, not_found: &[&str]) -> ProviderError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let kind = match &error {
        SdkError::ServiceError(context) => {
            let code = context.err().code().unwrap_or_default();
            of_code(code, context.raw().status().as_u16(), not_found)
        }
        SdkError::ConstructionFailure(_) => Meaning::Refused,
        _ => Meaning::Unavailable,
    };
    let source = match error.into_source() {
        Ok(source) => source,
        Err(error) => error.to_string().into(),
    };
    kind.because(source)
}
