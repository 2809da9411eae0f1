//! `get_by_names`, which reads several parameters, ten in a call.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::operation::get_parameters::GetParametersOutput;
use aws_sdk_ssm::types::Parameter;
use futures_util::future::join_all;

use super::get::{NOT_FOUND, get, value_of};
use super::options::SsmOptions;
use crate::aws_error::of_sdk;
use crate::{ProviderError, Value};

/// The maximum number of names that `GetParameters` accepts.
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
    let answer = match call.set_with_decryption(decrypt.then_some(true)).send().await {
        Ok(answer) => answer,
        Err(error) => {
            let error = of_sdk(error, &NOT_FOUND);
            if error.is_unavailable() || names.len() == 1 {
                // Nine more calls would not help a busy store.
                return names.iter().map(|_| Err(error.again())).collect();
            }
            GetParametersOutput::builder().build()
        }
    };
    let answer = &answer;
    join_all(names.iter().map(|&(name, options)| async move {
        match of_answer(answer, name) {
            Some(result) => result,
            None => get(client, name, options).await,
        }
    }))
    .await
}

/// Returns the result of a name, or `None` if the answer neither has its parameter nor says that the name is invalid.
fn of_answer(answer: &GetParametersOutput, asked: &str) -> Option<Result<Value, ProviderError>> {
    // Not taken out of the answer: one parameter can be asked for by its name and by its ARN.
    let mut values = answer
        .parameters()
        .iter()
        .filter(|parameter| is_called(parameter, asked));
    match values.find_map(value_of) {
        Some(value) => Some(Ok(value)),
        None if answer.invalid_parameters().iter().any(|name| name == asked) => Some(Err(ProviderError::not_found())),
        None => None,
    }
}

/// Returns whether a parameter is the requested one: by its name or ARN, and by its version or label if one was requested.
fn is_called(parameter: &Parameter, asked: &str) -> bool {
    let name = parameter.name().unwrap_or_default();
    let selector = parameter.selector().unwrap_or_default().trim_start_matches(':');
    let by = |identity: &str| match asked.strip_prefix(identity) {
        Some("") => selector.is_empty(),
        Some(rest) => rest.strip_prefix(':').is_some_and(|asked| {
            // A store that does not repeat the selector still says which version it is.
            asked == selector || (selector.is_empty() && asked == parameter.version().to_string())
        }),
        None => false,
    };
    by(name) || parameter.arn().is_some_and(by)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:ssm:eu-west-1:123456789012:parameter/a";

    #[test]
    fn a_parameter_is_known_by_name_arn_and_selector() {
        let parameter = Parameter::builder().name("/a").arn(ARN).value("v").version(7);
        let (plain, third) = (parameter.clone().build(), parameter.clone().selector(":3").build());
        let (labelled, shared) = (
            parameter.selector(":live").build(),
            Parameter::builder().name(ARN).build(),
        );
        let with = |selector: &str| format!("{ARN}{selector}");
        for (parameter, asked, is) in [
            (&plain, "/a", true),
            (&plain, ARN, true),
            (&plain, "/a:7", true),
            (&plain, "/a:3", false),
            (&plain, "/a:live", false),
            (&plain, "/ab", false),
            (&plain, "/", false),
            (&third, "/a:3", true),
            (&third, &with(":3"), true),
            (&third, "/a:33", false),
            (&third, "/a:7", false),
            (&third, "/a", false),
            (&third, ARN, false),
            (&labelled, "/a:live", true),
            (&labelled, &with(":live"), true),
            (&labelled, "/a", false),
            (&shared, ARN, true), // of another account: its name is its ARN
            (&shared, "/a", false),
        ] {
            assert_eq!(is_called(parameter, asked), is, "{parameter:?} {asked}");
        }
    }
}
