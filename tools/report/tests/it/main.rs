//! The page and the text that `report` makes of what functions wrote.

#![allow(clippy::unwrap_used)]

mod sample;

mod chromium;
mod model;
mod text;
