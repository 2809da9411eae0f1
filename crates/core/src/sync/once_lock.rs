//! [`OnceLock`] for models, because shuttle has none.

use shuttle::sync::atomic::{AtomicBool, Ordering};
use shuttle::sync::{Mutex, PoisonError};

/// The cell of `std`; before each operation, shuttle chooses the thread that runs next.
#[derive(Debug)]
pub struct OnceLock<T> {
    cell: std::sync::OnceLock<T>,
    /// Read before the cell is, because shuttle may interrupt a thread there.
    step: AtomicBool,
    /// Held while the cell is set, because the cell itself would block the only thread that shuttle has.
    setting: Mutex<()>,
}

impl<T> OnceLock<T> {
    pub const fn new() -> Self {
        Self {
            cell: std::sync::OnceLock::new(),
            step: AtomicBool::new(false),
            setting: Mutex::new(()),
        }
    }

    pub fn get(&self) -> Option<&T> {
        self.step.load(Ordering::SeqCst);
        self.cell.get()
    }

    pub fn set(&self, value: T) -> Result<(), T> {
        let _setting = self.setting.lock().unwrap_or_else(PoisonError::into_inner);
        self.cell.set(value)
    }

    pub fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        if let Some(value) = self.get() {
            return value;
        }
        let _setting = self.setting.lock().unwrap_or_else(PoisonError::into_inner);
        self.cell.get_or_init(make)
    }
}

impl<T> Default for OnceLock<T> {
    fn default() -> Self {
        Self::new()
    }
}
