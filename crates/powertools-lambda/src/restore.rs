//! What a restored snapshot must not carry over.

use std::sync::Arc;

use lambda_runtime::{BoxFuture, Error, SnapStartResource};

use crate::Powertools;
use crate::resources::Resources;

impl Powertools {
    /// Has [`run`](Self::run) tell `resource` of a snapshot, as `lambda_runtime`'s method of this name does.
    ///
    /// For parameters, which forget then, and for whatever else of yours does not survive. After a restore the toolkit
    /// itself comes first and these follow, in this order; before a snapshot it is the other way round. A runtime of your
    /// own takes them by its own method.
    ///
    /// ```no_run
    /// # use std::sync::Arc;
    /// # use lambda_runtime::{Error, LambdaEvent, SnapStartResource, service_fn};
    /// # use powertools_lambda::Powertools;
    /// # async fn run(pool: Arc<dyn SnapStartResource>) -> Result<(), Error> {
    /// # let handler = |_: LambdaEvent<()>| async { Ok::<_, Error>(()) };
    /// Powertools::from_env().register_snapstart_resource(pool).run(service_fn(handler)).await
    /// # }
    /// ```
    #[must_use]
    pub fn register_snapstart_resource(mut self, resource: Arc<dyn SnapStartResource>) -> Self {
        self.resources().0.push(resource);
        self
    }

    /// Returns the toolkit itself and the registered ones, foundations first.
    pub(crate) fn into_resources(mut self) -> impl Iterator<Item = Arc<dyn SnapStartResource>> {
        let Resources(registered) = std::mem::take(self.resources());
        let own: Arc<dyn SnapStartResource> = Arc::new(self);
        std::iter::once(own).chain(registered)
    }
}

/// Opens anew what does not survive a snapshot: the tracer's socket.
///
/// [`run`](Powertools::run) registers it; a runtime of your own takes it by
/// [`register_snapstart_resource`](lambda_runtime::Runtime::register_snapstart_resource).
impl SnapStartResource for Powertools {
    fn after_restore(&self) -> BoxFuture<'_, Result<(), Error>> {
        #[cfg(feature = "tracer")]
        self.tracer().after_restore();
        Box::pin(std::future::ready(Ok(())))
    }
}
