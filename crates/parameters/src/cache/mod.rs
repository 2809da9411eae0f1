//! `Cache`, which keeps answers while they are young enough and lets concurrent requests share a call.

mod age;
mod entry;
mod epochs;
mod front;
mod key;
#[cfg(powertools_shuttle)]
pub mod models;
mod views;

use std::hash::Hash;
use std::sync::Arc;

use moka::future::Cache as Moka;
use moka::notification::RemovalCause;
use powertools_lambda_core::Clock;
use powertools_lambda_core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub(crate) use age::{Ages, Stamp};
pub(crate) use entry::{Answer, Entry, State};
pub(crate) use epochs::{Epoch, Epochs};
pub(crate) use key::{Key, KeyRef, Kind};
pub(crate) use views::Part;

use crate::GetError;
use front::Front;

/// The answers of one store.
///
/// moka bounds their number and lets one request ask for a key while the others wait for its answer. The age of an
/// answer, and whether a write made it obsolete, is checked here for each request, with core's clock: moka's clock cannot
/// be set in a test and stops while the environment is frozen.
pub(crate) struct Cache<O> {
    front: Arc<Front<O>>,
    moka: Moka<Key<O>, Arc<Entry>>,
    epochs: Epochs,
    /// Numbers calls and requests, to order them.
    ticket: AtomicU64,
    clock: Clock,
}

/// The answers that a request accepts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Demand {
    pub(crate) ages: Ages,
    /// Whether to accept only answers of calls that begin after the request.
    pub(crate) force: bool,
}

/// Set while the holder's future is the one that asks the store.
pub(crate) type Leading = Arc<AtomicBool>;

impl<O: Clone + Eq + Hash + Send + Sync + 'static> Cache<O> {
    pub(crate) fn new(capacity: u64, clock: Clock) -> Self {
        let front = Arc::new(Front::new(capacity));
        let moka = if capacity <= front::CAPACITY as u64 {
            // All answers fit into the front map; moka only makes requests share a call.
            Moka::new(0)
        } else {
            let front = Arc::clone(&front);
            let evicted = move |key: Arc<Key<O>>, _, cause: RemovalCause| {
                if cause.was_evicted() {
                    front.remove(&key);
                }
            };
            Moka::builder()
                .max_capacity(capacity)
                .eviction_listener(evicted)
                .build()
        };
        Self {
            front,
            moka,
            epochs: Epochs::new(),
            ticket: AtomicU64::new(1),
            clock,
        }
    }

    /// Calls `read` with an answer that may be used without asking the store. It must not run user code.
    pub(crate) fn read<R>(
        &self,
        key: &KeyRef<'_, O>,
        ages: &Ages,
        read: impl FnOnce(&Arc<Entry>, State) -> R,
    ) -> Option<R> {
        let found = self.front.read(key, |entry| {
            let state = entry.state(ages, &self.epochs, &self.clock);
            matches!(state, State::Fresh | State::Stale).then(|| read(entry, state))
        });
        found.flatten()
    }

    /// Puts the entry of a key into the front map, if it is not there. Returns whether there is an entry.
    pub(crate) async fn bring_to_front(&self, key: &Key<O>) -> bool {
        let Some(entry) = self.moka.get(key).await else {
            return false;
        };
        self.front.put_unless_newer(key.clone(), entry);
        true
    }

    /// Returns the answer that can be used if the store does not give a new one.
    pub(crate) async fn last_resort(&self, key: &Key<O>, ages: &Ages) -> Option<Arc<Entry>> {
        let in_front = self.front.read(&key.as_ref(), Arc::clone);
        match in_front.filter(|entry| self.serves_again(entry, ages)) {
            Some(entry) => Some(entry),
            None => self.moka.get(key).await.filter(|entry| self.serves_again(entry, ages)),
        }
    }

    /// Returns the newer answer that has replaced `previous`, or else `previous` with the `error` of the store.
    ///
    /// Returns `None` if `previous` has become too old, or obsolete by a write.
    pub(crate) fn serve_again(
        &self,
        key: &Key<O>,
        previous: &Arc<Entry>,
        error: GetError,
        ages: &Ages,
    ) -> Option<Arc<Entry>> {
        let entry = Arc::new(Entry {
            answer: Arc::clone(&previous.answer),
            asked: previous.asked,
            failed: Some((Stamp::now(&self.clock), error)),
            epoch: previous.epoch,
            begun: previous.begun,
            done: previous.done,
            refreshing: AtomicBool::new(false),
        });
        let entry = self.front.put_unless_newer(key.clone(), entry);
        self.serves_again(&entry, ages).then_some(entry)
    }

    /// Returns an answer that meets `demand`: a cached one, that of a call under way, or that of a new call.
    pub(crate) async fn answer<F>(
        &self,
        key: &Key<O>,
        demand: Demand,
        leading: &Leading,
        ask: impl Fn() -> F + Sync,
    ) -> Arc<Entry>
    where
        F: Future<Output = Answer> + Send,
    {
        let made = self.ticket.fetch_add(1, Ordering::AcqRel);
        let epoch = self.epoch(key);
        loop {
            let call = async {
                let _leads = Leads::new(leading);
                self.ask(key, demand.ages, &ask).await
            };
            let kept = |entry: &Arc<Entry>| self.is_young_enough(entry, demand, made);
            let entry = self
                .moka
                .entry(key.clone())
                .or_insert_with_if(call, |entry| !kept(entry));
            let entry = entry.await.into_value();
            // The call that we waited for may have begun before this request, and before a write that we know of. The
            // next call cannot have, because there is only one at a time, so the loop ends.
            let in_time = if demand.force {
                entry.begun > made
            } else {
                entry.done > made
            };
            if (in_time && Epochs::reaches(entry.epoch, epoch)) || kept(&entry) {
                if demand.ages.keeps_nothing() || key.kind() == Kind::Names {
                    self.front.remove(key);
                    self.moka.invalidate(key).await;
                } else {
                    self.keep_in_front(key, &entry);
                    self.moka.run_pending_tasks().await; // evicts the excess now
                }
                return entry;
            }
        }
    }

    /// Caches an answer that was read together with others.
    pub(crate) async fn put(&self, key: Key<O>, entry: Arc<Entry>) {
        self.keep_in_front(&key, &entry);
        self.moka.insert(key, entry).await;
        self.moka.run_pending_tasks().await;
    }

    /// Creates the entry of an answer that was requested at `began`.
    pub(crate) fn entry(&self, answer: Answer, began: Began, previous: Option<&Entry>, ages: &Ages) -> Arc<Entry> {
        let Began { asked, epoch, ticket } = began;
        let (answer, asked, epoch, failed) = match (answer, previous) {
            (Answer::Failed(error), Some(previous)) if error.is_unavailable() && self.serves_again(previous, ages) => {
                let failed = (Stamp::now(&self.clock), error);
                (
                    Arc::clone(&previous.answer),
                    previous.asked,
                    previous.epoch,
                    Some(failed),
                )
            }
            (answer, _) => (Arc::new(answer), asked, epoch, None),
        };
        Arc::new(Entry {
            answer,
            asked,
            failed,
            epoch,
            begun: ticket,
            done: self.ticket.fetch_add(1, Ordering::AcqRel),
            refreshing: AtomicBool::new(false),
        })
    }

    pub(crate) fn begin(&self, key: &Key<O>) -> Began {
        Began {
            epoch: self.epoch(key),
            asked: Stamp::now(&self.clock),
            ticket: self.ticket.fetch_add(1, Ordering::AcqRel),
        }
    }

    /// Returns whether an entry is young enough.
    fn is_fresh(&self, entry: &Entry, ages: &Ages) -> bool {
        entry.state(ages, &self.epochs, &self.clock) == State::Fresh
    }

    /// Makes all answers for `name` obsolete, including those under way.
    pub(crate) fn written(&self, name: &str) {
        self.epochs.written(name);
    }

    /// Removes everything, and makes the answers under way obsolete.
    pub(crate) fn clear(&self) {
        self.epochs.all_written();
        self.front.clear();
        self.moka.invalidate_all();
    }

    async fn ask<F: Future<Output = Answer>>(
        &self,
        key: &Key<O>,
        ages: Ages,
        ask: impl Fn() -> F + Sync,
    ) -> Arc<Entry> {
        let previous = self.last_resort(key, &ages).await;
        let began = self.begin(key);
        let answer = ask().await;
        self.entry(answer, began, previous.as_deref(), &ages)
    }

    fn is_young_enough(&self, entry: &Entry, demand: Demand, made: u64) -> bool {
        if demand.force {
            return entry.begun > made && self.epochs.is_current(entry.epoch);
        }
        self.is_fresh(entry, &demand.ages)
    }

    fn serves_again(&self, previous: &Entry, ages: &Ages) -> bool {
        let expired = previous.state(ages, &self.epochs, &self.clock) == State::Expired;
        !expired && !matches!(&*previous.answer, Answer::Failed(_))
    }

    fn keep_in_front(&self, key: &Key<O>, entry: &Arc<Entry>) {
        if key.kind() != Kind::Names {
            self.front.put(key.clone(), Arc::clone(entry));
        }
    }

    fn epoch(&self, key: &Key<O>) -> Epoch {
        match key.kind() {
            Kind::One => self.epochs.of_name(key.name()),
            Kind::Multiple | Kind::Names => self.epochs.of_multiple(),
        }
    }
}

/// The time of a request to the store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Began {
    asked: Stamp,
    epoch: Epoch,
    ticket: u64,
}

struct Leads<'a>(&'a Leading);

impl<'a> Leads<'a> {
    fn new(leading: &'a Leading) -> Self {
        leading.store(true, Ordering::Release);
        Self(leading)
    }
}

impl Drop for Leads<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
