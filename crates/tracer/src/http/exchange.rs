//! [`Exchange`], one HTTP exchange of any client.

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use powertools_lambda_core::ErrorReport;

use super::rules::Rules;
use crate::SpanKind;
use crate::open_call::{OpenCall, forwarded_header, forwarded_traceparent};

/// The tracing header.
const HEADER: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// The header of W3C Trace Context.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The target of a request.
pub(super) struct Target<'a> {
    pub(super) scheme: &'a str,
    pub(super) host: &'a str,
    pub(super) port: Option<u16>,
    pub(super) path: &'a str,
}

/// A recorded exchange.
pub(super) struct Exchange(OpenCall);

impl Exchange {
    /// Starts an exchange and adds the tracing header to the request; `None` if the exchange is not recorded.
    pub(super) fn begin(rules: &Rules, method: &Method, target: &Target<'_>, headers: &mut HeaderMap) -> Option<Self> {
        let call = if rules.ignore(target.host, target.path) {
            None
        } else {
            OpenCall::begin(SpanKind::Remote)
        };
        if rules.propagate_to(target.host) && !headers.contains_key(&HEADER) {
            let header = match &call {
                Some(call) => call.header().map(|header| header.to_string()),
                None => forwarded_header(),
            };
            let traceparent = match &call {
                Some(call) => call.traceparent(),
                None => forwarded_traceparent(),
            };
            if let Some(value) = traceparent.and_then(|text| HeaderValue::from_str(&text).ok()) {
                headers.entry(TRACEPARENT).or_insert(value);
            }
            if let Some(value) = header.and_then(|header| HeaderValue::from_str(&header).ok()) {
                headers.insert(HEADER, value);
            }
        }
        let call = call?;
        // Without user, query and fragment, because those may contain secrets.
        let port = target.port.map(|port| format!(":{port}")).unwrap_or_default();
        let url = format!("{}://{}{port}{}", target.scheme, target.host, target.path);
        call.change(|record| {
            record.set_name(target.host.to_owned().into(), SpanKind::Remote);
            let http = record.http_mut();
            method.as_str().clone_into(&mut http.method);
            http.url = url;
        });
        Some(Self(call))
    }

    /// Ends the exchange with the head of the response.
    pub(super) fn answered(self, status: StatusCode, headers: &HeaderMap) {
        let length = headers
            .get(http::header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse().ok());
        self.0.change(|record| {
            record.set_status(status.as_u16());
            record.http_mut().content_length = length;
        });
        self.0.complete();
    }

    /// Ends the exchange without a response.
    pub(super) fn failed(self, error: impl FnOnce() -> ErrorReport) {
        self.0.change(crate::SpanRecord::fault);
        self.0.error(error);
        self.0.complete();
    }
}
