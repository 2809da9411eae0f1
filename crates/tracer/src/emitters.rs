//! [`Emitters`], all emitters of a tracer.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use powertools_lambda_core::AfterResponse;

use crate::{Emitter, Spans};

/// All emitters of a tracer, which are called one after the other.
///
/// If one of them panics, the others are still called; the first panic is resumed afterwards.
#[derive(Default)]
pub(crate) struct Emitters(Vec<Box<dyn Emitter>>);

impl Emitters {
    pub(crate) fn push(&mut self, emitter: Box<dyn Emitter>) {
        self.0.push(emitter);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn each(&self, mut act: impl FnMut(&dyn Emitter)) {
        let mut panicked = None;
        for emitter in &self.0 {
            note_panic(&mut panicked, || act(&**emitter));
        }
        if let Some(panic) = panicked {
            resume_unwind(panic);
        }
    }
}

impl Emitter for Emitters {
    fn emit(&self, spans: Spans<'_>) {
        self.each(|emitter| emitter.emit(spans));
    }

    fn flush(&self) {
        self.each(Emitter::flush);
    }

    fn after_response(&self) -> Option<AfterResponse> {
        let mut all = Vec::new();
        self.each(|emitter| all.extend(emitter.after_response()));
        if all.len() <= 1 {
            return all.pop();
        }
        Some(Box::pin(Concurrent { all, panicked: None }))
    }

    fn shutdown(&self) {
        self.each(Emitter::shutdown);
    }

    fn lost(&self) -> u64 {
        let mut lost = 0;
        self.each(|emitter| lost += emitter.lost());
        lost
    }

    fn after_restore(&self) {
        self.each(Emitter::after_restore);
    }
}

/// The work of several emitters after a response.
struct Concurrent {
    all: Vec<AfterResponse>,
    panicked: Option<Box<dyn Any + Send>>,
}

impl Future for Concurrent {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { all, panicked } = self.get_mut();
        all.retain_mut(|work| {
            // Work that panics has ended.
            let mut is_pending = false;
            note_panic(panicked, || is_pending = work.as_mut().poll(cx).is_pending());
            is_pending
        });
        if !all.is_empty() {
            return Poll::Pending;
        }
        match panicked.take() {
            Some(panic) => resume_unwind(panic),
            None => Poll::Ready(()),
        }
    }
}

/// Keeps the first panic.
fn note_panic(first: &mut Option<Box<dyn Any + Send>>, act: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(act)) {
        first.get_or_insert(panic);
    }
}
