//! `WithKeys` and `scope_keys`, which add keys to the records of a scope.

use std::cell::RefCell;
use std::fmt;

use tracing::instrument::Instrumented;
use tracing::span::EnteredSpan;
use tracing::{Instrument, Span, error_span};

use super::key_values::Keys;
use crate::record::Fields;

/// Adds keys to the records of a future.
pub trait WithKeys: Sized {
    /// Adds keys to every record that is written while this future runs.
    ///
    /// Work that it spawns with `.in_current_span()` has them too. The keys behave like the fields of a span: they take
    /// precedence over appended keys and over those of an outer scope, and end with the future.
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

/// Adds keys to the records of this thread until the guard is dropped.
///
/// In `async` code use [`WithKeys`] instead.
///
/// ```
/// use powertools_lambda_logger as logger;
///
/// let keys = logger::scope_keys([("order_id", "A-1")]);
/// // … records here have `order_id`
/// drop(keys);
/// ```
pub fn scope_keys(keys: impl Into<Keys>) -> ScopeKeys {
    ScopeKeys {
        _entered: span(&keys.into()).entered(),
    }
}

/// The guard returned by [`scope_keys`]; the keys end when it is dropped.
///
/// It is not `Send`, because across an `.await` its keys would appear on the records of other tasks on the thread.
///
/// ```compile_fail
/// fn send<T: Send>(_: T) {}
/// send(powertools_lambda_logger::scope_keys([("order_id", "A-1")]));
/// ```
#[derive(Debug)]
#[must_use = "the keys end when this guard is dropped: bind it to a variable such as `_keys`"]
pub struct ScopeKeys {
    _entered: EnteredSpan,
}

/// The target of the spans that carry the keys.
///
/// A span has all that a scope needs: it nests, spawned work inherits it, and its fields have a defined precedence. Its
/// level is ERROR, so that no level filter removes the keys.
const TARGET: &str = "powertools_lambda_logger::scope";

thread_local! {
    /// The keys of the span that is being created, because the names of a span's fields are fixed at compile time.
    static PENDING: RefCell<Option<Fields>> = const { RefCell::new(None) };
}

fn span(keys: &Keys) -> Span {
    let outer = PENDING.replace(Some(keys.0.clone()));
    let span = error_span!(target: TARGET, "scope", keys = ?AsJson(&keys.0));
    PENDING.replace(outer);
    span
}

/// Adds the keys of the span that is being created to `fields`, if it is a span of [`scope_keys`] or [`WithKeys`].
pub(crate) fn take_pending(target: &str, fields: &mut Fields) -> bool {
    target == TARGET
        && PENDING.with_borrow(|pending| {
            if let Some(pending) = pending {
                fields.extend(pending.items_from(0));
            }
            pending.is_some()
        })
}

/// Prints the keys as JSON for other layers.
struct AsJson<'a>(&'a Fields);

impl fmt::Debug for AsJson<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = String::from_utf8_lossy(self.0.as_bytes());
        write!(f, "{{{}}}", text.strip_prefix(',').unwrap_or_default())
    }
}
