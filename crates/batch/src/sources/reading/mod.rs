//! Reading events so that an unexpected value affects only its own record: `Any`, the kinds of values, objects and events.
//!
//! A decoder cannot continue after an error, so nothing here returns one for a value of an unexpected type: the value
//! becomes `None`, or makes its record [`Unreadable`]. Each event is read in one pass.

mod any;
mod base64;
mod event;
mod kind;
mod object;
mod source;
mod time;
mod unreadable;
mod values;

pub(super) use self::any::{Any, Reader, read};
pub(super) use self::base64::decode_base64;
pub(super) use self::event::{EventFields, Records, read_event};
pub(super) use self::kind::Kind;
pub(super) use self::object::{Fields, FromFields, impl_deserialize};
pub(super) use self::source::source_of;
pub(super) use self::time::{Time, write_time};
pub(super) use self::unreadable::Unreadable;
pub(super) use self::values::{Content, Integer, List, Map, Text};
