//! The code that the functions share: an order, and charging it.

use serde::{Deserialize, Serialize};
use tracing::info;

/// An order in a message, in a stream's data or in a table's item.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Order {
    /// The order's id.
    pub id: String,
    /// The number of the card to charge.
    pub card: String,
}

/// The card was declined.
#[derive(Debug, thiserror::Error)]
#[error("the card of order {0} was declined")]
pub struct Declined(String);

/// Charges an order. The card `0000` is always declined.
///
/// # Errors
///
/// If the card is declined.
pub fn charge(order: &Order) -> Result<(), Declined> {
    if order.card == "0000" {
        return Err(Declined(order.id.clone()));
    }
    info!(order.id, "charged");
    Ok(())
}
