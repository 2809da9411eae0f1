//! `Get`, the request for one parameter.

use std::fmt;
use std::sync::Arc;

use super::fetch::Fetch;
use super::shared_methods::shared_methods;
use super::terms::Terms;
use crate::cache::{Answer, Entry, KeyRef, Kind, Leading};
use crate::decode::Decode;
use crate::reader::Reader;
use crate::{GetError, Provider, ProviderError};

/// A request for one parameter, from [`Parameters::get`](crate::Parameters::get).
///
/// `.await` it for the store's default form, or first set the form and the maximum age. The cache stores the value and its
/// decoded forms, so all forms share one call to the store, and each is decoded once.
///
/// A request borrows its handle. To spawn it, call [`into_future`](IntoFuture::into_future) first.
#[must_use = "a request does nothing until it is awaited: add `.await`"]
pub struct Get<'a, P: Provider, D> {
    reader: &'a Reader<P>,
    name: &'a str,
    options: P::Options,
    terms: Terms,
    decode: D,
}

impl<'a, P: Provider> Get<'a, P, P::Default> {
    pub(crate) fn new(reader: &'a Reader<P>, name: &'a str) -> Self {
        Self {
            reader,
            name,
            options: reader.provider().options(),
            terms: Terms::default(),
            decode: P::Default::default(),
        }
    }
}

shared_methods!(Get);

impl<'a, P: Provider, D> Get<'a, P, D> {
    /// Changes the provider's options. The stores of this crate have a method for each option.
    pub fn options(mut self, change: impl FnOnce(&mut P::Options)) -> Self {
        change(&mut self.options);
        self
    }

    fn decoded_by<E>(self, decode: E) -> Get<'a, P, E> {
        Get {
            reader: self.reader,
            name: self.name,
            options: self.options,
            terms: self.terms,
            decode,
        }
    }
}

impl<P: Provider, D: Decode> Get<'_, P, D> {
    /// Returns the entry, which [`decode_entry`](Self::decode_entry) decodes.
    pub(crate) async fn entry(&self, force: bool) -> Arc<Entry> {
        let mut demand = self.terms.of(self.reader);
        demand.force |= force;
        let key = self.key().to_key();
        self.reader.answer(&key, demand, &Leading::default()).await
    }

    pub(crate) fn decode_entry(&self, entry: &Entry, force: bool) -> Result<D::Output, GetError> {
        of_entry::<P, D>(entry, self.name, &self.decode, force)
    }

    fn key(&self) -> KeyRef<'_, P::Options> {
        KeyRef {
            kind: Kind::One,
            name: self.name,
            options: &self.options,
        }
    }
}

impl<P: Provider, D: Decode> IntoFuture for Get<'_, P, D> {
    type Output = Result<D::Output, GetError>;
    type IntoFuture = Fetch<D::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let demand = self.terms.of(self.reader);
        let key = self.key();
        let found = self
            .reader
            .read(&key, demand, |entry| kept::<D>(entry).ok_or_else(|| Arc::clone(entry)));
        // Decoding runs user code, so it must not hold the lock of the cache.
        let ready =
            found.map(|found| found.unwrap_or_else(|entry| of_entry::<P, D>(&entry, self.name, &self.decode, false)));
        Fetch::new(ready, |leading| {
            let (reader, key, decode) = (self.reader.clone(), key.to_key(), self.decode.clone());
            async move {
                let entry = reader.answer(&key, demand, &leading).await;
                of_entry::<P, D>(&entry, key.name(), &decode, demand.force)
            }
        })
    }
}

/// Returns the result that is cached with an entry.
fn kept<D: Decode>(entry: &Entry) -> Option<Result<D::Output, GetError>> {
    match &*entry.answer {
        Answer::One(part) if D::KEPT => part.views.get::<D, D::Output>().cloned().map(Ok),
        Answer::Failed(error) => Some(Err(error.clone())),
        _ => None,
    }
}

/// Returns the result of an entry, decoded if it has not been.
pub(crate) fn of_entry<P: Provider, D: Decode>(
    entry: &Entry,
    name: &str,
    decode: &D,
    force: bool,
) -> Result<D::Output, GetError> {
    match (&*entry.answer, &entry.failed) {
        // An older answer replaced the failure, but this request asked for a new one.
        (_, Some((_, error))) if force => Err(error.clone()),
        (Answer::One(part), _) => part
            .decoded(decode, name)
            .map_err(|error| GetError::of_transform(P::STORE, name, error)),
        (Answer::Failed(error), _) => Err(error.clone()),
        // Unreachable: the kind of the key determines the answer.
        (Answer::Multiple(_) | Answer::Names(_), _) => {
            Err(GetError::of_provider(P::STORE, name, ProviderError::unsupported()))
        }
    }
}

impl<P: Provider, D: fmt::Debug> fmt::Debug for Get<'_, P, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Get")
            .field("store", &P::STORE)
            .field("name", &self.name)
            .field("terms", &self.terms)
            .field("decode", &self.decode)
            .finish_non_exhaustive()
    }
}
