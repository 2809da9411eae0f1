//! [`Exporting`], which sends the spans that wait, one request at a time.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use powertools_lambda_core::Warnings;
use tokio::time::{Instant, timeout_at};

use crate::queue::{Limits, Queue, Waiting};

/// Makes an exporter with its own connections; the error says why that failed.
pub(crate) type MakeExporter<E> = Box<dyn Fn() -> Result<E, String> + Send + Sync>;

/// How sending went, as far as an exporter's result does not tell.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// How many spans are lost.
    pub(crate) lost: AtomicU64,
    /// Whether the request that failed last must not be repeated.
    pub(crate) refused: AtomicBool,
}

/// The spans that wait, and the exporter that sends them.
pub(crate) struct Exporting<E> {
    exporter: Mutex<Option<Arc<E>>>,
    /// Makes the exporter again after a restore, and another one for each separate runtime, because connections belong to a
    /// runtime.
    make: Option<MakeExporter<E>>,
    queue: Mutex<Queue>,
    /// An exporter must not be called concurrently.
    turn: tokio::sync::Mutex<()>,
    /// How many spans are being sent. Changes while the queue is locked, so that each span is in one of the two.
    sending: AtomicU64,
    /// How long sending may take after a response.
    wait: Duration,
    warnings: Warnings,
    outcome: Arc<Outcome>,
    /// Whether a thread is sending near a deadline.
    hurrying: AtomicBool,
}

impl<E: SpanExporter + 'static> Exporting<E> {
    pub(crate) fn new(
        exporter: Option<E>,
        make: Option<MakeExporter<E>>,
        limits: Limits,
        wait: Duration,
        warnings: Warnings,
        outcome: Arc<Outcome>,
    ) -> Self {
        Self {
            exporter: Mutex::new(exporter.map(Arc::new)),
            make,
            queue: Mutex::new(Queue::new(limits)),
            turn: tokio::sync::Mutex::new(()),
            sending: AtomicU64::new(0),
            wait,
            warnings,
            outcome,
            hurrying: AtomicBool::new(false),
        }
    }

    /// Adds spans to those that wait.
    pub(crate) fn add(&self, spans: impl Iterator<Item = SpanData>) {
        let mut cut = 0;
        let dropped = {
            let mut queue = self.queue();
            spans.for_each(|span| cut += queue.push(span));
            queue.make_room()
        };
        if cut > 0 {
            self.warnings.once(
                "open telemetry cut",
                format_args!("a span exceeds the receiver's limit: {cut} values are left out"),
            );
        }
        if dropped > 0 {
            self.lose(dropped, "too many spans wait to be sent to the OpenTelemetry receiver");
        }
    }

    pub(crate) fn has_waiting(&self) -> bool {
        !self.queue().is_empty()
    }

    pub(crate) fn lost(&self) -> u64 {
        self.outcome.lost.load(Ordering::Relaxed)
    }

    /// Sends the waiting spans, within the configured time.
    pub(crate) async fn send(self: Arc<Self>) {
        let wait = self.wait;
        self.send_within(wait, || self.exporter()).await;
    }

    /// `exporter` returns the exporter to use; it is called once, when it is this call's turn.
    async fn send_within(&self, wait: Duration, exporter: impl Fn() -> Result<Arc<E>, String>) {
        let until = Instant::now() + wait;
        let Ok(_turn) = timeout_at(until, self.turn.lock()).await else {
            return;
        };
        let mut made = None;
        loop {
            let batch = {
                let mut queue = self.queue();
                let batch = queue.take();
                self.sending.store(batch.len() as u64, Ordering::Relaxed);
                batch
            };
            if batch.is_empty() {
                return;
            }
            let spans = batch.iter().map(|waiting| waiting.span.clone()).collect();
            let kept = Kept { exporting: self, batch };
            let exporter: &Arc<E> = match &mut made {
                Some(exporter) => exporter,
                none => match exporter() {
                    Ok(exporter) => none.insert(exporter),
                    Err(problem) => return self.warn_unsent(&problem, kept.batch.len()),
                },
            };
            match timeout_at(until, exporter.export(spans)).await {
                Ok(Ok(())) => kept.was_sent(),
                Ok(Err(error)) if self.outcome.refused.swap(false, Ordering::Relaxed) => {
                    kept.was_refused(reason(&error));
                }
                Ok(Err(error)) => return self.warn_unsent(&reason(&error), kept.batch.len()),
                Err(_) => {
                    let problem = format!("no answer within {} ms", wait.as_millis());
                    return self.warn_unsent(&problem, kept.batch.len());
                }
            }
        }
    }

    /// Sends the waiting spans on a thread with its own runtime, and waits for the thread for at most `within`.
    ///
    /// The process's runtime may have stopped, or this may be its only thread.
    pub(crate) fn send_now(self: &Arc<Self>, within: Duration) {
        if !self.has_waiting() {
            return;
        }
        let (done, wait) = mpsc::channel();
        let shared = Arc::clone(self);
        let thread = std::thread::Builder::new()
            .name("open-telemetry".to_owned())
            .spawn(move || {
                shared.block_on_send(within);
                let _ = done.send(());
            });
        if thread.is_ok() {
            let _ = wait.recv_timeout(within + Duration::from_millis(20));
        }
    }

    /// Counts the spans that still wait or are being sent as lost, because the process ends.
    pub(crate) fn give_up(&self) {
        let count = {
            let mut queue = self.queue();
            queue.clear() + self.sending.load(Ordering::Relaxed)
        };
        if count > 0 {
            self.lose(
                count,
                "spans could not be sent to the OpenTelemetry receiver before the process ended",
            );
        }
    }

    /// Sends the waiting spans on a thread, without waiting for it; does nothing if such a thread is already running.
    pub(crate) fn send_in_background(self: &Arc<Self>, within: Duration) {
        if self.hurrying.swap(true, Ordering::AcqRel) {
            return;
        }
        let until = Instant::now() + within;
        let shared = Arc::clone(self);
        let thread = std::thread::Builder::new()
            .name("open-telemetry".to_owned())
            .spawn(move || {
                shared.block_on_send(within);
                shared.hurrying.store(false, Ordering::Release);
                // Spans may have been added since this thread last looked.
                if Instant::now() < until && shared.has_waiting() {
                    shared.send_in_background(until - Instant::now());
                }
            });
        if thread.is_err() {
            self.hurrying.store(false, Ordering::Release);
        }
    }

    /// Sends the waiting spans in a separate runtime, with separate connections: those end with the runtime, and those of the
    /// process's runtime do not work in it.
    fn block_on_send(&self, within: Duration) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        if let Ok(runtime) = runtime {
            let own = || match &self.make {
                Some(make) => make().map(Arc::new),
                None => self.exporter(),
            };
            let work = AssertUnwindSafe(|| runtime.block_on(self.send_within(within, own)));
            if std::panic::catch_unwind(work).is_err() {
                self.lose(0, "the OpenTelemetry exporter panicked");
            }
            runtime.shutdown_background();
        }
    }

    /// Forgets connections; the next request makes new ones.
    pub(crate) fn renew(&self) {
        if self.make.is_some() {
            *self.exporter.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    fn exporter(&self) -> Result<Arc<E>, String> {
        let mut exporter = self.exporter.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(exporter) = &*exporter {
            return Ok(Arc::clone(exporter));
        }
        let make = self.make.as_ref().ok_or("there is no exporter")?;
        let renewed = Arc::new(make()?);
        *exporter = Some(Arc::clone(&renewed));
        Ok(renewed)
    }

    fn warn_unsent(&self, problem: &dyn std::fmt::Display, count: usize) {
        self.warnings.once(
            "open telemetry unsent",
            format_args!(
                "{count} spans could not be sent to the OpenTelemetry receiver: {problem}: they are kept for the next request"
            ),
        );
    }

    fn lose(&self, count: u64, problem: &str) {
        let lost = self.outcome.lost.fetch_add(count, Ordering::Relaxed) + count;
        self.warnings.once(
            &format!("open telemetry {problem}"),
            format_args!("{problem}: {lost} spans lost so far"),
        );
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the text of a failure, without the words that the SDK's error puts in front.
fn reason(error: &OTelSdkError) -> String {
    match error {
        OTelSdkError::InternalFailure(reason) => reason.clone(),
        other => other.to_string(),
    }
}

/// Spans that are being sent; dropping them, also because sending was cancelled, lets them wait again.
struct Kept<'a, E: SpanExporter + 'static> {
    exporting: &'a Exporting<E>,
    batch: Vec<Waiting>,
}

impl<E: SpanExporter + 'static> Kept<'_, E> {
    fn was_sent(mut self) {
        self.batch.clear();
    }

    /// Gives the spans up, because the receiver would refuse them again.
    fn was_refused(mut self, problem: impl std::fmt::Display) {
        let count = self.batch.len();
        self.batch.clear();
        let outcome = &self.exporting.outcome;
        outcome.lost.fetch_add(count as u64, Ordering::Relaxed);
        self.exporting.warnings.once(
            "open telemetry refused",
            format_args!("the OpenTelemetry receiver refused {count} spans: {problem}: they are lost"),
        );
    }
}

impl<E: SpanExporter + 'static> Drop for Kept<'_, E> {
    fn drop(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        let given_up = {
            let mut queue = self.exporting.queue();
            self.exporting.sending.store(0, Ordering::Relaxed);
            queue.put_back(batch)
        };
        if given_up > 0 {
            let problem = "the OpenTelemetry receiver did not accept spans that were sent several times";
            self.exporting.lose(given_up, problem);
        }
    }
}
