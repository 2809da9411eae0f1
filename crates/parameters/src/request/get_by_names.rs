//! `GetByNames`, the request for several parameters by name.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::each::Each;
use super::fetch::Fetch;
use super::get::of_entry;
use super::shared_methods::shared_methods;
use super::terms::Terms;
use crate::cache::{Answer, Demand, Entry, Key, KeyRef, Kind, Leading};
use crate::decode::Decode;
use crate::reader::Reader;
use crate::{GetError, GetManyError, Provider, ProviderError};

/// A request for several parameters by name, from [`Parameters::get_by_names`](crate::Parameters::get_by_names).
///
/// `.await` it for a `BTreeMap` by full name, or first set the form and the maximum age. If a parameter cannot be read, the
/// result is a [`GetManyError`] with all errors; with [`each`](Self::each), it is a `Result` for each name instead.
///
/// Only names that are not cached are requested, in as few calls as the store allows; concurrent requests for the same
/// names share the calls. Each value is cached under its own name, also for [`Parameters::get`](crate::Parameters::get).
/// Without names, there are no calls and the map is empty. If a name is added twice, with different options, the map has the
/// result of the last one. A parameter that is added by name and by ARN has an entry for each.
#[must_use = "a request does nothing until it is awaited: add `.await`"]
pub struct GetByNames<'a, P: Provider, D> {
    reader: &'a Reader<P>,
    names: Vec<(&'a str, P::Options)>,
    terms: Terms,
    decode: D,
}

impl<'a, P: Provider> GetByNames<'a, P, P::Default> {
    pub(crate) fn new(reader: &'a Reader<P>, names: impl IntoIterator<Item = &'a str>) -> Self {
        let request = Self {
            reader,
            names: Vec::new(),
            terms: Terms::default(),
            decode: P::Default::default(),
        };
        request.names_with(|_| {}, names)
    }
}

shared_methods!(GetByNames);

impl<'a, P: Provider, D> GetByNames<'a, P, D> {
    /// Changes the provider's options for the names added so far. The stores of this crate have a method for each option.
    pub fn options(mut self, change: impl Fn(&mut P::Options)) -> Self {
        for (_, options) in &mut self.names {
            change(options);
        }
        self
    }

    /// Adds names with different options.
    pub fn names_with(mut self, change: impl Fn(&mut P::Options), names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut options = self.reader.provider().options();
        change(&mut options);
        self.names.extend(names.into_iter().map(|name| (name, options.clone())));
        self
    }

    /// Returns one `Result` for each name, so that a missing parameter does not hide the others.
    pub fn each(self) -> Each<Self> {
        Each(self)
    }

    fn decoded_by<E>(self, decode: E) -> GetByNames<'a, P, E> {
        GetByNames {
            reader: self.reader,
            names: self.names,
            terms: self.terms,
            decode,
        }
    }
}

type Results<D> = Vec<(Box<str>, Result<<D as Decode>::Output, GetError>)>;

impl<P: Provider, D: Decode> GetByNames<'_, P, D> {
    /// Returns the read as a function that borrows nothing.
    fn read(self) -> impl FnOnce(Leading) -> BoxFuture<'static, Results<D>> + use<P, D> {
        let (reader, decode) = (self.reader.clone(), self.decode);
        let demand = self.terms.of(&reader);
        let keys: Vec<Key<P::Options>> = self
            .names
            .iter()
            .map(|(name, options)| {
                let kind = Kind::One;
                KeyRef { kind, name, options }.to_key()
            })
            .collect();
        move |leading| {
            Box::pin(async move {
                let entries = entries(&reader, &keys, demand, &leading).await;
                let results = keys.iter().zip(entries).map(|(key, entry)| {
                    let result = entry.and_then(|entry| of_entry::<P, D>(&entry, key.name(), &decode, demand.force));
                    (key.name().into(), result)
                });
                results.collect()
            })
        }
    }
}

/// Returns the entry of each key, from the cache or from the store.
async fn entries<P: Provider>(
    reader: &Reader<P>,
    keys: &[Key<P::Options>],
    demand: Demand,
    leading: &Leading,
) -> Vec<Result<Arc<Entry>, GetError>> {
    let mut entries: Vec<Option<Arc<Entry>>> = Vec::with_capacity(keys.len());
    let mut missing: Vec<&Key<P::Options>> = Vec::new();
    for key in keys {
        let entry = reader.usable(key, demand).await;
        if entry.is_none() && !missing.contains(&key) {
            missing.push(key);
        }
        entries.push(entry);
    }
    let mut error = None;
    if !missing.is_empty() {
        let names: Vec<_> = missing.iter().map(|key| (key.name(), key.options())).collect();
        let several = reader.answer(&Key::names(&names), demand, leading).await;
        match &*several.answer {
            Answer::Names(found) => {
                for (key, found) in missing.iter().zip(found) {
                    let waiting = keys.iter().zip(&mut entries).filter(|(other, _)| other == key);
                    waiting.for_each(|(_, entry)| *entry = Some(Arc::clone(found)));
                }
            }
            Answer::Failed(failed) => error = Some(failed.clone()),
            Answer::One(_) | Answer::Multiple(_) => {}
        }
    }
    let failed = |name: &str| match &error {
        Some(error) => error.clone(),
        None => GetError::of_provider(P::STORE, name, ProviderError::unsupported()),
    };
    let entries = keys.iter().zip(entries);
    entries
        .map(|(key, entry)| entry.ok_or_else(|| failed(key.name())))
        .collect()
}

impl<P: Provider, D: Decode> IntoFuture for GetByNames<'_, P, D> {
    type Output = Result<BTreeMap<String, D::Output>, GetManyError>;
    type IntoFuture = Fetch<BTreeMap<String, D::Output>, GetManyError>;

    fn into_future(self) -> Self::IntoFuture {
        let read = self.read();
        Fetch::pending(|leading| async {
            let mut values = BTreeMap::new();
            let mut errors = Vec::new();
            for (name, result) in read(leading).await {
                match result {
                    Ok(value) => drop(values.insert(name.into(), value)),
                    Err(error) => errors.push(error),
                }
            }
            if errors.is_empty() {
                Ok(values)
            } else {
                Err(GetManyError::new(errors))
            }
        })
    }
}

impl<P: Provider, D: Decode> IntoFuture for Each<GetByNames<'_, P, D>> {
    type Output = BTreeMap<String, Result<D::Output, GetError>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let fetch = Fetch::<_, std::convert::Infallible>::pending(|leading| {
            let read = (self.0.read())(leading);
            async {
                let results = read.await.into_iter();
                Ok(results.map(|(name, result)| (name.into(), result)).collect())
            }
        });
        Box::pin(async {
            match fetch.await {
                Ok(results) => results,
            }
        })
    }
}

impl<P: Provider, D: fmt::Debug> fmt::Debug for GetByNames<'_, P, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.names.iter().map(|(name, _)| name).collect();
        f.debug_struct("GetByNames")
            .field("store", &P::STORE)
            .field("names", &names)
            .field("terms", &self.terms)
            .field("decode", &self.decode)
            .finish_non_exhaustive()
    }
}
