//! Models of an invocation: its values, its members, and its end.

use std::any::TypeId;
use std::sync::Arc;

use super::members::Members;
use super::outcome::{Ended, Outcome};
use super::slots::Slots;
use super::{Invocation, Utility};
use crate::sync::OnceLock;
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::model::{every_interleaving, interleavings, is_broken, thread};
use crate::test_util::{TestEnvironment, context};

/// Cells that hold each of the numbers 1 and 2 once.
trait Numbers: Default + Send + Sync + 'static {
    /// Returns the address of the number's cell, and first stores the number if no cell has it.
    fn place(&self, number: u8) -> usize;
}

struct Number<const N: u8>(u8);

impl Numbers for Slots {
    fn place(&self, number: u8) -> usize {
        let (address, found) = if number == 1 {
            let one = self.get_or_insert_with(|| Number::<1>(1));
            (std::ptr::from_ref(one).addr(), one.0)
        } else {
            let two = self.get_or_insert_with(|| Number::<2>(2));
            (std::ptr::from_ref(two).addr(), two.0)
        };
        assert_eq!(found, number);
        address
    }
}

/// A fault: a thread that finds its cell taken goes on to the next one, without looking at the number in it.
#[derive(Default)]
struct NeverLooksAgain([OnceLock<u8>; 4]);

impl Numbers for NeverLooksAgain {
    fn place(&self, number: u8) -> usize {
        let is_there = |cell: &&OnceLock<u8>| cell.get() == Some(&number);
        let there = self.0.iter().find(is_there);
        let put = |cell: &&OnceLock<u8>| cell.set(number).is_ok();
        let cell = there.or_else(|| self.0.iter().find(put)).unwrap();
        std::ptr::from_ref(cell.get().unwrap()).addr()
    }
}

/// Three threads ask for two numbers; each number is found at the same place by all threads, and later too.
fn each_number_has_one_place<N: Numbers>() {
    interleavings(|| {
        let numbers = Arc::new(N::default());
        let threads = [1, 2, 1].map(|number| {
            let numbers = Arc::clone(&numbers);
            thread::spawn(move || numbers.place(number))
        });
        let [first, other, second] = threads.map(|thread| thread.join().unwrap());
        assert_eq!(first, second);
        assert_eq!([numbers.place(1), numbers.place(2)], [first, other]);
    });
}

#[test]
fn a_type_has_one_value() {
    each_number_has_one_place::<Slots>();
}

#[test]
fn a_second_value_of_a_type_is_found() {
    assert!(is_broken(each_number_has_one_place::<NeverLooksAgain>));
}

type Counts = Members<AtomicUsize>;

/// One thread adds a member while another ends the invocation; whoever has to finish the member does.
fn a_member_is_finished_once(end: fn(&Counts)) {
    every_interleaving(move || {
        let members = Arc::new(Counts::default());
        let adding = Arc::clone(&members);
        let adding = thread::spawn(move || {
            let (member, is_late) = adding.add(TypeId::of::<u8>(), 1, Box::default());
            if is_late {
                finish(member);
            }
        });
        end(&members);
        adding.join().unwrap();
        let counts: Vec<_> = members
            .iter()
            .map(|member| member.participant.load(Ordering::SeqCst))
            .collect();
        assert_eq!(counts, [1]);
    });
}

fn finish(member: &super::Member<AtomicUsize>) {
    if member.finish() {
        member.participant.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_member_that_joins_at_the_end_is_finished_once() {
    a_member_is_finished_once(|members| {
        members.seal();
        members.iter().for_each(finish);
    });
}

#[test]
fn a_member_that_is_never_finished_is_found() {
    assert!(is_broken(|| a_member_is_finished_once(|members| {
        members.iter().for_each(finish);
        members.seal();
    })));
}

/// Counts how many times it was finished.
#[derive(Default)]
struct Counter(AtomicUsize);

impl Utility for Counter {
    type State = ();

    fn state(&self, _: &Invocation) {}

    fn on_finish(&self, _: &Invocation, (): &()) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Two threads let a second utility join, while two others end the invocation.
fn a_utility_is_finished_once(finish: fn(&Invocation)) {
    interleavings(move || {
        let environment = TestEnvironment::new();
        let invocation = Invocation::new(context(), environment.environment());
        let (first, second) = (Arc::new(Counter::default()), Arc::new(Counter::default()));
        invocation.join(&first).unwrap();
        for member in invocation.members().iter() {
            member.start();
        }
        let mut threads = Vec::new();
        for _ in 0..2 {
            let (joining, joined) = (invocation.clone(), Arc::clone(&second));
            threads.push(thread::spawn(move || {
                joining.join(&joined).unwrap();
            }));
            let ending = invocation.clone();
            threads.push(thread::spawn(move || finish(&ending)));
        }
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let counts = [first, second].map(|counter| counter.0.load(Ordering::SeqCst));
        assert_eq!(counts, [1, 1]);
        assert_eq!(invocation.utilities::<Counter>().count(), 2);
    });
}

#[test]
fn a_utility_that_joins_at_the_end_is_finished_once() {
    a_utility_is_finished_once(Invocation::finish);
}

#[test]
fn a_utility_that_is_never_finished_is_found() {
    assert!(is_broken(|| a_utility_is_finished_once(|invocation| {
        // What `finish` does, without the seal.
        if !invocation.0.finished.swap(true, Ordering::AcqRel) {
            for member in invocation.acting() {
                invocation.finish_member(member);
            }
        }
    })));
}

/// How a handler ended, set once.
trait End: Default + Send + Sync + 'static {
    /// Returns whether this is the first call.
    fn end(&self, outcome: Outcome) -> bool;
    fn ended(&self) -> Option<Outcome>;
}

impl End for Ended {
    fn end(&self, outcome: Outcome) -> bool {
        self.set(outcome)
    }

    fn ended(&self) -> Option<Outcome> {
        self.get().cloned()
    }
}

/// A fault: whether there is an outcome is read and written in two steps.
#[derive(Default)]
struct EndsInTwoSteps {
    is_set: AtomicBool,
    outcome: OnceLock<Outcome>,
}

impl End for EndsInTwoSteps {
    fn end(&self, outcome: Outcome) -> bool {
        let is_first = !self.is_set.load(Ordering::Acquire);
        self.is_set.store(true, Ordering::Release);
        let _ = self.outcome.set(outcome);
        is_first
    }

    fn ended(&self) -> Option<Outcome> {
        self.outcome.get().cloned()
    }
}

/// Two threads set the outcome while a third reads it: exactly one of them is first, and from then on all threads see its
/// outcome.
fn a_handler_ends_once<E: End>(first: Outcome) {
    interleavings(move || {
        let end = Arc::new(E::default());
        let outcomes = [first.clone(), Outcome::Panicked("late".to_owned())];
        let threads = outcomes.clone().map(|outcome| {
            let end = Arc::clone(&end);
            thread::spawn(move || {
                let is_first = end.end(outcome);
                assert!(end.ended().is_some());
                is_first
            })
        });
        let seen = [end.ended(), end.ended()];
        let is_first = threads.map(|thread| thread.join().unwrap());
        assert_ne!(is_first[0], is_first[1]);
        let set = &outcomes[usize::from(is_first[1])];
        assert_eq!(end.ended().as_ref(), Some(set));
        assert!(seen.iter().flatten().all(|seen| seen == set));
        assert!(seen[0].is_none() || seen[1].is_some());
    });
}

#[test]
fn the_outcome_is_set_once() {
    a_handler_ends_once::<Ended>(Outcome::Succeeded);
    a_handler_ends_once::<Ended>(Outcome::Panicked("early".to_owned()));
}

#[test]
fn an_outcome_in_two_steps_is_found() {
    assert!(is_broken(|| a_handler_ends_once::<EndsInTwoSteps>(Outcome::Succeeded)));
}
