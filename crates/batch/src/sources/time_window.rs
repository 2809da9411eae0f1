//! `TimeWindow`, what a stream's event says about its tumbling window.

use serde::de::{IgnoredAny, MapAccess};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::sources::reading::{Fields, FromFields, Kind, Reader, Text, read};

/// What the event of a Kinesis or DynamoDB stream says about its tumbling window.
///
/// Lambda passes each invocation of a window the state that the one before returned. [`process`](crate::process())
/// returns the event's state; to return another one, set `state` of the response.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct TimeWindow {
    /// The window's start, in ISO 8601, such as `2020-12-09T07:04:00Z`.
    pub start: Option<String>,
    /// The window's end, in ISO 8601.
    pub end: Option<String>,
    /// What the invocations before this one returned; an empty object in the first one.
    ///
    /// Lambda accepts up to 1 MB. As in any [`Value`], a number with more digits than a double has is rounded.
    pub state: Value,
    /// The shard's id.
    pub shard_id: Option<String>,
    /// The stream's ARN.
    pub event_source_arn: Option<String>,
    /// Whether this is the window's last invocation: `isFinalInvokeForWindow`. It may have no records.
    pub is_final_invoke: bool,
    /// Whether the window ended early, because its state became too large: `isWindowTerminatedEarly`.
    pub is_terminated_early: bool,
}

impl TimeWindow {
    /// Reads a field of an event that may have a window, or skips it.
    pub(crate) fn read_field<'de, A: MapAccess<'de>>(
        window: &mut Option<Self>,
        name: &str,
        value: &mut A,
    ) -> Result<(), A::Error> {
        match name {
            "window" => {
                let bounds: Bounds = read(value, Fields::new())?;
                if bounds != Bounds::default() {
                    let window = Self::of(window);
                    (window.start, window.end) = (bounds.start, bounds.end);
                }
            }
            "state" => match value.next_value()? {
                Value::Null => {}
                state => Self::of(window).state = state,
            },
            "shardId" => {
                if let Some(id) = read(value, Text)? {
                    Self::of(window).shard_id = Some(id);
                }
            }
            "eventSourceARN" => {
                if let Some(arn) = read(value, Text)? {
                    Self::of(window).event_source_arn = Some(arn);
                }
            }
            "isFinalInvokeForWindow" => {
                if let Some(is_final) = read(value, Flag)? {
                    Self::of(window).is_final_invoke = is_final;
                }
            }
            "isWindowTerminatedEarly" => {
                if let Some(is_early) = read(value, Flag)? {
                    Self::of(window).is_terminated_early = is_early;
                }
            }
            _ => value.next_value::<IgnoredAny>().map(|_| ())?,
        }
        Ok(())
    }

    fn of(window: &mut Option<Self>) -> &mut Self {
        window.get_or_insert_with(|| Self {
            state: Value::Object(Map::new()),
            ..Self::default()
        })
    }
}

impl Serialize for TimeWindow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bounds = Bounds {
            start: self.start.clone(),
            end: self.end.clone(),
        };
        let mut fields = serializer.serialize_map(Some(6))?;
        fields.serialize_entry("window", &bounds)?;
        fields.serialize_entry("state", &self.state)?;
        fields.serialize_entry("shardId", &self.shard_id)?;
        fields.serialize_entry("eventSourceARN", &self.event_source_arn)?;
        fields.serialize_entry("isFinalInvokeForWindow", &self.is_final_invoke)?;
        fields.serialize_entry("isWindowTerminatedEarly", &self.is_terminated_early)?;
        fields.end()
    }
}

/// The field `window`.
#[derive(Default, PartialEq, Serialize)]
struct Bounds {
    start: Option<String>,
    end: Option<String>,
}

impl FromFields for Bounds {
    fn read_field<'de, A: MapAccess<'de>>(&mut self, name: &str, value: &mut A) -> Result<(), A::Error> {
        match name {
            "start" => self.start = read(value, Text)?,
            "end" => self.end = read(value, Text)?,
            _ => value.next_value::<IgnoredAny>().map(|_| ())?,
        }
        Ok(())
    }
}

/// Reads a boolean; anything else is `None`.
struct Flag;

impl Reader<'_> for Flag {
    type Value = Option<bool>;

    fn other(self, _: Kind) -> Option<bool> {
        None
    }

    fn boolean(self, boolean: bool) -> Option<bool> {
        Some(boolean)
    }
}
