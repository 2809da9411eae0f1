//! The payment provider's client.

use powertools_lambda::tracer::{self, Tracer};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
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
    #[error("the payment provider answered {0}")]
    Answer(reqwest::StatusCode),
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
    pub(crate) fn new(tracer: &Tracer, url: String) -> Result<Self, reqwest::Error> {
        let client = ClientBuilder::new(reqwest::Client::builder().build()?);
        Ok(Self {
            client: client.with(tracer.http_layer()).build(),
            url,
        })
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
            status => Err(CardError::Answer(status)),
        }
    }
}
