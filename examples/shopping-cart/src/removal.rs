//! [`RemovalQueue`]: a queue of emptied rows for a worker to remove after a migration.

use std::fmt;

use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::types::builders::SendMessageBatchRequestEntryBuilder;
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, MessageAttributeValue, MessageSystemAttributeNameForSends, MessageSystemAttributeValue,
    SendMessageBatchRequestEntry,
};
use lambda_runtime::Error;
use powertools_lambda::{logger, tracer};
use serde::{Deserialize, Serialize};
use tracing::{instrument, warn};

use crate::access::CartId;
use crate::product::ProductId;

/// How many messages SQS accepts in one call.
const BATCH: usize = 10;

/// How often the messages are sent in total.
const ATTEMPTS: usize = 3;

/// A message: remove this row of this cart, if it is empty.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Removal {
    /// The anonymous cart.
    pub cart_id: CartId,
    /// The product of the row.
    pub product_id: ProductId,
    /// The id of the request that emptied it, for the worker's logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
}

/// The removal queue.
#[derive(Clone)]
pub struct RemovalQueue {
    client: aws_sdk_sqs::Client,
    url: String,
}

impl RemovalQueue {
    pub(crate) fn new(client: aws_sdk_sqs::Client, url: String) -> Self {
        Self { client, url }
    }

    /// Requests the removal of rows. A removal that is requested twice takes effect once.
    ///
    /// # Errors
    ///
    /// If SQS rejects a message.
    #[instrument(skip_all, fields(removals = products.len()))]
    pub async fn send(&self, cart: CartId, products: &[ProductId]) -> Result<(), Error> {
        let correlation_id = logger::correlation_id();
        for products in products.chunks(BATCH) {
            let bodies = products.iter().map(|product_id| {
                serde_json::to_string(&Removal {
                    cart_id: cart,
                    product_id: product_id.clone(),
                    correlation_id: correlation_id.clone(),
                })
            });
            self.send_batch(bodies.collect::<Result<_, _>>()?).await?;
        }
        Ok(())
    }

    async fn send_batch(&self, bodies: Vec<String>) -> Result<(), Error> {
        let mut entries = Vec::with_capacity(bodies.len());
        for (id, body) in bodies.into_iter().enumerate() {
            let entry = SendMessageBatchRequestEntry::builder()
                .id(id.to_string())
                .message_body(body);
            let entry = match tracer::trace_header() {
                Some(header) => traced(entry, &header.to_string())?,
                None => entry,
            };
            entries.push(entry.build()?);
        }
        for _ in 0..ATTEMPTS {
            let request = self.client.send_message_batch().queue_url(&self.url);
            let answer = request.set_entries(Some(entries.clone())).send().await?;
            let failed: Vec<_> = answer.failed().iter().map(BatchResultErrorEntry::id).collect();
            if failed.is_empty() {
                return Ok(());
            }
            warn!(failed = failed.len(), "SQS rejected messages, sending them again");
            entries.retain(|entry| failed.contains(&entry.id()));
        }
        Err("SQS rejected messages of the removal queue".into())
    }
}

/// Adds the trace to a message.
///
/// SQS would also take it from the request's header, but an attribute works everywhere. It is added twice, because the
/// local AWS loses the system attributes of batches; the tracer reads either, and counts the same trace once.
fn traced(
    entry: SendMessageBatchRequestEntryBuilder,
    header: &str,
) -> Result<SendMessageBatchRequestEntryBuilder, BuildError> {
    let system = MessageSystemAttributeValue::builder()
        .data_type("String")
        .string_value(header);
    let ordinary = MessageAttributeValue::builder()
        .data_type("String")
        .string_value(header);
    Ok(entry
        .message_system_attributes(MessageSystemAttributeNameForSends::AwsTraceHeader, system.build()?)
        .message_attributes("AWSTraceHeader", ordinary.build()?))
}

impl fmt::Debug for RemovalQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemovalQueue")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let removal = Removal {
            cart_id: "0b7e1f6e-98c7-4a45-9c4b-3f0a4c1d2e3f".parse().unwrap(),
            product_id: "honey".parse().unwrap(),
            correlation_id: Some("r-1".to_owned()),
        };
        let text = json!({
            "cartId": "0b7e1f6e-98c7-4a45-9c4b-3f0a4c1d2e3f",
            "productId": "honey",
            "correlationId": "r-1",
        });
        assert_eq!(serde_json::to_value(&removal).unwrap(), text);
        assert_eq!(serde_json::from_value::<Removal>(text).unwrap(), removal);
    }

    #[test]
    fn a_malformed_message_is_not_a_removal() {
        for body in ["no message", "{}", r#"{"cartId":"user#1","productId":"honey"}"#] {
            assert!(serde_json::from_str::<Removal>(body).is_err(), "{body}");
        }
    }
}
