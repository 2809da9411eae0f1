//! `get`, which reads one parameter.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::{Parameter, ParameterType};

use super::options::SsmOptions;
use crate::aws_error::of_sdk;
use crate::{ProviderError, Value};

/// The error codes of a missing parameter.
pub(super) const NOT_FOUND: [&str; 2] = ["ParameterNotFound", "ParameterVersionNotFound"];

pub(super) async fn get(client: &Client, name: &str, options: &SsmOptions) -> Result<Value, ProviderError> {
    let call = client.get_parameter().name(name).with_decryption(options.decrypt);
    let answer = call.send().await.map_err(|error| of_sdk(error, &NOT_FOUND))?;
    let value = answer.parameter.as_ref().and_then(value_of);
    value.ok_or_else(ProviderError::not_found)
}

/// Returns the value of a parameter; a `StringList` remains one.
pub(super) fn value_of(parameter: &Parameter) -> Option<Value> {
    let text = parameter.value()?;
    Some(match parameter.r#type() {
        Some(ParameterType::StringList) => Value::list(text),
        _ => Value::text(text),
    })
}
