//! `MetricsUtility`, the metrics' part in an invocation, which also selects the document that metrics go to.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use std::{mem, ptr};

use lambda_runtime::LambdaInvocation;
use powertools_lambda_core::{Fact, Invocation, Measurement, Utility};

use crate::document::Document;
use crate::document::pool::Pool;
use crate::document::value::Value;
use crate::metric::{MetricName, Resolution, Unit};
use crate::namespace::Namespace;
use crate::state::{ColdStartTaken, State};
use crate::warning::Warning;
use crate::writer::Writer;

/// The part that all clones of a `Metrics` share.
pub(crate) struct MetricsUtility {
    pub(crate) writer: Writer,
    /// The process's document, for metrics added outside an invocation.
    process: Mutex<Document>,
    /// The metrics that receive the process's document instead, once they are built.
    successor: OnceLock<Arc<Self>>,
    /// Empty documents for later invocations.
    pool: Pool,
    /// Empty documents for later one-off metrics, in a separate pool because their names differ.
    pub(crate) single_pool: Pool,
}

/// How long before the deadline the metrics are written, because the invocation may be cut short.
const NEAR_DEADLINE: Duration = Duration::from_millis(250);

impl Utility for MetricsUtility {
    type State = State;

    fn state(&self, _: &Invocation) -> State {
        State::new(self.pool.take())
    }

    /// Called only for metrics whose layer is in use. The first of them with `cold_start` enabled writes the cold start.
    fn on_start(&self, invocation: &Invocation, state: &State, _: &LambdaInvocation) {
        let wants_cold_start = self.writer.config.cold_start && !self.is_disabled();
        if invocation.is_cold_start()
            && wants_cold_start
            && invocation.get_or_insert_with(ColdStartTaken::default).take()
        {
            state.set_cold_start();
        }
    }

    /// Adds a count as a metric, and measurements as a separate line. Every `Metrics` of the invocation receives them, but only
    /// the one that the free functions use adds them.
    fn on_fact(&self, invocation: &Invocation, state: &State, fact: &Fact<'_>) {
        if !matches!(fact, Fact::Count { .. } | Fact::Measurements { .. })
            || !invocation
                .utility()
                .is_some_and(|(first, _)| ptr::eq(self, &raw const **first))
        {
            return;
        }
        match fact {
            Fact::Count { name, value } => {
                let name = MetricName::from((*name).to_owned());
                self.add_value(state, &name, Unit::Count, *value, Resolution::Standard);
            }
            Fact::Measurements { dimensions, values } => self.add_measurements(state, dimensions, values),
            _ => {}
        }
    }

    fn lead_time(&self, _: &State) -> Option<Duration> {
        (!self.is_disabled()).then_some(NEAR_DEADLINE)
    }

    /// Writes what was added so far. The handler may be running: dimensions, metadata and timestamp stay for what it
    /// adds later, and it must not wait for a lock while the output blocks.
    fn near_deadline(&self, invocation: &Invocation, state: &State) {
        self.write_cold_start(invocation, state);
        let mut lines = Vec::new();
        if let Some(document) = &mut *state.document() {
            self.writer.take_lines(document, &mut lines);
        }
        self.writer.take_lines(&mut self.process_document(), &mut lines);
        self.writer.write_lines(&lines);
    }

    fn on_finish(&self, invocation: &Invocation, state: &State) {
        self.write_cold_start(invocation, state);
        let document = state.document().take();
        if let Some(mut document) = document {
            if !self.writer.flush(&mut document) {
                // Dimensions and metadata may have been added, but no values.
                document.clear();
            }
            if !document.was_written {
                self.writer.warn_on_empty();
            }
            document.was_written = false;
            self.pool.put(document);
        }
        self.flush_process_document();
    }

    fn on_shutdown(&self) {
        self.flush_process_document();
    }
}

impl MetricsUtility {
    pub(crate) fn new(writer: Writer) -> Self {
        let charset = writer.config.dimension_charset;
        Self {
            writer,
            process: Mutex::new(Document::new(charset)),
            successor: OnceLock::new(),
            pool: Pool::new(charset),
            single_pool: Pool::new(charset),
        }
    }

    pub(crate) fn is_disabled(&self) -> bool {
        self.writer.config.disabled
    }

    /// Calls `add` with the current invocation's document, or with the process's.
    pub(crate) fn with_document(self: &Arc<Self>, add: impl FnOnce(&mut Document, &mut dyn FnMut(Warning))) {
        if self.is_disabled() {
            return;
        }
        let mut add = Some(add);
        Invocation::with_current(|invocation| {
            let state = self.state_in(invocation)?;
            add.take().map(|add| self.add(state, add))
        });
        if let Some(add) = add {
            self.add_to_process(add);
        }
    }

    /// Returns these metrics' state in an invocation, which they join if they have not yet.
    ///
    /// `None` if no metrics take part in the invocation, or if these would join after its end.
    pub(crate) fn state_in<'a>(self: &Arc<Self>, invocation: &'a Invocation) -> Option<&'a State> {
        invocation.state_of(self).or_else(|| {
            let takes_part = !invocation.is_finished() && invocation.utility::<Self>().is_some();
            takes_part.then(|| invocation.join(self)).flatten()
        })
    }

    /// Adds to an invocation's document, or to the process's after the final write of the former.
    pub(crate) fn add(&self, state: &State, add: impl FnOnce(&mut Document, &mut dyn FnMut(Warning))) {
        match &mut *state.document() {
            Some(document) => self.writer.add(document, add),
            None => self.add_to_process(add),
        }
    }

    /// Adds a value like [`add`](Self::add), for the hot path.
    ///
    /// Its parts are separate arguments, so that they stay in registers.
    #[allow(clippy::inline_always)] // measured: 40 instructions a value
    #[inline(always)]
    pub(crate) fn add_value(&self, state: &State, name: &MetricName, unit: Unit, number: f64, resolution: Resolution) {
        match &mut *state.document() {
            Some(document) => self.writer.add_value(
                document,
                Value {
                    resolution,
                    ..Value::new(name, unit, number)
                },
            ),
            None => self.add_value_to_process(name, unit, number, resolution),
        }
    }

    /// Adds a value to the process's document.
    #[cold]
    #[inline(never)]
    pub(crate) fn add_value_to_process(&self, name: &MetricName, unit: Unit, number: f64, resolution: Resolution) {
        let value = Value {
            resolution,
            ..Value::new(name, unit, number)
        };
        self.add_to_process(|document, report| document.add(value, report));
    }

    /// Adds to the process's document.
    pub(crate) fn add_to_process(&self, add: impl FnOnce(&mut Document, &mut dyn FnMut(Warning))) {
        let mut document = self.process_document();
        // Asked while the lock is held, so that nothing is added to a document that was passed on.
        match self.successor.get() {
            None => self.writer.add(&mut document, add),
            Some(successor) => successor.writer.add(&mut successor.process_document(), add),
        }
    }

    /// Passes the process's document, and what is added to it later, to the metrics that are used from now on. Nothing has been
    /// added to those yet.
    pub(crate) fn pass_on(&self, successor: &Arc<Self>) {
        let mut document = self.process_document();
        if self.successor.set(Arc::clone(successor)).is_err() || successor.is_disabled() {
            return;
        }
        let mut inherited = successor.process_document();
        *inherited = mem::take(&mut *document);
        inherited
            .dimensions
            .set_charset(successor.writer.config.dimension_charset);
    }

    /// Returns the metrics that are used instead of these, if they were passed on.
    pub(crate) fn in_use(self: &Arc<Self>) -> &Arc<Self> {
        self.successor.get().unwrap_or(self)
    }

    /// Appends the lines of a one-off document to those that the next flush writes.
    pub(crate) fn add_single(self: &Arc<Self>, mut document: Box<Document>, namespace: Option<&Namespace>) {
        self.writer.write_single(&mut document, namespace, &mut |line| {
            self.with_document(|document, _| document.lines.extend_from_slice(line));
        });
        document.clear();
        self.single_pool.put(document);
    }

    /// Appends a line with `values` and `dimensions` to those that the next flush writes.
    fn add_measurements(&self, state: &State, dimensions: &[(&str, &str)], values: &[Measurement<'_>]) {
        if self.is_disabled() {
            return;
        }
        let mut document = self.single_pool.take();
        self.writer.add(&mut document, |document, report| {
            for (key, value) in dimensions {
                document.dimensions.set(key, value, report);
            }
            for measurement in values {
                let (name, unit, value) = match *measurement {
                    Measurement::Count { name, value } => (name, Unit::Count, value),
                    Measurement::Time { name, time } => (name, Unit::Milliseconds, time.as_secs_f64() * 1_000.0),
                    _ => continue,
                };
                document.add(Value::new(&MetricName::from(name.to_owned()), unit, value), report);
            }
        });
        self.writer.write_single(&mut document, None, &mut |line| {
            self.add(state, |document, _| document.lines.extend_from_slice(line));
        });
        document.clear();
        self.single_pool.put(document);
    }

    /// Writes an invocation's document; returns whether there was something to write.
    pub(crate) fn flush(&self, state: &State) -> bool {
        let mut document = state.document();
        document.as_mut().is_some_and(|document| self.writer.flush(document))
    }

    /// Writes the process's document; returns whether there was something to write.
    pub(crate) fn flush_process_document(&self) -> bool {
        let mut lines = Vec::new();
        {
            let mut document = self.process_document();
            if document.is_empty() {
                return false;
            }
            self.writer.take_lines(&mut document, &mut lines);
            document.clear();
        }
        // Without the lock, because code outside invocations may add metrics while the output blocks.
        self.writer.write_lines(&lines);
        true
    }

    fn process_document(&self) -> MutexGuard<'_, Document> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the invocation's cold start if these metrics have to and have not done so yet.
    fn write_cold_start(&self, invocation: &Invocation, state: &State) {
        if state.take_cold_start() {
            self.writer
                .write_cold_start(&invocation.context().env_config.function_name);
        }
    }
}

impl Drop for MetricsUtility {
    /// Writes what is left when the last handle is dropped, so that nothing is lost.
    fn drop(&mut self) {
        self.flush_process_document();
    }
}
