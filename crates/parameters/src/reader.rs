//! `Reader`, which a handle and its requests share: a provider behind a cache.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use powertools_lambda_core::panic_message;
use powertools_lambda_core::sync::atomic::Ordering;

use crate::cache::{Ages, Answer, Cache, Demand, Entry, Key, KeyRef, Kind, Leading, Part, State};
use crate::request::in_background;
use crate::{GetError, Provider, ProviderError, wait};

/// Reads a provider through a cache; clones share both.
pub(crate) struct Reader<P: Provider>(Arc<Inner<P>>);

struct Inner<P: Provider> {
    provider: P,
    cache: Cache<P::Options>,
    ages: Ages,
}

/// A key with the answer that can be used if the store does not give a new one.
type Older<O> = (Key<O>, Arc<Entry>);

impl<P: Provider> Reader<P> {
    pub(crate) fn new(provider: P, cache: Cache<P::Options>, ages: Ages) -> Self {
        Self(Arc::new(Inner { provider, cache, ages }))
    }

    pub(crate) fn provider(&self) -> &P {
        &self.0.provider
    }

    pub(crate) fn cache(&self) -> &Cache<P::Options> {
        &self.0.cache
    }

    /// Returns the ages of a request that does not set any.
    pub(crate) fn default_ages(&self) -> &Ages {
        &self.0.ages
    }

    /// Returns the ages of a request with this maximum age, if it sets one.
    pub(crate) fn ages(&self, max_age: Option<Duration>) -> Ages {
        match max_age {
            None => self.0.ages,
            // The request asks for the store's answer, so neither an older one nor an earlier failure is returned instead.
            Some(Duration::ZERO) => Ages {
                max_age: Duration::ZERO,
                stale_while_revalidate: Duration::ZERO,
                failure_age: Duration::ZERO,
                ..self.0.ages
            },
            Some(max_age) => Ages { max_age, ..self.0.ages },
        }
    }

    /// Calls `read` with a cached answer, if it may be used, and fetches a younger one in the background if one is due.
    pub(crate) fn read<R>(
        &self,
        key: &KeyRef<'_, P::Options>,
        Demand { ages, force }: Demand,
        read: impl Fn(&Arc<Entry>) -> R,
    ) -> Option<R> {
        if force {
            return None;
        }
        let (read, due) = self.0.cache.read(key, &ages, |entry, state| {
            let due = state == State::Stale && !entry.refreshing.swap(true, Ordering::AcqRel);
            (read(entry), due.then(|| Arc::clone(entry)))
        })?;
        if let Some(entry) = due {
            self.refresh(key.to_key(), ages, &entry);
        }
        Some(read)
    }

    /// Returns an entry that may be used without asking the store, and fetches a younger one if one is due.
    pub(crate) async fn usable(&self, key: &Key<P::Options>, demand: Demand) -> Option<Arc<Entry>> {
        let found = self.read(&key.as_ref(), demand, Arc::clone);
        if found.is_some() || demand.force || !self.0.cache.bring_to_front(key).await {
            return found;
        }
        self.read(&key.as_ref(), demand, Arc::clone)
    }

    /// Returns an answer to `key`, from the cache or from the store.
    pub(crate) async fn answer(&self, key: &Key<P::Options>, demand: Demand, leading: &Leading) -> Arc<Entry> {
        match self.usable(key, demand).await {
            Some(entry) => entry,
            None => self.renew(key, demand, leading).await,
        }
    }

    /// Returns an answer that is young enough, from another request or from the store.
    ///
    /// If there is an older answer, the wait for the store has a limit. The call continues without the request, so that a
    /// store that is slower than the limit still renews the answer.
    async fn renew(&self, key: &Key<P::Options>, demand: Demand, leading: &Leading) -> Arc<Entry> {
        let Some(older) = self.last_resort(key, demand).await else {
            return self.call(key, demand, leading).await;
        };
        let (reader, owned, shared) = (self.clone(), key.clone(), Arc::clone(leading));
        let mut call = Box::pin(async move { reader.call(&owned, demand, &shared).await });
        let limit = wait::limit();
        if let Some(answer) = wait::at_most(Some(limit), &mut call).await {
            return answer;
        }
        match self.serve_again(key, &older, demand.ages, limit) {
            Some(entry) => {
                if leading.load(Ordering::Acquire) {
                    in_background(async { drop(call.await) });
                }
                entry
            }
            None => call.await,
        }
    }

    async fn call(&self, key: &Key<P::Options>, demand: Demand, leading: &Leading) -> Arc<Entry> {
        let ask = || self.ask(key, demand.ages);
        self.0.cache.answer(key, demand, leading, ask).await
    }

    /// Returns the older answers to a request, one for each name, if the request can do without the store.
    async fn last_resort(&self, key: &Key<P::Options>, demand: Demand) -> Option<Vec<Older<P::Options>>> {
        if demand.force {
            return None;
        }
        let keys = match key.kind() {
            Kind::One | Kind::Multiple => vec![key.clone()],
            Kind::Names => key.each(),
        };
        let mut older = Vec::with_capacity(keys.len());
        for key in keys {
            let entry = self.0.cache.last_resort(&key, &demand.ages).await?;
            older.push((key, entry));
        }
        Some(older)
    }

    /// Returns the older answers as the answer to `key`, and leaves the store alone for a while.
    ///
    /// Returns `None` if one of them has become too old, or obsolete by a write.
    fn serve_again(
        &self,
        key: &Key<P::Options>,
        older: &[Older<P::Options>],
        ages: Ages,
        limit: Duration,
    ) -> Option<Arc<Entry>> {
        let cache = &self.0.cache;
        let again = older.iter().map(|(key, entry)| {
            let error = ProviderError::unavailable(format!("the store did not answer within {limit:?}"));
            let error = GetError::of_provider(P::STORE, key.name(), error);
            cache.serve_again(key, entry, error, &ages)
        });
        let mut again = again.collect::<Option<Vec<_>>>()?;
        match key.kind() {
            Kind::One | Kind::Multiple => again.pop(),
            Kind::Names => Some(cache.entry(Answer::Names(again), cache.begin(key), None, &ages)),
        }
    }

    fn refresh(&self, key: Key<P::Options>, ages: Ages, entry: &Arc<Entry>) {
        let reader = self.clone();
        let due = Arc::clone(entry);
        let started = in_background(async move {
            let demand = Demand { ages, force: false };
            reader.renew(&key, demand, &Leading::default()).await;
            due.refreshing.store(false, Ordering::Release);
        });
        if !started {
            entry.refreshing.store(false, Ordering::Release);
        }
    }

    /// Asks the store. A panic of the provider becomes an error, so that no request waits forever.
    async fn ask(&self, key: &Key<P::Options>, ages: Ages) -> Answer {
        let provider = &self.0.provider;
        // The store's futures are boxed: those of the SDK are nested so deeply that, inside ours, the compiler would
        // reach its recursion limit in the crate that awaits them.
        let answer = async {
            match key.kind() {
                Kind::One => {
                    let value = Box::pin(provider.get(key.name(), key.options())).await?;
                    Ok(Answer::One(Part::new(value)))
                }
                Kind::Multiple => {
                    let mut values = Box::pin(provider.get_multiple(key.name(), key.options())).await?;
                    values.sort_by(|(a, _), (b, _)| a.cmp(b));
                    let parts = values.into_iter().map(|(name, value)| (name.into(), Part::new(value)));
                    Ok(Answer::Multiple(Part::new(parts.collect())))
                }
                Kind::Names => Ok(Answer::Names(self.ask_names(key, ages).await)),
            }
        };
        let answer = AssertUnwindSafe(answer).catch_unwind().await;
        let answer = answer.unwrap_or_else(|panic| Err(ProviderError::panicked(panic_message(panic.as_ref()))));
        answer.unwrap_or_else(|error| Answer::Failed(GetError::of_provider(P::STORE, key.name(), error)))
    }

    /// Asks for several names in one call of the provider; each answer is cached under its own name.
    async fn ask_names(&self, key: &Key<P::Options>, ages: Ages) -> Vec<Arc<Entry>> {
        let cache = &self.0.cache;
        let (names, keys) = (key.all(), key.each());
        let began: Vec<_> = keys.iter().map(|key| cache.begin(key)).collect();
        let mut values = Box::pin(self.0.provider.get_by_names(&names)).await.into_iter();
        let mut entries = Vec::with_capacity(keys.len());
        for (key, began) in keys.into_iter().zip(began) {
            let value = values.next().unwrap_or_else(|| Err(ProviderError::not_found()));
            let answer = match value {
                Ok(value) => Answer::One(Part::new(value)),
                Err(error) => Answer::Failed(GetError::of_provider(P::STORE, key.name(), error)),
            };
            let previous = cache.last_resort(&key, &ages).await;
            let entry = cache.entry(answer, began, previous.as_deref(), &ages);
            if !ages.keeps_nothing() {
                cache.put(key, Arc::clone(&entry)).await;
            }
            entries.push(entry);
        }
        entries
    }
}

impl<P: Provider> Clone for Reader<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
