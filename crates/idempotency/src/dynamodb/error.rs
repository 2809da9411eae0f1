//! [`of_sdk`], which makes a `StoreError` from an error of the AWS SDK.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::StoreError;

/// Makes a store's error from the SDK's; the operation's error becomes the source.
///
/// `key` is the attribute of the partition key. The raw response is dropped, because it may contain an answer.
pub(super) fn of_sdk<E>(error: SdkError<E, HttpResponse>, key: &str) -> StoreError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let (code, message) = match &error {
        SdkError::ServiceError(context) => (context.err().code(), context.err().message()),
        _ => (None, None),
    };
    let message = message.unwrap_or_default().to_owned();
    let refusal = match code.unwrap_or_default() {
        "ResourceNotFoundException" => Some("the table was not found: check its name, region and account".to_owned()),
        "AccessDeniedException" => Some(
            "access was denied: allow the function's role dynamodb:UpdateItem and dynamodb:DeleteItem on the table"
                .to_owned(),
        ),
        "ValidationException" if is_about_the_key(&message) => Some(format!(
            "the table has another key: its partition key must be the text attribute {key:?}, without a sort key, or set \
             `key_attribute` or `sort_key`"
        )),
        "ValidationException" => Some(format!("the request was refused: {message}")),
        "UnrecognizedClientException" | "InvalidSignatureException" | "MissingAuthenticationTokenException" => {
            Some("the credentials were refused".to_owned())
        }
        _ => None,
    };
    let is_built = !matches!(error, SdkError::ConstructionFailure(_));
    let reason = match &error {
        SdkError::TimeoutError(_) => "the call timed out".to_owned(),
        SdkError::DispatchFailure(_) => "the request could not be sent, or got no answer".to_owned(),
        SdkError::ConstructionFailure(_) => "the request could not be made: check region and credentials".to_owned(),
        _ => code.unwrap_or("the answer could not be read").to_owned(),
    };
    let source = match error.into_source() {
        Ok(source) => source,
        Err(error) => error.to_string().into(),
    };
    let error = match refusal {
        Some(reason) => StoreError::refused(reason),
        None if is_built => StoreError::unavailable(reason),
        None => StoreError::refused(reason),
    };
    error.with_source(source)
}

/// Returns whether DynamoDB refused a request because the table has another key.
fn is_about_the_key(message: &str) -> bool {
    [
        "key element does not match",
        "One of the required keys",
        "number of conditions on the keys",
        "Type mismatch for key",
    ]
    .iter()
    .any(|part| message.contains(part))
}

/// Returns whether DynamoDB refused an update because the item would be larger than its limit.
pub(super) fn is_too_large<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    let SdkError::ServiceError(context) = error else {
        return false;
    };
    let message = context.err().message().unwrap_or_default();
    context.err().code() == Some("ValidationException") && message.contains("size") && message.contains("exceed")
}
