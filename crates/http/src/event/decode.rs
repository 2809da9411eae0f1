//! How an [`HttpEvent`] is decoded.

use serde::de::{Deserialize, Deserializer, Error as _};

use super::fields::Fields;
use super::http_event::HttpEvent;
use super::request;

impl<'de> Deserialize<'de> for HttpEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Fields::deserialize(deserializer)?;
        fields.with_source().map(request::event).map_err(D::Error::custom)
    }
}
