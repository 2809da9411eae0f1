//! `response`, which reads an answer as the client gets it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::SET_COOKIE;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::Value;

/// Returns the response that a client gets for an answer in the form of any source.
#[track_caller]
pub(super) fn response(answer: &Value) -> Response<Bytes> {
    read(answer).unwrap_or_else(|| panic!("the answer is not one of HTTP: {answer}"))
}

fn read(answer: &Value) -> Option<Response<Bytes>> {
    let body = answer["body"].as_str()?;
    let body = if answer["isBase64Encoded"] == true {
        Bytes::from(STANDARD.decode(body).ok()?)
    } else {
        Bytes::from(body.to_owned())
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer["statusCode"].as_u64()?.try_into().ok()?).ok()?;
    for headers in [&answer["multiValueHeaders"], &answer["headers"]] {
        for (name, values) in headers.as_object().into_iter().flatten() {
            for value in values.as_array().map_or(std::slice::from_ref(values), Vec::as_slice) {
                let name = HeaderName::try_from(name).ok()?;
                response
                    .headers_mut()
                    .append(name, HeaderValue::try_from(value.as_str()?).ok()?);
            }
        }
    }
    for cookie in answer["cookies"].as_array().into_iter().flatten() {
        let cookie = HeaderValue::try_from(cookie.as_str()?).ok()?;
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Some(response)
}
