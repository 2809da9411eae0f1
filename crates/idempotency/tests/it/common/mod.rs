//! A store with faults, and helpers of several tests.

#[cfg(feature = "dynamodb")]
pub(crate) mod replay;
pub(crate) mod suite;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lambda_runtime::Context;
use powertools_lambda_core::test_util::{TestEnvironment, context};
use powertools_lambda_idempotency::{
    Begin, Claim, Complete, Completion, Idempotency, IdempotencyBuilder, IdempotencyError, MemoryStore, Release, Store,
    StoreError, StoreFuture, Token,
};

/// What happens to a call of a [`Faulty`] store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is answered.
    Ok,
    /// It fails without an effect.
    Before,
    /// It takes effect, and its answer is lost.
    After,
    /// It is sent twice, as an SDK does if the answer to the first attempt is lost.
    Twice,
    /// It is refused.
    Refused,
    /// It is never answered, and takes no effect.
    Hangs,
}

/// A store in memory whose calls have faults, in order; and the calls.
#[derive(Clone, Default)]
pub(crate) struct Faulty(pub(crate) MemoryStore, Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    faults: VecDeque<Fault>,
    calls: Vec<&'static str>,
}

impl Faulty {
    pub(crate) fn new(faults: impl IntoIterator<Item = Fault>) -> Self {
        let store = Self::default();
        store.1.lock().unwrap().faults.extend(faults);
        store
    }

    /// Returns the calls so far.
    pub(crate) fn calls(&self) -> Vec<&'static str> {
        self.1.lock().unwrap().calls.clone()
    }

    fn call<'a, T: 'a>(
        &'a self,
        name: &'static str,
        call: impl Fn() -> StoreFuture<'a, T> + Send + 'a,
    ) -> StoreFuture<'a, T> {
        let mut state = self.1.lock().unwrap();
        state.calls.push(name);
        let fault = state.faults.pop_front().unwrap_or(Fault::Ok);
        drop(state);
        Box::pin(async move {
            match fault {
                Fault::Ok => call().await,
                Fault::Before => Err(StoreError::unavailable("lost on its way")),
                Fault::After => {
                    call().await?;
                    Err(StoreError::unavailable("the answer was lost"))
                }
                Fault::Twice => {
                    call().await?;
                    call().await
                }
                Fault::Refused => Err(StoreError::refused("not allowed")),
                Fault::Hangs => std::future::pending().await,
            }
        })
    }
}

impl Store for Faulty {
    fn name(&self) -> &'static str {
        "a faulty store"
    }

    fn begin<'a>(&'a self, claim: &'a Claim<'a>) -> StoreFuture<'a, Begin> {
        self.call("begin", move || self.0.begin(claim))
    }

    fn complete<'a>(&'a self, completion: &'a Completion<'a>) -> StoreFuture<'a, Complete> {
        self.call("complete", move || self.0.complete(completion))
    }

    fn release<'a>(&'a self, key: &'a str, token: &'a Token) -> StoreFuture<'a, Release> {
        self.call("release", move || self.0.release(key, token))
    }

    fn withdraw<'a>(&'a self, key: &'a str, token: &'a Token) -> StoreFuture<'a, Release> {
        self.call("withdraw", move || self.0.withdraw(key, token))
    }
}

pub(crate) fn builder(store: impl Store + 'static, test: &TestEnvironment) -> IdempotencyBuilder {
    Idempotency::builder(store, "charge").environment(test)
}

/// Returns a context whose deadline is after `left`.
pub(crate) fn context_with(test: &TestEnvironment, left: Duration) -> Context {
    let mut context = context();
    context.deadline = test.clock().millis_after(left);
    context
}

/// The work of most tests: counts its calls.
#[derive(Clone, Default)]
pub(crate) struct Effects(Arc<Mutex<usize>>);

impl Effects {
    pub(crate) fn count(&self) -> usize {
        *self.0.lock().unwrap()
    }

    /// Has an effect, and returns its number.
    #[allow(clippy::unused_async)] // it is the work of an execution
    pub(crate) async fn have(&self) -> Result<usize, IdempotencyError> {
        let mut count = self.0.lock().unwrap();
        *count += 1;
        Ok(*count)
    }
}
