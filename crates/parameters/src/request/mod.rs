//! The requests of [`Parameters`](crate::Parameters) and their future. You rarely write these types.

mod attempt;
mod each;
mod fetch;
mod fields;
mod get;
mod get_by_names;
mod get_multiple;
mod shared_methods;
mod terms;

pub use each::Each;
pub use fetch::Fetch;
pub(crate) use fetch::in_background;
pub use get::Get;
pub use get_by_names::GetByNames;
pub use get_multiple::{Fields, GetMultiple};
