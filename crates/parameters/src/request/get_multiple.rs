//! The request for everything below a path.

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

/// A request for everything below a path, every page of it: `.await` it, or say first how old and in which form.
///
/// The outcome is a map by name, without the path. It is all or nothing, and the first value that cannot be decoded is
/// the error; [`each`](Self::each) has one `Result` for each name instead.
#[must_use = "a request does nothing until it is awaited"]
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
    /// Changes the provider's options; those of the stores here have methods of their own.
    pub fn options(mut self, change: impl FnOnce(&mut P::Options)) -> Self {
        change(&mut self.options);
        self
    }

    /// Has one `Result` for each name, so that a value that cannot be decoded does not hide the others.
    pub fn each(self) -> Each<Self> {
        Each(self)
    }

    /// Has one `T` out of all of them: each name is a field, and what stands below `name/` is a struct of its own.
    ///
    /// A configuration is declared once, as a struct. Text is read as what the field wants: a number, a flag, a text, a
    /// [`Secret`](crate::Secret), and a struct, list or map out of JSON.
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
        // Decoding runs the caller's code, so it waits until the cache is left.
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

/// Everything below a path, in order of name.
pub(crate) type Parts = [(Box<str>, Part<Value>)];

/// What is made of everything below a path.
pub(crate) trait Make: Send + Sync + 'static {
    type Output: Clone + Send + Sync + 'static;

    /// Whether it is kept beside the answer.
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
        // An older answer took the place of a failure, but this caller wanted a new one.
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
        // An entry is what its key's kind says.
        (Answer::One(_) | Answer::Names(_), _) => {
            Err(GetError::of_provider(P::STORE, path, ProviderError::unsupported()))
        }
    }
}

/// Every value decoded.
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

/// Every value decoded, or what is wrong with it.
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

    /// Each value's own view is.
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

/// A request for a struct of which each parameter is a field; see [`GetMultiple::fields`].
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
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
