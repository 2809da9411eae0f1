//! `get_by_names`, which reads several secrets, twenty in a call.

use std::collections::HashMap;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::batch_get_secret_value::BatchGetSecretValueOutput;
use aws_sdk_secretsmanager::types::{ApiErrorType, SecretValueEntry};
use futures_util::future::join_all;

use super::get::{NOT_FOUND, get, value};
use super::options::SecretsOptions;
use crate::aws_error::of_sdk;
use crate::aws_error_code::of_code;
use crate::{ProviderError, Value};

/// The maximum number of ids that `BatchGetSecretValue` accepts.
const NAMES_PER_CALL: usize = 20;

type Outcome = Result<Value, ProviderError>;

/// Reads names with `SecretIdList`, which matches exactly, and not with the `name` filter, which matches prefixes.
///
/// `BatchGetSecretValue` does not support versions, so names with a version are read one by one. If the function is not
/// allowed to call it, all names are read one by one.
pub(super) async fn get_by_names(client: &Client, names: &[(&str, &SecretsOptions)]) -> Vec<Outcome> {
    let plain = SecretsOptions::default();
    let batch: Vec<&str> = names
        .iter()
        .filter(|(_, options)| **options == plain)
        .map(|(name, _)| *name)
        .collect();
    let mut found: HashMap<&str, Outcome> = HashMap::new();
    for chunk in batch.chunks(NAMES_PER_CALL) {
        found.extend(get_chunk(client, chunk).await);
    }
    join_all(names.iter().map(|(name, options)| {
        let batched = if **options == plain { found.remove(name) } else { None };
        async move {
            match batched {
                Some(outcome) => outcome,
                None => get(client, name, options).await,
            }
        }
    }))
    .await
}

/// Returns the results of a call; a name without a result is to be read separately.
async fn get_chunk<'n>(client: &Client, names: &[&'n str]) -> HashMap<&'n str, Outcome> {
    let mut found = HashMap::new();
    let mut next = None;
    loop {
        let call = client.batch_get_secret_value();
        let call = call.set_secret_id_list(Some(names.iter().map(|name| (*name).to_owned()).collect()));
        let mut answer = match call.set_next_token(next.take()).send().await {
            Ok(answer) => answer,
            Err(error) => {
                let error = of_sdk(error, &NOT_FOUND);
                if error.is_unavailable() {
                    for name in names {
                        found.entry(*name).or_insert_with(|| Err(error.again()));
                    }
                }
                return found;
            }
        };
        next = answer.next_token.take().filter(|token| !token.is_empty());
        take(answer, names, &mut found);
        if next.is_none() {
            return found;
        }
    }
}

fn take<'n>(answer: BatchGetSecretValueOutput, names: &[&'n str], found: &mut HashMap<&'n str, Outcome>) {
    let secrets = answer.secret_values.unwrap_or_default();
    let errors = answer.errors.unwrap_or_default();
    for asked in names {
        let how = |secret: &SecretValueEntry| known_by(asked, secret.name(), secret.arn());
        let secret = secrets
            .iter()
            .filter(|secret| how(secret).is_some())
            .min_by_key(|secret| how(secret));
        let secret = secret.and_then(|secret| value(secret.secret_string.clone(), secret.secret_binary.clone()));
        if let Some(value) = secret {
            found.insert(asked, Ok(value));
            continue;
        }
        let how = |error: &ApiErrorType| known_by(asked, error.secret_id(), error.secret_id());
        let error = errors
            .iter()
            .filter(|error| how(error).is_some())
            .min_by_key(|error| how(error));
        if let Some(error) = error {
            let code = error.error_code().unwrap_or_default();
            let message = format!("{code}: {}", error.message().unwrap_or_default());
            let meaning = of_code(code, 200, &NOT_FOUND);
            found.insert(asked, Err(meaning.because(message.into())));
        }
    }
}

/// How a secret was recognised; a lesser value is a better match.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum KnownBy {
    Identity,
    /// The ARN without the six random characters, which may also be the whole ARN of another secret.
    ArnWithoutSuffix,
}

/// Returns how a secret with this name and ARN matches the requested one.
fn known_by(asked: &str, name: Option<&str>, arn: Option<&str>) -> Option<KnownBy> {
    if name == Some(asked) || arn == Some(asked) {
        return Some(KnownBy::Identity);
    }
    let (without_suffix, suffix) = arn?.rsplit_once('-')?;
    // For a secret that cannot be read, the answer has either the name or the ARN.
    let by_name_in_arn = || {
        name == arn
            && without_suffix
                .split_once(":secret:")
                .is_some_and(|(_, name)| name == asked)
    };
    (suffix.len() == 6 && (without_suffix == asked || by_name_in_arn())).then_some(KnownBy::ArnWithoutSuffix)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-a1B2c3";

    #[test]
    fn a_secret_is_known_by_name_and_by_arn_and_not_by_how_its_name_begins() {
        let by = |asked| known_by(asked, Some("shop"), Some(ARN));
        assert_eq!(by("shop"), Some(KnownBy::Identity));
        assert_eq!(by(ARN), Some(KnownBy::Identity));
        assert_eq!(by(&ARN[..ARN.len() - 7]), Some(KnownBy::ArnWithoutSuffix));
        assert_eq!(by("arn:aws"), None);
        assert_eq!(by("shop-a1B2c3"), None);
        assert_eq!(
            known_by("shop", Some("shop-extra"), Some(&ARN.replace("shop", "shop-extra"))),
            None
        );
        assert_eq!(known_by("shop", Some("shop-extra"), None), None);
        assert_eq!(known_by("shop", Some(ARN), Some(ARN)), Some(KnownBy::ArnWithoutSuffix));
    }
}
