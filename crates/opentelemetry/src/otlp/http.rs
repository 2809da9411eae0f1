//! [`HttpExporter`], which sends spans as protobuf over HTTP.

use std::fmt;
use std::io::Write as _;

use bytes::Bytes;
use flate2::write::GzEncoder;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use powertools_lambda_core::ErrorReport;
use prost::Message as _;

use super::client::Client;
use super::receiver::{Failure, Receiver, USER, answered, no_answer};
use super::settings::OtlpSettings;

/// Sends spans as protobuf over HTTP.
pub(crate) struct HttpExporter {
    client: Client,
    receiver: Receiver,
    endpoint: Uri,
    headers: HeaderMap,
    settings: OtlpSettings,
    resource: ResourceAttributesWithSchema,
}

impl HttpExporter {
    pub(super) fn new(
        settings: &OtlpSettings,
        client: Client,
        receiver: Receiver,
        resource: &Resource,
    ) -> Result<Self, String> {
        let endpoint = settings.endpoint.parse();
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::from_static(USER));
        headers.extend(settings.headers.clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        if settings.gzip {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        Ok(Self {
            client,
            receiver,
            endpoint: endpoint.map_err(|error: http::uri::InvalidUri| error.to_string())?,
            headers,
            settings: settings.clone(),
            resource: resource.into(),
        })
    }

    async fn send(&self, spans: Vec<SpanData>) -> Result<ExportTraceServiceResponse, Failure> {
        let request = self.request(spans).map_err(Failure::Final)?;
        let timeout = self.settings.timeout;
        match tokio::time::timeout(timeout, self.client.send(request)).await {
            Ok(Ok(response)) => read(&response),
            Ok(Err(error)) => Err(Failure::Transient(ErrorReport::new(&*error).message())),
            Err(_) => Err(Failure::Transient(no_answer(timeout))),
        }
    }

    fn request(&self, spans: Vec<SpanData>) -> Result<Request<Bytes>, String> {
        let resource_spans = group_spans_by_resource_and_scope(spans, &self.resource);
        let mut body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        if self.settings.gzip {
            let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 2), flate2::Compression::default());
            let compressed = encoder.write_all(&body).and_then(|()| encoder.finish());
            body = compressed.map_err(|error| error.to_string())?;
        }
        let mut request = Request::post(self.endpoint.clone())
            .body(body.into())
            .map_err(|error: http::Error| error.to_string())?;
        *request.headers_mut() = self.headers.clone();
        Ok(request)
    }
}

/// Reads a response. A receiver that answers 200 with anything other than a message has accepted the request.
fn read(response: &Response<Bytes>) -> Result<ExportTraceServiceResponse, Failure> {
    let (status, body) = (response.status(), response.body());
    if status.is_success() {
        return Ok(ExportTraceServiceResponse::decode(&**body).unwrap_or_default());
    }
    let problem = answered(status, &String::from_utf8_lossy(body));
    Err(if is_transient(status) {
        Failure::Transient(problem)
    } else {
        Failure::Final(problem)
    })
}

/// The statuses after which a request may be repeated.
/// See <https://opentelemetry.io/docs/specs/otlp/#otlphttp-response>.
fn is_transient(status: StatusCode) -> bool {
    [429, 502, 503, 504].contains(&status.as_u16())
}

impl SpanExporter for HttpExporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.receiver.result(self.send(batch).await)
    }
}

impl fmt::Debug for HttpExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpExporter").finish_non_exhaustive()
    }
}
