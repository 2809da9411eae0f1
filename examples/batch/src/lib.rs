//! What the functions share: an order, and how it is charged.

use serde::{Deserialize, Serialize};
use tracing::info;

/// An order, as it stands in a message, in a stream's data and in a table's item.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Order {
    /// The order's id.
    pub id: String,
    /// The card that pays.
    pub card: String,
}

/// The card does not pay.
#[derive(Debug, thiserror::Error)]
#[error("the card of order {0} was declined")]
pub struct Declined(String);

/// Charges an order; the card `0000` never pays.
///
/// # Errors
///
/// When the card is declined.
pub fn charge(order: &Order) -> Result<(), Declined> {
    if order.card == "0000" {
        return Err(Declined(order.id.clone()));
    }
    info!(order.id, "charged");
    Ok(())
}
