//! `Powertools::shutdown`, for the end of the process.

use crate::Powertools;

impl Powertools {
    /// Writes what running invocations have collected so far, and the metrics that belong to no invocation.
    ///
    /// This includes metrics, finished spans, and buffered log records. Call it at the end of the process; an
    /// invocation that ends writes its own data. Spans are sent first, because writing to standard output may block.
    pub fn shutdown(&self) {
        self.invocation_layer().shutdown();
    }

    /// Calls [`shutdown`](Self::shutdown) when Lambda ends the process.
    ///
    /// Await it before [`run`](Self::run). Lambda sends SIGTERM, 500 ms before SIGKILL, only to functions that have an
    /// extension. Therefore this registers an internal extension that does nothing, with
    /// [`lambda_runtime::spawn_graceful_shutdown_handler`], which also ends the process. A process can do so once. If the
    /// extension cannot be registered, as outside Lambda, one warning is printed and the function runs without it.
    /// Does nothing on Windows, which has no SIGTERM.
    ///
    /// ```no_run
    /// # use lambda_runtime::{Error, LambdaEvent, service_fn};
    /// # use powertools_lambda::Powertools;
    /// # #[tokio::main] async fn main() -> Result<(), Error> {
    /// # let handler = |_: LambdaEvent<()>| async { Ok::<_, Error>(()) };
    /// let powertools = Powertools::from_env();
    /// powertools.spawn_graceful_shutdown_handler().await;
    /// powertools.run(service_fn(handler)).await
    /// # }
    /// ```
    #[cfg(feature = "graceful-shutdown")]
    #[cfg_attr(not(unix), allow(clippy::unused_async))]
    pub async fn spawn_graceful_shutdown_handler(&self) {
        #[cfg(unix)]
        self.register_shutdown().await;
    }

    #[cfg(all(unix, feature = "graceful-shutdown"))]
    async fn register_shutdown(&self) {
        use std::panic::{AssertUnwindSafe, catch_unwind};
        use std::task::Poll;

        let powertools = self.clone();
        let register = lambda_runtime::spawn_graceful_shutdown_handler(move || async move { powertools.shutdown() });
        let mut register = std::pin::pin!(register);
        // The runtime panics if the extension cannot be registered.
        let registered = std::future::poll_fn(|cx| {
            let polled = catch_unwind(AssertUnwindSafe(|| register.as_mut().poll(cx)));
            polled.map_or(Poll::Ready(false), |poll| poll.map(|()| true))
        });
        if !registered.await {
            self.warnings().once(
                "graceful shutdown",
                format_args!("the extension for graceful shutdown could not be registered: nothing is written when Lambda ends the process"),
            );
        }
    }
}
