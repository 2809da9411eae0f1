//! Loyalty points: [`Points`], and the events that earn them.

mod event;
mod points;
mod topic;

pub use event::{Earning, LoyaltyEvent};
pub use points::{Change, Points};
pub use topic::{SnsTopic, Topic};
