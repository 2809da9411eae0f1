//! Keys that the records of a scope carry.

use std::cell::RefCell;
use std::fmt;

use tracing::instrument::Instrumented;
use tracing::span::EnteredSpan;
use tracing::{Instrument, Span, error_span};

use super::key_values::Keys;
use crate::record::Fields;

/// Adds keys to the records of a future.
pub trait WithKeys: Sized {
    /// Adds keys to every record that is written while this future runs, and in work it spawns with
    /// `.in_current_span()`.
    ///
    /// They stand as the fields of a span would: they win over appended keys and over those of an outer scope, and are
    /// gone when the future has ended.
    ///
    /// ```
    /// use powertools_lambda_logger::WithKeys;
    ///
    /// # async fn charge(order: &str) {}
    /// # async fn handler() {
    /// charge("A-1").with_keys([("order_id", "A-1")]).await;
    /// # }
    /// ```
    fn with_keys(self, keys: impl Into<Keys>) -> Instrumented<Self>;
}

impl<F: Future> WithKeys for F {
    fn with_keys(self, keys: impl Into<Keys>) -> Instrumented<Self> {
        self.instrument(span(&keys.into()))
    }
}

/// Adds keys to the records of this thread until the guard is dropped; see [`WithKeys`] for code that awaits.
///
/// ```
/// use powertools_lambda_logger as logger;
///
/// let keys = logger::scope_keys([("order_id", "A-1")]);
/// // … records here have the order's id
/// drop(keys);
/// ```
pub fn scope_keys(keys: impl Into<Keys>) -> ScopeKeys {
    ScopeKeys {
        _entered: span(&keys.into()).entered(),
    }
}

/// A scope whose records have keys of its own, made by [`scope_keys`].
///
/// It is not `Send`: held over an `.await` its keys would stand on the records of whatever else the thread runs.
///
/// ```compile_fail
/// fn send<T: Send>(_: T) {}
/// send(powertools_lambda_logger::scope_keys([("order_id", "A-1")]));
/// ```
#[derive(Debug)]
#[must_use = "the keys are gone when this is dropped"]
pub struct ScopeKeys {
    _entered: EnteredSpan,
}

/// The target of the spans that carry the keys.
///
/// A span because it has all that a scope needs: it nests, it goes along with spawned work, and it has its place in the
/// order of the values of a key. Its level is ERROR, so that no level filter takes the keys away.
const TARGET: &str = "powertools_lambda_logger::scope";

thread_local! {
    /// The keys of the span that is being made: a span's own fields have names that are known when it is compiled.
    static PENDING: RefCell<Option<Fields>> = const { RefCell::new(None) };
}

fn span(keys: &Keys) -> Span {
    let outer = PENDING.replace(Some(keys.0.clone()));
    let span = error_span!(target: TARGET, "scope", keys = ?AsJson(&keys.0));
    PENDING.replace(outer);
    span
}

/// Adds the keys of the span that is being made to `fields`, where it is one that carries keys.
pub(crate) fn take_pending(target: &str, fields: &mut Fields) -> bool {
    target == TARGET
        && PENDING.with_borrow(|pending| {
            if let Some(pending) = pending {
                fields.extend(pending.items_from(0));
            }
            pending.is_some()
        })
}

/// Prints the keys to the layers of others.
struct AsJson<'a>(&'a Fields);

impl fmt::Debug for AsJson<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = String::from_utf8_lossy(self.0.as_bytes());
        write!(f, "{{{}}}", text.strip_prefix(',').unwrap_or_default())
    }
}
