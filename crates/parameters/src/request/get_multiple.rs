//! `GetMultiple`, the request for everything below a path, and `Fields`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::each::Each;
use super::fetch::Fetch;
use super::fields;
use super::shared_methods::shared_methods;
use super::terms::Terms;
use crate::cache::{Answer, Entry, KeyRef, Kind, Part};
use crate::decode::Decode;
use crate::reader::Reader;
use crate::{GetError, Provider, ProviderError, Value};

/// A request for all parameters below a path, from [`Parameters::get_multiple`](crate::Parameters::get_multiple).
///
/// `.await` it for an `Arc<BTreeMap>` by name, without the path, or first set the form and the maximum age. All pages are
/// read. If a value cannot be decoded, the result is the error of the first such value; with [`each`](Self::each), it is a
/// `Result` for each name instead. [`fields`](Self::fields) returns a struct.
#[must_use = "a request does nothing until it is awaited: add `.await`"]
pub struct GetMultiple<'a, P: Provider, D> {
    reader: &'a Reader<P>,
    path: &'a str,
    options: P::Options,
    terms: Terms,
    decode: D,
}

impl<'a, P: Provider> GetMultiple<'a, P, P::Default> {
    pub(crate) fn new(reader: &'a Reader<P>, path: &'a str) -> Self {
        Self {
            reader,
            path,
            options: reader.provider().options(),
            terms: Terms::default(),
            decode: P::Default::default(),
        }
    }
}

shared_methods!(GetMultiple);

impl<'a, P: Provider, D> GetMultiple<'a, P, D> {
    /// Changes the provider's options. The stores of this crate have a method for each option.
    pub fn options(mut self, change: impl FnOnce(&mut P::Options)) -> Self {
        change(&mut self.options);
        self
    }

    /// Returns one `Result` for each name, so that a value that cannot be decoded does not hide the others.
    pub fn each(self) -> Each<Self> {
        Each(self)
    }

    /// Deserializes all parameters into a `T`: each name is a field, and the names below `name/` are a nested struct.
    ///
    /// Each text is read as the type of its field: a number, a boolean, a text, a [`Secret`](crate::Secret), or a struct,
    /// list, map or enum from JSON. The result is an `Arc<T>`.
    ///
    /// * A boolean is one of the words of Powertools' variables, in any case: `true`, `t`, `1`, `yes`, `y`, `on` or `false`,
    ///   `f`, `0`, `no`, `n`, `off`.
    /// * An integer is read exactly, up to 128 bits, or is an error. A fraction is rounded to the nearest `f32` or `f64`.
    /// * `#[serde(flatten)]` and tagged enums read the same; an untagged enum is its first variant that fits. serde does not
    ///   support 128-bit integers there.
    /// * A list is read from a `StringList` of Parameter Store, or from JSON.
    /// * A map of texts or numbers has the names below a name as entries, such as `database/port`.
    ///
    /// An error names the parameter that does not fit.
    ///
    /// ```
    /// # use powertools_lambda_parameters::{Parameters, Secret, test_util::MapProvider};
    /// # use std::time::Duration;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let parameters = Parameters::new(MapProvider::new()
    /// #     .text("/shop/currency", "EUR").text("/shop/limits", r#"{"orders": 10}"#)
    /// #     .text("/shop/database/port", "5432").text("/shop/database/password", "hunter2"));
    /// #[derive(serde::Deserialize)]
    /// struct Config {
    ///     currency: String,   // /shop/currency           EUR
    ///     limits: Limits,     // /shop/limits             {"orders": 10}
    ///     database: Database, // /shop/database/…
    /// }
    /// #[derive(serde::Deserialize)]
    /// struct Limits {
    ///     orders: u32,
    /// }
    /// #[derive(serde::Deserialize)]
    /// struct Database {
    ///     port: u16,          // /shop/database/port      5432
    ///     password: Secret,   // /shop/database/password  hunter2
    /// }
    ///
    /// let config = parameters.get_multiple("/shop").fields::<Config>().await?;
    /// assert_eq!((config.limits.orders, config.database.port), (10, 5432));
    /// # Ok(()) }
    /// ```
    pub fn fields<T: DeserializeOwned + Send + Sync + 'static>(self) -> Fields<'a, P, T> {
        Fields(self.decoded_by(fields::Of::new()))
    }

    fn decoded_by<E>(self, decode: E) -> GetMultiple<'a, P, E> {
        GetMultiple {
            reader: self.reader,
            path: self.path,
            options: self.options,
            terms: self.terms,
            decode,
        }
    }

    fn fetch<M: Make>(self, make: impl FnOnce(D) -> M) -> Fetch<M::Output> {
        let make = make(self.decode);
        let demand = self.terms.of(self.reader);
        let key = KeyRef {
            kind: Kind::Multiple,
            name: self.path,
            options: &self.options,
        };
        let found = self
            .reader
            .read(&key, demand, |entry| kept::<M>(entry).ok_or_else(|| Arc::clone(entry)));
        // Decoding runs user code, so it must not hold the lock of the cache.
        let ready = found.map(|found| found.map_or_else(|entry| made::<P, M>(&entry, self.path, &make, false), Ok));
        Fetch::new(ready, |leading| {
            let (reader, key) = (self.reader.clone(), key.to_key());
            async move {
                let entry = reader.answer(&key, demand, &leading).await;
                made::<P, M>(&entry, key.name(), &make, demand.force)
            }
        })
    }
}

/// All parameters below a path, ordered by name.
pub(crate) type Parts = [(Box<str>, Part<Value>)];

/// The form of all parameters below a path.
pub(crate) trait Make: Send + Sync + 'static {
    type Output: Clone + Send + Sync + 'static;

    /// Whether it is cached with the answer.
    const KEPT: bool;

    fn make(&self, store: &'static str, path: &str, parts: &Parts) -> Result<Self::Output, GetError>;
}

fn kept<M: Make>(entry: &Entry) -> Option<M::Output> {
    match &*entry.answer {
        Answer::Multiple(part) if M::KEPT => part.views.get::<M, M::Output>().cloned(),
        _ => None,
    }
}

fn made<P: Provider, M: Make>(entry: &Entry, path: &str, make: &M, force: bool) -> Result<M::Output, GetError> {
    match (&*entry.answer, &entry.failed) {
        // An older answer replaced the failure, but this request asked for a new one.
        (_, Some((_, error))) if force => Err(error.clone()),
        (Answer::Multiple(part), _) => {
            if let Some(kept) = kept::<M>(entry) {
                return Ok(kept);
            }
            let output = make.make(P::STORE, path, &part.value)?;
            if M::KEPT {
                part.views.put::<M, M::Output>(output.clone());
            }
            Ok(output)
        }
        (Answer::Failed(error), _) => Err(error.clone()),
        // Unreachable: the kind of the key determines the answer.
        (Answer::One(_) | Answer::Names(_), _) => {
            Err(GetError::of_provider(P::STORE, path, ProviderError::unsupported()))
        }
    }
}

/// All values decoded, or the first error.
struct All<D>(D);

impl<D: Decode> Make for All<D> {
    type Output = Arc<BTreeMap<String, D::Output>>;

    const KEPT: bool = D::KEPT;

    fn make(&self, store: &'static str, path: &str, parts: &Parts) -> Result<Self::Output, GetError> {
        let decoded = EachOf(&self.0).decode(store, path, parts);
        decoded
            .map(|(name, result)| result.map(|output| (name.to_owned(), output)))
            .collect::<Result<_, _>>()
            .map(Arc::new)
    }
}

/// Each value decoded, or its error.
struct EachOf<D>(D);

impl<'a, D: Decode> EachOf<&'a D> {
    fn decode(
        self,
        store: &'static str,
        path: &'a str,
        parts: &'a Parts,
    ) -> impl Iterator<Item = (&'a str, Result<D::Output, GetError>)> {
        parts.iter().map(move |(name, part)| {
            let result = part.decoded(self.0, name);
            (
                &**name,
                result.map_err(|error| GetError::of_transform(store, &full_name(path, name), error)),
            )
        })
    }
}

impl<D: Decode> Make for EachOf<D> {
    type Output = BTreeMap<String, Result<D::Output, GetError>>;

    /// Each value's decoded form is cached instead.
    const KEPT: bool = false;

    fn make(&self, store: &'static str, path: &str, parts: &Parts) -> Result<Self::Output, GetError> {
        let decoded = EachOf(&self.0).decode(store, path, parts);
        Ok(decoded.map(|(name, result)| (name.to_owned(), result)).collect())
    }
}

impl<T: DeserializeOwned + Send + Sync + 'static> Make for fields::Of<T> {
    type Output = Arc<T>;

    const KEPT: bool = true;

    fn make(&self, store: &'static str, path: &str, parts: &Parts) -> Result<Self::Output, GetError> {
        let made = fields::read::<T>(parts.iter().map(|(name, part)| (&**name, &part.value)));
        made.map(Arc::new).map_err(|(name, error)| {
            let name = name.map_or_else(|| path.to_owned(), |name| full_name(path, &name));
            GetError::of_transform(store, &name, error)
        })
    }
}

fn full_name(path: &str, name: &str) -> String {
    format!("{}/{name}", path.trim_end_matches('/'))
}

impl<P: Provider, D: Decode> IntoFuture for GetMultiple<'_, P, D> {
    type Output = Result<Arc<BTreeMap<String, D::Output>>, GetError>;
    type IntoFuture = Fetch<Arc<BTreeMap<String, D::Output>>>;

    fn into_future(self) -> Self::IntoFuture {
        self.fetch(All)
    }
}

impl<P: Provider, D: Decode> IntoFuture for Each<GetMultiple<'_, P, D>> {
    type Output = Result<BTreeMap<String, Result<D::Output, GetError>>, GetError>;
    type IntoFuture = Fetch<BTreeMap<String, Result<D::Output, GetError>>>;

    fn into_future(self) -> Self::IntoFuture {
        self.0.fetch(EachOf)
    }
}

/// A request for a struct with a field for each parameter; see [`GetMultiple::fields`].
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited: add `.await`"]
pub struct Fields<'a, P: Provider, T>(GetMultiple<'a, P, fields::Of<T>>);

impl<P: Provider, T: DeserializeOwned + Send + Sync + 'static> IntoFuture for Fields<'_, P, T> {
    type Output = Result<Arc<T>, GetError>;
    type IntoFuture = Fetch<Arc<T>>;

    fn into_future(self) -> Self::IntoFuture {
        self.0.fetch(|of| of)
    }
}

impl<P: Provider, D: fmt::Debug> fmt::Debug for GetMultiple<'_, P, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetMultiple")
            .field("store", &P::STORE)
            .field("path", &self.path)
            .field("terms", &self.terms)
            .field("decode", &self.decode)
            .finish_non_exhaustive()
    }
}
