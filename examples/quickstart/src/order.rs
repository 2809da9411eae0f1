//! [`Order`]: a customer's order.

use std::str::FromStr;

use powertools_lambda::core::json;
use serde::{Deserialize, Serialize};

/// An order as the customer sends it. It is logged without the card.
#[derive(Deserialize, Serialize)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) item: String,
    pub(crate) quantity: u32,
    #[serde(skip_serializing)]
    pub(crate) card: String,
}

/// The reason why an order is refused. It is logged and answered, so it must not contain the card.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the order is not valid JSON: {0}")]
    Json(String),
    #[error("an order must have at least one item")]
    Empty,
}

impl FromStr for Order {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let order: Self = serde_json::from_str(text)?;
        if order.quantity == 0 {
            return Err(Refusal::Empty);
        }
        Ok(order)
    }
}

impl From<serde_json::Error> for Refusal {
    /// Leaves out the value that serde's text shows if a type does not match: it may be the card.
    fn from(error: serde_json::Error) -> Self {
        let text = error.to_string();
        Self::Json(if error.is_data() {
            json::mismatch_at(&text, error.line(), error.column())
        } else {
            text
        })
    }
}
