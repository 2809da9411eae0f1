//! `VisibilityBackOff`, which calls `ChangeMessageVisibilityBatch`.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::ChangeMessageVisibilityBatchRequestEntry;
use lambda_runtime::Error as BoxError;

use crate::Record;
use crate::sqs::{BackOff, SqsMessage};

/// Delays failed SQS messages longer after each delivery, with `ChangeMessageVisibilityBatch`.
///
/// A message that was received `n` times is delivered again after `first` · 2ⁿ⁻¹, but at most after `longest`. The
/// function needs the permissions `sqs:ChangeMessageVisibility` and `sqs:GetQueueUrl`; the queue's URL is requested once.
///
/// ```no_run
/// # use powertools_lambda_batch::{Batch, Json, record_fn};
/// # use powertools_lambda_batch::sqs::VisibilityBackOff;
/// # async fn charge(order: Json<u32>) -> Result<(), lambda_runtime::Error> { Ok(()) }
/// # fn example(client: aws_sdk_sqs::Client) {
/// let batch = Batch::sqs(record_fn(charge)).back_off(VisibilityBackOff::new(client));
/// # }
/// ```
#[must_use = "pass it to `Batch::back_off`"]
pub struct VisibilityBackOff {
    client: Client,
    first: Duration,
    longest: Duration,
    /// The queues' URLs by ARN: one for each event source mapping of the function.
    addresses: Mutex<HashMap<String, String>>,
}

/// The longest time that SQS keeps a message invisible.
const LIMIT: Duration = Duration::from_hours(12);

/// How many messages one call takes.
const MESSAGES_PER_CALL: usize = 10;

impl VisibilityBackOff {
    /// Creates a back-off that starts with 10 s and ends with 15 min.
    pub fn new(client: Client) -> Self {
        Self {
            client,
            first: Duration::from_secs(10),
            longest: Duration::from_mins(15),
            addresses: Mutex::default(),
        }
    }

    /// Sets the delay after the first failure, rounded down to whole seconds. Default: 10 s.
    pub fn first(mut self, delay: Duration) -> Self {
        self.first = delay;
        self
    }

    /// Sets the longest delay. Default: 15 min; SQS allows at most 12 h.
    pub fn longest(mut self, delay: Duration) -> Self {
        self.longest = delay;
        self
    }

    /// Returns the delay of this message, in whole seconds.
    fn delay(&self, message: &SqsMessage) -> i32 {
        let count = message.attributes.get("ApproximateReceiveCount");
        let received: u32 = count.and_then(|count| count.parse().ok()).unwrap_or(1);
        let factor = 2_u32.saturating_pow(received.saturating_sub(1));
        let delay = self.first.saturating_mul(factor).min(self.longest).min(LIMIT);
        i32::try_from(delay.as_secs()).unwrap_or(i32::MAX)
    }

    async fn address(&self, arn: &str) -> Result<String, BoxError> {
        let known = self.addresses().get(arn).cloned();
        if let Some(address) = known {
            return Ok(address);
        }
        // arn:aws:sqs:REGION:ACCOUNT:NAME
        let mut parts = arn.rsplit(':');
        let (Some(name), Some(account)) = (parts.next(), parts.next()) else {
            return Err(format!("{arn:?} is not the ARN of a queue").into());
        };
        let asked = self
            .client
            .get_queue_url()
            .queue_name(name)
            .queue_owner_aws_account_id(account);
        let address = asked.send().await?.queue_url.unwrap_or_default();
        self.addresses().insert(arn.to_owned(), address.clone());
        Ok(address)
    }

    fn addresses(&self) -> std::sync::MutexGuard<'_, HashMap<String, String>> {
        self.addresses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BackOff for VisibilityBackOff {
    async fn back_off(&self, failed: Vec<Record<SqsMessage>>) -> Result<(), BoxError> {
        let arn = failed.iter().find_map(|message| message.event_source_arn.as_deref());
        let address = self.address(arn.ok_or("the messages have no eventSourceARN")?).await?;
        // A message without a handle cannot be passed to SQS; the others are delayed.
        let (failed, without): (Vec<_>, Vec<_>) = failed.iter().partition(|message| {
            message
                .receipt_handle
                .as_deref()
                .is_some_and(|handle| !handle.is_empty())
        });
        let mut problem = match without.len() {
            0 => Ok(()),
            count => Err(format!("{count} messages have no receiptHandle").into()),
        };
        for messages in failed.chunks(MESSAGES_PER_CALL) {
            let entries = messages.iter().enumerate().map(|(index, message)| {
                ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(index.to_string())
                    .set_receipt_handle(message.receipt_handle.clone())
                    .visibility_timeout(self.delay(message))
                    .build()
            });
            let entries = entries.collect::<Result<Vec<_>, _>>()?;
            let call = self.client.change_message_visibility_batch().queue_url(&address);
            let answer = call.set_entries(Some(entries)).send().await?;
            if let Some(refused) = answer.failed.first() {
                let reason = refused.message.as_deref().unwrap_or(&refused.code);
                let (refused, asked) = (answer.failed.len(), messages.len());
                problem = Err(format!("SQS refused {refused} of {asked} messages: {reason}").into());
            }
        }
        problem
    }
}

impl fmt::Debug for VisibilityBackOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VisibilityBackOff")
            .field("first", &self.first)
            .field("longest", &self.longest)
            .finish_non_exhaustive()
    }
}
