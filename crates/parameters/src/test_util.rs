//! `MapProvider`, a store in memory for tests.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use crate::decode::Text;
use crate::{Provider, ProviderError, Value};

/// A store in memory, for tests. It can be changed and made to fail, and it records its calls.
///
/// Clones share the store. `O` is the type of the requests' options. If your code sets options, such as `.decrypt(true)` with
/// Parameter Store, let it take `&Parameters<impl Provider<Options = SsmOptions>>`, and pass it
/// `Parameters::new(MapProvider::<SsmOptions>::default())`. The values do not depend on the options.
///
/// To let cached values age by a test's clock, build the handle with the test's environment:
/// `Parameters::builder(store).environment(&test).build()`.
///
/// ```
/// use powertools_lambda_parameters::{Parameters, test_util::MapProvider};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let store = MapProvider::new().text("/shop/currency", "EUR");
/// let parameters = Parameters::new(store.clone());
/// assert_eq!(&*parameters.get("/shop/currency").await.unwrap(), "EUR");
/// assert_eq!(&*parameters.get("/shop/currency").await.unwrap(), "EUR");
/// assert_eq!(store.calls(), ["/shop/currency"]);
/// # }
/// ```
pub struct MapProvider<O = ()>(Arc<Mutex<State>>, PhantomData<fn() -> O>);

#[derive(Default)]
struct State {
    values: BTreeMap<String, Value>,
    failure: Option<Arc<dyn Fn() -> ProviderError + Send + Sync>>,
    calls: Vec<String>,
}

impl MapProvider {
    /// Creates an empty store. With options, use `MapProvider::<O>::default()`.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<O> MapProvider<O> {
    /// Adds a text parameter.
    pub fn text(self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.put(name, Value::text(text));
        self
    }

    /// Adds a binary parameter.
    pub fn binary(self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        self.put(name, Value::binary(bytes));
        self
    }

    /// Adds or replaces a parameter.
    pub fn put(&self, name: impl Into<String>, value: impl Into<Value>) {
        self.state().values.insert(name.into(), value.into());
    }

    /// Removes a parameter.
    pub fn remove(&self, name: &str) {
        self.state().values.remove(name);
    }

    /// Makes every call fail until [`succeed`](Self::succeed) is called.
    pub fn fail(&self, failure: impl Fn() -> ProviderError + Send + Sync + 'static) {
        self.state().failure = Some(Arc::new(failure));
    }

    /// Makes calls succeed again.
    pub fn succeed(&self) {
        self.state().failure = None;
    }

    /// Returns the calls so far: the name or path of each. The names of a call for several parameters are joined with
    /// commas.
    pub fn calls(&self) -> Vec<String> {
        self.state().calls.clone()
    }

    fn call(&self, name: String) -> Result<BTreeMap<String, Value>, ProviderError> {
        let mut state = self.state();
        state.calls.push(name);
        let failure = state.failure.clone();
        let values = state.values.clone();
        drop(state);
        failure.map_or(Ok(values), |failure| Err(failure()))
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<O: Clone + Default + Eq + Hash + Send + Sync + 'static> Provider for MapProvider<O> {
    const STORE: &'static str = "a map";
    type Options = O;
    type Default = Text;

    async fn get(&self, name: &str, _: &O) -> Result<Value, ProviderError> {
        let mut values = self.call(name.to_owned())?;
        values.remove(name).ok_or_else(ProviderError::not_found)
    }

    async fn get_multiple(&self, path: &str, _: &O) -> Result<Vec<(String, Value)>, ProviderError> {
        let below = format!("{}/", path.trim_end_matches('/'));
        let values = self.call(path.to_owned())?.into_iter();
        Ok(values
            .filter_map(|(name, value)| name.strip_prefix(&below).map(|name| (name.to_owned(), value)))
            .collect())
    }

    async fn get_by_names(&self, names: &[(&str, &O)]) -> Vec<Result<Value, ProviderError>> {
        let joined: Vec<_> = names.iter().map(|(name, _)| *name).collect();
        let found = self.call(joined.join(","));
        let failure = self.state().failure.clone();
        let missing = || {
            failure
                .as_ref()
                .map_or_else(ProviderError::not_found, |failure| failure())
        };
        let values = found.unwrap_or_default();
        let find = |name: &str| values.get(name).cloned().ok_or_else(missing);
        joined.into_iter().map(find).collect()
    }
}

impl<O> Clone for MapProvider<O> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0), PhantomData)
    }
}

impl<O> Default for MapProvider<O> {
    fn default() -> Self {
        Self(Arc::default(), PhantomData)
    }
}

impl<O> fmt::Debug for MapProvider<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.state().values.keys()).finish()
    }
}
