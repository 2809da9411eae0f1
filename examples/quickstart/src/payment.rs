//! The payment provider, as far as an example needs one.

use std::time::Duration;

use powertools_lambda::tracer;
use tracing::instrument;

use crate::order::Order;

/// An order could not be paid.
#[derive(Debug, thiserror::Error)]
#[error("payment of order {order} failed")]
pub(crate) struct PaymentError {
    order: String,
    source: CardError,
}

/// What the provider says about a card.
#[derive(Debug, thiserror::Error)]
#[error("card was declined")]
pub(crate) struct CardError;

/// Charges the customer's card and returns the receipt's number; its span is a subsegment of the trace.
#[instrument(skip_all)]
pub(crate) async fn charge(order: &Order) -> Result<String, PaymentError> {
    tracer::annotate("quantity", order.quantity);
    let authorised = authorise(&order.card).await;
    authorised.map(|()| format!("R-{}", order.id)).map_err(|source| {
        let order = order.id.clone();
        let error = PaymentError { order, source };
        tracer::record_error(&error);
        error
    })
}

/// Takes the time that a call over the network takes.
#[instrument(skip_all)]
async fn authorise(card: &str) -> Result<(), CardError> {
    tokio::time::sleep(Duration::from_millis(5)).await;
    if card == "0000" { Err(CardError) } else { Ok(()) }
}
