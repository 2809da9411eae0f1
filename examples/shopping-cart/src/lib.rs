//! The code that the ten functions share.
//!
//! * [`api`]: requests, answers, and rejections
//! * [`access`]: the sender of a request, by cookie or by token
//! * [`product`]: the products, and the client of the product service
//! * [`table`]: conditional writes, several in one transaction
//! * [`cart`]: the operations on a cart
//! * [`totals`] and [`removal`]: asynchronous work
//! * [`Setup`]: creates all of it from the environment

pub mod access;
pub mod api;
pub mod cart;
pub mod product;
mod records;
pub mod removal;
mod setup;
pub mod table;
#[cfg(any(test, feature = "test-util"))]
pub mod test_util;
pub mod totals;

pub use records::count_records;
pub use setup::{Flags, Setup};
