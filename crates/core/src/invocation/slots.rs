//! [`Slots`], values that are kept in an invocation and found by their type.

use std::any::{Any, TypeId};

use crate::sync::OnceLock;

/// An append-only set of values, one per type, read without a lock.
///
/// A slot is set once and never moves, so readers get a plain reference after one or two comparisons. Values that
/// change need their own lock.
#[derive(Default)]
pub(crate) struct Slots {
    cells: [OnceLock<Slot>; CELLS],
    /// Further cells, if these are full.
    more: OnceLock<Box<Slots>>,
}

/// As many as the toolkit itself needs, because a larger `Invocation` is more expensive to allocate.
const CELLS: usize = 2;

/// A value and its type, kept next to it so that comparing types needs no virtual call.
type Slot = (TypeId, Box<dyn Any + Send + Sync>);

impl Slots {
    pub(crate) fn get<T: Any + Send + Sync>(&self) -> Option<&T> {
        for cell in &self.cells {
            let (type_id, value) = cell.get()?;
            if *type_id == TypeId::of::<T>() {
                return value.downcast_ref();
            }
        }
        self.more.get()?.get()
    }

    pub(crate) fn get_or_insert_with<T: Any + Send + Sync>(&self, make: impl Fn() -> T) -> &T {
        loop {
            if let Some(value) = self.get() {
                return value;
            }
            self.insert((TypeId::of::<T>(), Box::new(make())));
        }
    }

    /// Puts `slot` into the first free cell, unless another thread has inserted one of the same type.
    fn insert(&self, slot: Slot) {
        let type_id = slot.0;
        let mut refused = slot;
        for cell in &self.cells {
            match cell.set(refused) {
                Ok(()) => return,
                Err(slot) => refused = slot,
            }
            if cell.get().is_some_and(|(stored, _)| *stored == type_id) {
                return;
            }
        }
        self.more.get_or_init(Box::default).insert(refused);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Numbered<const N: usize>(usize);

    #[test]
    fn each_type_has_one_value_and_more_types_than_cells_fit() {
        let slots = Slots::default();
        macro_rules! insert {
            ($($n:literal)*) => { $(slots.get_or_insert_with(|| Numbered::<$n>($n));)* };
        }
        macro_rules! check {
            ($($n:literal)*) => { $(assert_eq!(slots.get::<Numbered<$n>>().unwrap().0, $n);)* };
        }
        assert!(slots.get::<Numbered<0>>().is_none());
        insert!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14);
        check!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14);
        assert_eq!(slots.get_or_insert_with(|| Numbered::<3>(99)).0, 3);
        assert!(slots.get::<Numbered<77>>().is_none());
    }

    #[test]
    fn threads_that_race_for_a_type_get_the_same_value() {
        for _ in 0..200 {
            let slots = Slots::default();
            let found = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..4)
                    .map(|thread| {
                        let slots = &slots;
                        scope.spawn(move || {
                            slots.get_or_insert_with(|| format!("another type {thread}"));
                            std::ptr::from_ref(slots.get_or_insert_with(|| Numbered::<0>(thread))).addr()
                        })
                    })
                    .collect();
                threads
                    .into_iter()
                    .map(|thread| thread.join().unwrap())
                    .collect::<Vec<_>>()
            });
            assert!(found.windows(2).all(|pair| pair[0] == pair[1]));
        }
    }
}
