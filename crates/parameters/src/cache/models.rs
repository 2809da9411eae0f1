//! Models of what threads share in the cache. `testing/models` runs them, because as the crate's own tests they would compile the
//! AWS SDKs once more.

use std::sync::Arc;
use std::time::Duration;

use powertools_lambda_core::Clock;
use powertools_lambda_core::sync::RwLock;
use powertools_lambda_core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use powertools_lambda_core::sync::model::{interleavings, thread};

use super::{Ages, Answer, Cache, Entry, Front, Key, KeyRef, Kind, Part, Stamp, views};
use crate::Value;

/// The fault of a model.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Planted {
    /// The code as it is.
    Nothing,
    /// A write is counted before it has reached the store.
    CountsTooEarly,
    /// The count that an answer carries is read only once the answer has arrived.
    LooksTooLate,
    /// The existing entry is checked, and replaced in a second step.
    TwoSteps,
    /// A decoded value replaces the existing one.
    Replaces,
}

const AGES: Ages = Ages {
    max_age: Duration::from_secs(600),
    stale_while_revalidate: Duration::ZERO,
    stale_if_error: Duration::ZERO,
    failure_age: Duration::ZERO,
};

const KEY: KeyRef<'_, ()> = KeyRef {
    kind: Kind::One,
    name: "a",
    options: &(),
};

/// A request reads a parameter while another one writes it: after the write has returned, the older value is never served.
pub fn what_a_write_overtook_is_not_served(planted: Planted) {
    interleavings(move || {
        let cache = Arc::new(Cache::new(8, Clock::system()));
        let store = Arc::new(AtomicUsize::new(1));
        let (reading, read) = (Arc::clone(&cache), Arc::clone(&store));
        let reading = thread::spawn(move || {
            let began = reading.begin(&KEY.to_key());
            let value = read.load(Ordering::SeqCst);
            let began = if planted == Planted::LooksTooLate {
                reading.begin(&KEY.to_key())
            } else {
                began
            };
            let answer = Answer::One(Part::new(Value::text(value.to_string())));
            reading.keep_in_front(&KEY.to_key(), &reading.entry(answer, began, None, &AGES));
        });
        if planted == Planted::CountsTooEarly {
            cache.written("a");
            store.store(2, Ordering::SeqCst);
        } else {
            store.store(2, Ordering::SeqCst);
            cache.written("a");
        }
        let served = || cache.read(&KEY, &AGES, |entry, _| is_of(entry, "1"));
        assert_ne!(served(), Some(true));
        reading.join().unwrap_or_else(|_| panic!("a request panicked"));
        assert_ne!(served(), Some(true));
    });
}

fn is_of(entry: &Entry, text: &str) -> bool {
    matches!(&*entry.answer, Answer::One(part) if part.value.as_str().is_ok_and(|value| value == text))
}

/// Two answers arrive at once: the one that was answered later stays, and both requests get it.
pub fn the_later_answer_stays(planted: Planted) {
    interleavings(move || {
        let front = Arc::new(Front::new(8));
        let threads = [1, 2].map(|done| {
            let front = Arc::clone(&front);
            thread::spawn(move || put(&front, &entry(done), planted).done >= done)
        });
        for thread in threads {
            assert!(thread.join().is_ok_and(|is_newer| is_newer));
        }
        assert_eq!(front.read(&KEY, |entry| entry.done), Some(2));
    });
}

fn put(front: &Front<()>, entry: &Arc<Entry>, planted: Planted) -> Arc<Entry> {
    if planted != Planted::TwoSteps {
        return front.put_unless_newer(KEY.to_key(), Arc::clone(entry));
    }
    let newer = front.read(&KEY, Arc::clone).filter(|there| there.done > entry.done);
    newer.unwrap_or_else(|| {
        front.put(KEY.to_key(), Arc::clone(entry));
        Arc::clone(entry)
    })
}

fn entry(done: u64) -> Arc<Entry> {
    let clock = Clock::system();
    let key: Key<()> = KEY.to_key();
    let epoch = super::Epochs::new().of_name(key.name());
    Arc::new(Entry {
        answer: Arc::new(Answer::One(Part::new(Value::text("a")))),
        asked: Stamp::now(&clock),
        failed: None,
        epoch,
        begun: 0,
        done,
        refreshing: AtomicBool::new(false),
    })
}

/// Two requests decode a value at once: one result is kept, and all requests get it from then on.
pub fn a_value_is_decoded_to_one(planted: Planted) {
    interleavings(move || {
        let views = Arc::new((views::Views::default(), RwLock::new(None)));
        let threads = [1, 2].map(|decoded: u8| {
            let views = Arc::clone(&views);
            thread::spawn(move || {
                if planted == Planted::Replaces {
                    *views.1.write().unwrap_or_else(|_| panic!("a thread panicked")) = Some(decoded);
                } else {
                    views.0.put::<(), u8>(decoded);
                }
                view(&views, planted)
            })
        });
        let seen = threads.map(|thread| thread.join().ok().flatten());
        let at_last = view(&views, planted);
        assert!(at_last.is_some());
        assert_eq!(seen, [at_last; 2]);
    });
}

fn view(views: &(views::Views, RwLock<Option<u8>>), planted: Planted) -> Option<u8> {
    if planted == Planted::Replaces {
        *views.1.read().unwrap_or_else(|_| panic!("a thread panicked"))
    } else {
        views.0.get::<(), u8>().copied()
    }
}
