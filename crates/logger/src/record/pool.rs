//! A thread's pool of [`Fields`], whose memory serves the next span or invocation.

use std::cell::RefCell;

use super::fields::Fields;

/// The number of sets that a thread keeps, and how much memory each may hold.
const MAX_POOLED: usize = 16;
const MAX_POOLED_BYTES: usize = 4 * 1_024;

thread_local! {
    static POOL: RefCell<Vec<Fields>> = const { RefCell::new(Vec::new()) };
}

/// Returns an empty set.
pub(crate) fn take() -> Fields {
    let taken = POOL.try_with(|pool| pool.try_borrow_mut().ok().and_then(|mut pool| pool.pop()));
    taken.ok().flatten().unwrap_or_default()
}

/// Returns a set to the pool, so that its memory can be reused.
pub(crate) fn put(mut fields: Fields) {
    if fields.held() <= MAX_POOLED_BYTES {
        fields.clear();
        let _ = POOL.try_with(|pool| {
            if let Ok(mut pool) = pool.try_borrow_mut()
                && pool.len() < MAX_POOLED
            {
                pool.push(fields);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_that_was_large_is_not_kept() {
        let mut fields = Fields::default();
        fields.set("a", |bytes| bytes.resize(bytes.len() + 1_000_000, b'1'));
        fields.set("a", |bytes| bytes.push(b'1'));
        put(fields);
        assert!(take().held() <= MAX_POOLED_BYTES);
    }
}
