//! `Ending`, which writes waiting data when `run` ends, and records of the errors with which it ends.

use std::error::Error as StdError;

use lambda_runtime::Error;

use crate::Powertools;

/// Calls [`Powertools::shutdown`] when it is dropped: when `run` returns, panics or is cancelled.
pub(crate) struct Ending(Powertools);

impl Ending {
    pub(crate) fn of(powertools: &Powertools) -> Self {
        Self(powertools.clone())
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.shutdown();
    }
}

/// Writes the error of the runtime as one record, because no layer sees it and `main` prints it as plain text.
pub(crate) fn report_runtime_error(error: &Error) {
    let error: &(dyn StdError + 'static) = &**error;
    #[cfg(any(feature = "logger", feature = "tracer"))]
    tracing::error!(
        error,
        "the runtime ended with an error: this process serves no further invocations, and one that was fetched gets no answer"
    );
    let _ = error; // without a subscriber
}

/// Writes the error of [`Powertools::init`] as one record, without using the subscriber that is already installed.
pub(crate) fn report_init_error(powertools: &Powertools, error: &(dyn StdError + 'static)) {
    #[cfg(feature = "logger")]
    {
        use tracing_subscriber::layer::SubscriberExt;

        let subscriber = tracing_subscriber::registry().with(powertools.logger.subscriber_layer());
        tracing::subscriber::with_default(subscriber, || tracing::error!(error, "the function cannot start"));
    }
    let _ = (powertools, error); // without the logger
}
