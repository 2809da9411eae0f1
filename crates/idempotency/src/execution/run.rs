//! [`run`], from a key to an answer.

use std::panic::{AssertUnwindSafe, resume_unwind};

use futures_util::FutureExt;
use powertools_lambda_core::{Deadline, Invocation};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::settings::Settings;
use super::steps::{Began, Steps};
use super::stored::Stored;
use super::telemetry::{Event, tell};
use crate::policies::{MissingKeyPolicy, StoreFailurePolicy};
use crate::{IdempotencyError, Key, KeyError, Record, Status, Token};

/// Calls `work`, or replays an answer; see [`Idempotency::run_or_replay`](crate::Idempotency::run_or_replay).
pub(crate) async fn run<T, E, W, F, H>(
    settings: &Settings,
    deadline: Option<&Deadline>,
    key: Key,
    work: W,
    on_replay: H,
) -> Result<T, E>
where
    W: FnOnce() -> F,
    F: Future<Output = Result<T, E>>,
    T: Serialize + DeserializeOwned,
    E: From<IdempotencyError>,
    H: FnOnce(T, &Record) -> T,
{
    if settings.is_disabled {
        return work().await;
    }
    let Some(stored) = hash(settings, &key).map_err(|error| noted(IdempotencyError::key(error)))? else {
        return work().await;
    };
    drop(key);
    let refused = |error: IdempotencyError| E::from(noted(error.at(settings.store.name(), &stored.key)));

    if let Some(cache) = &settings.cache
        && let Some(cached) = cache.get(&stored.key).await
    {
        let answer = decode(&cached.record, &stored).map_err(refused)?;
        tell(Event::Replayed, &stored.key);
        return Ok(on_replay(answer, &cached.record));
    }

    let token = Token::random().map_err(|error| refused(IdempotencyError::store(error)))?;
    let steps = Steps {
        settings,
        deadline,
        stored: &stored,
        token: &token,
    };
    let is_protected = match steps.begin().await {
        Ok(Began::Acquired { taken_over }) => {
            if taken_over {
                tell(Event::TakenOver, &stored.key);
            }
            true
        }
        Ok(Began::Exists(record)) if record.status == Status::Completed => {
            let answer = decode(&record, &stored).map_err(refused)?;
            tell(Event::Replayed, &stored.key);
            if let Some(cache) = &settings.cache {
                cache.put(stored.key, record.clone()).await;
            }
            return Ok(on_replay(answer, &record));
        }
        Ok(Began::Exists(record)) => {
            tell(Event::InProgress, &stored.key);
            return Err(refused(IdempotencyError::in_progress(record.locked_until)));
        }
        Err(error) if settings.store_failure == StoreFailurePolicy::Run && !error.is_invalid_record() => {
            let warning = format_args!(
                "work is not protected from duplicates, because {} failed: {error}",
                settings.store.name()
            );
            settings.environment.warnings().once("idempotency unprotected", warning);
            false
        }
        Err(error) => {
            if error.is_unavailable() {
                steps.withdraw().await;
            }
            return Err(refused(IdempotencyError::store(error)));
        }
    };

    // A call of `work` is part of the future, so that a panic in it is caught, too.
    let outcome = AssertUnwindSafe(async { work().await }).catch_unwind().await;
    match outcome {
        Ok(Ok(answer)) => {
            let json = serde_json::to_string(&answer);
            match steps.complete(json, is_protected).await {
                Ok(()) => Ok(answer),
                // There was no lock to lose.
                Err(_) if !is_protected => Ok(answer),
                Err(error) => {
                    tell(Event::LockLost, &stored.key);
                    Err(refused(error))
                }
            }
        }
        Ok(Err(error)) => {
            steps.release(is_protected).await;
            Err(error)
        }
        Err(panic) => {
            steps.release(is_protected).await;
            resume_unwind(panic)
        }
    }
}

/// Returns the key as it is stored, or `None` if the work is to be called without one.
fn hash(settings: &Settings, key: &Key) -> Result<Option<Stored>, KeyError> {
    match (key.hashes(settings.key_hash)?, settings.missing_key) {
        (Some(hashes), _) => Ok(Some(Stored {
            key: [&settings.key_prefix, "#", &hashes.key].concat(),
            payload_hash: hashes.payload,
        })),
        (None, MissingKeyPolicy::Error) => Err(KeyError::missing()),
        (None, MissingKeyPolicy::Run) => {
            let prefix = &settings.key_prefix;
            let warning = format_args!(
                "a request of {prefix:?} has no idempotency key: its work is not protected from duplicates"
            );
            settings.environment.warnings().once("idempotency key missing", warning);
            Ok(None)
        }
    }
}

/// Returns the answer of a completed record.
fn decode<T: DeserializeOwned>(record: &Record, stored: &Stored) -> Result<T, IdempotencyError> {
    // A record from the time before payloads were compared has no hash.
    if let (Some(recorded), Some(payload)) = (&record.payload_hash, &stored.payload_hash)
        && recorded != payload
    {
        return Err(IdempotencyError::payload_mismatch());
    }
    let answer = record.answer.as_deref().ok_or_else(IdempotencyError::answer_missing)?;
    serde_json::from_str(answer).map_err(|error| IdempotencyError::answer_unreadable(&error))
}

/// Makes the error's type known to the handler layer, so that the record of a failed handler has its message and chain.
pub(crate) fn noted(error: IdempotencyError) -> IdempotencyError {
    if let Some(invocation) = Invocation::current() {
        invocation.note_error_type::<IdempotencyError>();
    }
    error
}
