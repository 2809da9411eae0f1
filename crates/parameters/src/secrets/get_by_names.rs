//! `get_by_names`, which reads several secrets, twenty in a call.

use std::collections::HashMap;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::batch_get_secret_value::BatchGetSecretValueOutput;
use futures_util::future::join_all;

use super::get::{NOT_FOUND, get, value};
use super::options::SecretsOptions;
use crate::aws_error::of_sdk;
use crate::aws_error_code::of_code;
use crate::{ProviderError, Value};

/// The most ids that `BatchGetSecretValue` accepts.
const NAMES_PER_CALL: usize = 20;

type Outcome = Result<Value, ProviderError>;

/// Reads names with `SecretIdList`, which matches exactly, and not with the `name` filter, which matches prefixes.
///
/// `BatchGetSecretValue` does not support versions, so names with a version are read one by one. If the function is not
/// allowed to call it, all names are.
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
    for secret in answer.secret_values.unwrap_or_default() {
        let (name, arn) = (secret.name.unwrap_or_default(), secret.arn.unwrap_or_default());
        let Some(value) = value(secret.secret_string, secret.secret_binary) else {
            continue;
        };
        for asked in names.iter().filter(|asked| is_called(asked, &name, &arn)) {
            found.insert(asked, Ok(value.clone()));
        }
    }
    for error in answer.errors.unwrap_or_default() {
        let id = error.secret_id.unwrap_or_default();
        let code = error.error_code.unwrap_or_default();
        let message = format!("{code}: {}", error.message.unwrap_or_default());
        for asked in names.iter().filter(|asked| is_called(asked, &id, &id)) {
            let meaning = of_code(&code, 200, &NOT_FOUND);
            found.insert(asked, Err(meaning.because(message.clone().into())));
        }
    }
}

/// Returns whether a secret is the requested one: by name, by ARN, or by an ARN without its six random characters.
fn is_called(asked: &str, name: &str, arn: &str) -> bool {
    let without_suffix = arn.len().checked_sub(7).and_then(|end| arn.get(..end));
    asked == name || asked == arn || (asked.starts_with("arn:") && without_suffix == Some(asked))
}

#[cfg(test)]
mod tests {
    use super::is_called;

    #[test]
    fn a_secret_is_known_by_name_and_by_arn_and_not_by_how_its_name_begins() {
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-a1B2c3";
        assert!(is_called("shop", "shop", arn));
        assert!(is_called(arn, "shop", arn));
        assert!(is_called(&arn[..arn.len() - 7], "shop", arn));
        assert!(!is_called("shop", "shop-extra", arn));
        assert!(!is_called("arn:aws", "shop", arn));
    }
}
