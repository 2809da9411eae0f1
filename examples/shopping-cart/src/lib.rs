//! What the ten functions share.
//!
//! * [`api`]: requests, answers, and what a shopper is told when it cannot be done
//! * [`access`]: who a request comes from, by cookie or by token
//! * [`product`]: what there is to buy, and the client of the service that knows
//! * [`table`]: conditional writes, many in one transaction
//! * [`cart`]: what a shopper does with a cart
//! * [`totals`] and [`removal`]: the work behind the scenes
//! * [`Setup`]: all of it, made from the environment

pub mod access;
pub mod api;
pub mod cart;
pub mod product;
mod records;
pub mod removal;
mod setup;
pub mod table;
pub mod totals;

pub use records::count_records;
pub use setup::Setup;
