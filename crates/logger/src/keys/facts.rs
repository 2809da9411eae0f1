//! `append_fact`, which turns facts from other utilities into keys.

use powertools_lambda_core::{Fact, HttpFacts, Invocation, json};

use super::bounds::add;
use super::invocation_keys::InvocationKeys;
use crate::event::MAX_ID_BYTES;
use crate::record::Scratch;

/// Appends a fact as keys to the further records of `invocation`, within the limits of its keys.
///
/// A fact that is not meant for records appends nothing.
pub(crate) fn append_fact(invocation: &Invocation, fact: &Fact<'_>) {
    let keys = InvocationKeys::of(invocation);
    match fact {
        Fact::Key { key, value } => Scratch::with(|scratch| {
            let written = &mut scratch.fields;
            written.set((*key).to_owned(), |buffer| value.write_json(buffer));
            keys.append(written);
        }),
        Fact::Http(http) => append_http(keys, http),
        Fact::CorrelationId(id) if keys.correlation_id().is_none() => {
            let id = &id[..id.floor_char_boundary(MAX_ID_BYTES)];
            keys.set_correlation_id(|buffer| json::write_str(buffer, id));
        }
        _ => {}
    }
}

/// Appends `http_method`; `http_route`, or `http_url` if the route is not known; and `http_status` and `http_latency_ms`
/// once they are known.
///
/// Only one of route and URL is appended: records are searched and counted by route, and the trace has the URL.
fn append_http(keys: &InvocationKeys, http: &HttpFacts<'_>) {
    const ROUTE: &str = "http_route";
    const URL: &str = "http_url";
    Scratch::with(|scratch| {
        let written = &mut scratch.fields;
        let mut text = |key: &'static str, value: &str| written.set(key, |buffer| json::write_str(buffer, value));
        text("http_method", http.method);
        let superseded = if let Some(route) = http.route {
            text(ROUTE, route);
            URL
        } else {
            text(URL, http.url);
            ROUTE
        };
        if let Some(status) = http.status {
            written.set("http_status", |buffer| json::write_u64(buffer, status.into()));
        }
        if let Some(latency) = http.latency {
            let micros = u32::try_from(latency.as_micros()).unwrap_or(u32::MAX);
            written.set("http_latency_ms", |buffer| {
                json::write_f64(buffer, f64::from(micros) / 1_000.0);
            });
        }
        keys.change(|appended| {
            appended.remove(superseded);
            add(appended, written);
        });
    });
}
