//! `Variations`, the cells of a source whose document depends on the context.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::HashMap;

use super::cell::Cell;

/// A cell for each variation of a document; the oldest one is dropped if there are too many.
#[derive(Debug, Default)]
pub(crate) struct Variations {
    cells: Mutex<Cells>,
}

#[derive(Debug, Default)]
struct Cells {
    by_variation: HashMap<String, Arc<Cell>>,
    oldest_first: VecDeque<String>,
}

/// As many as the cache of parameters keeps by default.
const CAPACITY: usize = 1_000;

impl Variations {
    pub(crate) fn cell(&self, variation: String) -> Arc<Cell> {
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = cells.by_variation.get(&variation) {
            return Arc::clone(cell);
        }
        if cells.oldest_first.len() >= CAPACITY
            && let Some(oldest) = cells.oldest_first.pop_front()
        {
            cells.by_variation.remove(&oldest);
        }
        let cell = Arc::<Cell>::default();
        cells.oldest_first.push_back(variation.clone());
        cells.by_variation.insert(variation, Arc::clone(&cell));
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_variations_is_bounded() {
        let variations = Variations::default();
        let first = variations.cell("0".to_owned());
        assert!(Arc::ptr_eq(&first, &variations.cell("0".to_owned())));
        for number in 1..=CAPACITY {
            variations.cell(number.to_string());
        }
        let cells = variations.cells.lock().unwrap();
        assert_eq!(
            (cells.by_variation.len(), cells.oldest_first.len()),
            (CAPACITY, CAPACITY)
        );
        assert!(!cells.by_variation.contains_key("0"));
    }
}
