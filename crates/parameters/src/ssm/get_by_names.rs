//! `get_by_names`, which reads several parameters, ten in a call.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::operation::get_parameters::GetParametersOutput;
use aws_sdk_ssm::types::Parameter;
use futures_util::future::join_all;

use super::get::{NOT_FOUND, get};
use super::options::SsmOptions;
use crate::aws_error::of_sdk;
use crate::{ProviderError, Value};

/// The most names that `GetParameters` accepts.
const NAMES_PER_CALL: usize = 10;

/// The number of concurrent calls. Parameter Store allows 40 a second by default.
const CALLS_AT_ONCE: usize = 4;

/// Reads plain and decrypted names separately, ten in a call.
///
/// A KMS key that cannot be used makes the whole call fail. Its names are then read one by one, so that only those that
/// are encrypted with that key fail.
pub(super) async fn get_by_names(client: &Client, names: &[(&str, &SsmOptions)]) -> Vec<Result<Value, ProviderError>> {
    let mut results: Vec<Option<Result<Value, ProviderError>>> = names.iter().map(|_| None).collect();
    let (decrypted, plain): (Vec<usize>, Vec<usize>) = (0..names.len()).partition(|&at| names[at].1.decrypt);
    let chunks: Vec<&[usize]> = decrypted
        .chunks(NAMES_PER_CALL)
        .chain(plain.chunks(NAMES_PER_CALL))
        .collect();
    for at_once in chunks.chunks(CALLS_AT_ONCE) {
        let calls = at_once.iter().map(|chunk| {
            let names = chunk.iter().map(|&at| names[at]).collect();
            get_chunk(client, names)
        });
        for (chunk, found) in at_once.iter().zip(join_all(calls).await) {
            for (&at, result) in chunk.iter().zip(found) {
                results[at] = Some(result);
            }
        }
    }
    let results = results.into_iter();
    results
        .map(|result| result.unwrap_or_else(|| Err(ProviderError::not_found())))
        .collect()
}

async fn get_chunk(client: &Client, names: Vec<(&str, &SsmOptions)>) -> Vec<Result<Value, ProviderError>> {
    let decrypt = names.first().is_some_and(|(_, options)| options.decrypt);
    let call = client
        .get_parameters()
        .set_names(Some(names.iter().map(|(name, _)| (*name).to_owned()).collect()));
    match call.set_with_decryption(decrypt.then_some(true)).send().await {
        Ok(answer) => of_answer(answer, &names),
        Err(error) => {
            let error = of_sdk(error, &NOT_FOUND);
            if error.is_unavailable() || names.len() == 1 {
                // Nine more calls would not help a busy store.
                return names.iter().map(|_| Err(error.again())).collect();
            }
            join_all(names.iter().map(|(name, options)| get(client, name, options))).await
        }
    }
}

/// Returns the result of each name. Names that are missing in the answer are those that it reports as invalid.
fn of_answer(answer: GetParametersOutput, names: &[(&str, &SsmOptions)]) -> Vec<Result<Value, ProviderError>> {
    let mut found = answer.parameters.unwrap_or_default();
    let result = |(name, _): &(&str, &SsmOptions)| {
        let parameter = found.iter_mut().find(|parameter| is_called(parameter, name));
        let value = parameter.and_then(|parameter| parameter.value.take());
        value.map(Value::text).ok_or_else(ProviderError::not_found)
    };
    names.iter().map(result).collect()
}

/// Returns whether a parameter is the requested one, by its name or ARN, with or without a version or label.
fn is_called(parameter: &Parameter, asked: &str) -> bool {
    let name = parameter.name().unwrap_or_default();
    let rest = asked
        .strip_prefix(name)
        .or_else(|| asked.strip_prefix(parameter.arn()?));
    let selector = parameter.selector().unwrap_or_default().trim_start_matches(':');
    parameter.value().is_some()
        && rest.is_some_and(|rest| match rest.strip_prefix(':') {
            Some(rest) => rest == selector,
            None => rest.is_empty(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_known_by_name_arn_and_selector() {
        let arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/a";
        let parameter = Parameter::builder().name("/a").arn(arn).value("v");
        let (plain, third) = (parameter.clone().build(), parameter.selector(":3").build());
        assert!(is_called(&plain, "/a"));
        assert!(is_called(&plain, arn));
        assert!(is_called(&third, "/a:3"));
        assert!(!is_called(&plain, "/a:3"));
        assert!(!is_called(&third, "/a:33"));
        assert!(!is_called(&plain, "/ab"));
    }
}
