//! The operations on a cart.

mod carts;
mod checkout;
mod listing;
mod migration;
mod receipt;
mod row;
#[cfg(test)]
mod tests;

pub use carts::{Carts, MAX_QUANTITY, Stock};
pub use checkout::Order;
pub use listing::{Line, Listing};
pub use migration::Migration;
pub(crate) use row::PRODUCT_PREFIX;
pub use row::Row;
