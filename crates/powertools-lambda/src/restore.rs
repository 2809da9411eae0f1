//! `Powertools` as a SnapStart resource, and the registration of other resources.

use std::sync::Arc;

use lambda_runtime::{BoxFuture, Error, SnapStartResource};

use crate::Powertools;
use crate::resources::Resources;

impl Powertools {
    /// Registers a resource that [`run`](Self::run) notifies before a SnapStart snapshot and after a restore.
    ///
    /// Examples are `Parameters`, which clears its cache, and a connection pool. After a restore, the toolkit itself is notified
    /// first and then the resources in the order of their registration; before a snapshot, in reverse. With your own runtime, use
    /// [`Runtime::register_snapstart_resource`](lambda_runtime::Runtime::register_snapstart_resource).
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

    /// Returns the toolkit and the registered resources, in the order in which they are notified after a restore.
    pub(crate) fn into_resources(mut self) -> impl Iterator<Item = Arc<dyn SnapStartResource>> {
        let Resources(registered) = std::mem::take(self.resources());
        let own: Arc<dyn SnapStartResource> = Arc::new(self);
        std::iter::once(own).chain(registered)
    }
}

/// Writes waiting metrics before a snapshot, and reopens the tracer's socket after a restore.
///
/// Metrics that the initialisation added are thus counted once, and not once for each restored environment.
///
/// Registered by [`run`](Powertools::run). With your own runtime, pass it to
/// [`Runtime::register_snapstart_resource`](lambda_runtime::Runtime::register_snapstart_resource).
impl SnapStartResource for Powertools {
    fn before_snapshot(&self) -> BoxFuture<'_, Result<(), Error>> {
        #[cfg(feature = "metrics")]
        self.metrics().flush();
        Box::pin(std::future::ready(Ok(())))
    }

    fn after_restore(&self) -> BoxFuture<'_, Result<(), Error>> {
        #[cfg(feature = "tracer")]
        self.tracer().after_restore();
        Box::pin(std::future::ready(Ok(())))
    }
}
