//! [`Topic`]: where the saga announces bookings.

use std::fmt;

use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;
use lambda_runtime::Error;
use tracing::instrument;

use super::LoyaltyEvent;

/// A topic for events of bookings.
pub trait Topic: Send + Sync + 'static {
    /// Publishes an event. It may be delivered more than once.
    fn publish(&self, event: &LoyaltyEvent) -> impl Future<Output = Result<(), Error>> + Send;
}

/// A topic of SNS.
#[derive(Clone)]
pub struct SnsTopic {
    client: Client,
    arn: String,
}

impl SnsTopic {
    pub(crate) fn new(client: Client, arn: String) -> Self {
        Self { client, arn }
    }
}

impl Topic for SnsTopic {
    /// The attribute is for subscriptions with a filter. The trace needs none: SNS passes on the one of the request's header.
    #[instrument(skip_all, fields(kind = %event.kind))]
    async fn publish(&self, event: &LoyaltyEvent) -> Result<(), Error> {
        let kind = MessageAttributeValue::builder().data_type("String");
        let kind = kind.string_value(event.kind.to_string()).build()?;
        let request = self.client.publish().topic_arn(&self.arn);
        let request = request.message(serde_json::to_string(event)?);
        request.message_attributes("kind", kind).send().await?;
        Ok(())
    }
}

impl fmt::Debug for SnsTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnsTopic")
            .field("arn", &self.arn)
            .finish_non_exhaustive()
    }
}
