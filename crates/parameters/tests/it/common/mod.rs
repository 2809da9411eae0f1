//! A store that can be paused, and helpers of several tests.

#[cfg(feature = "ssm")]
pub(crate) mod replay;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use powertools_lambda_core::Invocation;
use powertools_lambda_parameters::decode::Text;
use powertools_lambda_parameters::{Provider, ProviderError, Value};
use tokio::sync::Semaphore;

/// Answers each call with its number, once it is allowed to.
#[derive(Clone, Debug)]
pub(crate) struct Counter(pub(crate) Arc<State>);

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) begun: AtomicUsize,
    pub(crate) done: AtomicUsize,
    pub(crate) permits: Semaphore,
    pub(crate) invocations: Mutex<Vec<Option<String>>>,
}

impl Counter {
    /// A store that answers immediately.
    pub(crate) fn open() -> Self {
        Self::with_permits(Semaphore::MAX_PERMITS / 2)
    }

    /// A store that answers after [`allow`](Self::allow).
    pub(crate) fn held() -> Self {
        Self::with_permits(0)
    }

    fn with_permits(permits: usize) -> Self {
        Self(Arc::new(State {
            begun: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            permits: Semaphore::new(permits),
            invocations: Mutex::default(),
        }))
    }

    pub(crate) fn allow(&self, calls: usize) {
        self.0.permits.add_permits(calls);
    }

    pub(crate) fn begun(&self) -> usize {
        self.0.begun.load(Ordering::SeqCst)
    }

    pub(crate) async fn wait_until_begun(&self, calls: usize) {
        while self.begun() < calls {
            tokio::task::yield_now().await;
        }
    }

    async fn answer(&self) -> usize {
        let number = self.0.begun.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.permits.acquire().await.unwrap().forget();
        let request = Invocation::current().map(|invocation| invocation.context().request_id.clone());
        self.0.invocations.lock().unwrap().push(request);
        self.0.done.fetch_add(1, Ordering::SeqCst);
        number
    }
}

impl Provider for Counter {
    const STORE: &'static str = "a counter";
    type Options = ();
    type Default = Text;

    async fn get(&self, name: &str, (): &()) -> Result<Value, ProviderError> {
        let number = self.answer().await;
        match name {
            "/missing" => Err(ProviderError::not_found()),
            "/panics" => panic!("call {number}"),
            _ => Ok(Value::text(number.to_string())),
        }
    }

    async fn get_multiple(&self, _path: &str, (): &()) -> Result<Vec<(String, Value)>, ProviderError> {
        let number = self.answer().await;
        Ok(vec![("number".to_owned(), Value::text(number.to_string()))])
    }

    async fn get_by_names(&self, names: &[(&str, &())]) -> Vec<Result<Value, ProviderError>> {
        let number = self.answer().await;
        names
            .iter()
            .map(|(name, ())| Ok(Value::text(format!("{number} {name}"))))
            .collect()
    }
}
