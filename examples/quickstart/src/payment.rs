//! The payment provider's client.

use powertools_lambda::tracer;
use reqwest_middleware::ClientWithMiddleware;
use serde_json::json;
use tracing::instrument;

use crate::order::Order;

/// A failed payment of an order.
#[derive(Debug, thiserror::Error)]
#[error("payment of order {order} failed")]
pub(crate) struct PaymentError {
    order: String,
    source: CardError,
}

/// The reason why a card was not charged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CardError {
    #[error("card was declined")]
    Declined,
    #[error("the payment provider responded with {0}")]
    Status(reqwest::StatusCode),
    #[error("the payment provider cannot be reached")]
    Unreachable(#[from] reqwest_middleware::Error),
}

/// Charges cards over HTTP.
#[derive(Clone)]
pub(crate) struct Payments {
    client: ClientWithMiddleware,
    url: String,
}

impl Payments {
    pub(crate) fn new(client: ClientWithMiddleware, url: String) -> Self {
        Self { client, url }
    }

    /// Charges the customer's card and returns the receipt's number; its span is a subsegment of the trace.
    #[instrument(skip_all)]
    pub(crate) async fn charge(&self, order: &Order) -> Result<String, PaymentError> {
        tracer::annotate("quantity", order.quantity);
        let authorised = self.authorise(&order.card).await;
        authorised.map(|()| format!("R-{}", order.id)).map_err(|source| {
            let order = order.id.clone();
            let error = PaymentError { order, source };
            tracer::record_error(&error);
            error
        })
    }

    async fn authorise(&self, card: &str) -> Result<(), CardError> {
        let request = self.client.post(&self.url).body(json!({"card": card}).to_string());
        match request.send().await?.status() {
            status if status.is_success() => Ok(()),
            reqwest::StatusCode::PAYMENT_REQUIRED => Err(CardError::Declined),
            status => Err(CardError::Status(status)),
        }
    }
}
