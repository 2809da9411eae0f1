//! Models of what happens once in a process: a cold start, and each warning.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Clock, ColdStart, LineSink, Output, Variables, Warnings};
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::model::{every_interleaving, is_broken, thread};

/// Something that happens once, no matter how many threads want it.
trait Once: Send + Sync + 'static {
    /// Creates it with a count of how many times it happened.
    fn new(count: Arc<AtomicUsize>) -> Self;
    fn happen(&self);
}

struct OneColdStart(ColdStart, Arc<AtomicUsize>);

impl Once for OneColdStart {
    fn new(count: Arc<AtomicUsize>) -> Self {
        let variables = Variables::from_lookup(|_| None, warnings(Arc::default()));
        Self(ColdStart::from_env(&variables), count)
    }

    fn happen(&self) {
        self.1.fetch_add(usize::from(self.0.take()), Ordering::SeqCst);
    }
}

/// A fault: the flag is read and cleared in two steps.
struct ReadsThenClears(AtomicBool, Arc<AtomicUsize>);

impl Once for ReadsThenClears {
    fn new(count: Arc<AtomicUsize>) -> Self {
        Self(AtomicBool::new(true), count)
    }

    fn happen(&self) {
        if self.0.load(Ordering::SeqCst) {
            self.0.store(false, Ordering::SeqCst);
            self.1.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Once for Warnings {
    fn new(count: Arc<AtomicUsize>) -> Self {
        warnings(count)
    }

    fn happen(&self) {
        self.once("key", format_args!("text"));
    }
}

/// A fault: the lock is released between the check and the insertion.
struct LooksThenEnters(Mutex<HashSet<&'static str>>, Arc<AtomicUsize>);

impl Once for LooksThenEnters {
    fn new(count: Arc<AtomicUsize>) -> Self {
        Self(Mutex::default(), count)
    }

    fn happen(&self) {
        let is_new = !self.0.lock().unwrap().contains("key");
        if is_new {
            self.0.lock().unwrap().insert("key");
            self.1.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// Counts lines.
struct Counted(Arc<AtomicUsize>);

impl LineSink for Counted {
    fn write_line(&self, _: &[u8]) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn warnings(lines: Arc<AtomicUsize>) -> Warnings {
    Warnings::new(Clock::system(), Output::new(Counted(lines)))
}

fn it_happens_once<O: Once>() {
    every_interleaving(|| {
        let count = Arc::new(AtomicUsize::new(0));
        let once = Arc::new(O::new(Arc::clone(&count)));
        let threads = [(); 2].map(|()| {
            let once = Arc::clone(&once);
            thread::spawn(move || once.happen())
        });
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(count.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn one_invocation_is_cold() {
    it_happens_once::<OneColdStart>();
}

#[test]
fn a_second_cold_start_is_found() {
    assert!(is_broken(it_happens_once::<ReadsThenClears>));
}

#[test]
fn a_warning_is_written_once() {
    it_happens_once::<Warnings>();
}

#[test]
fn a_second_warning_is_found() {
    assert!(is_broken(it_happens_once::<LooksThenEnters>));
}
