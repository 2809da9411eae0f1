//! [`GrpcExporter`], which sends spans over gRPC.

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use powertools_lambda_core::ErrorReport;
use tonic::codec::CompressionEncoding;
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};
use tonic::{Code, Request, Status};

use super::receiver::{Failure, Receiver, USER, answered, no_answer};
use super::settings::OtlpSettings;

/// Sends spans over gRPC.
pub(super) struct GrpcExporter {
    client: TraceServiceClient<Channel>,
    receiver: Receiver,
    metadata: MetadataMap,
    timeout: Duration,
    resource: ResourceAttributesWithSchema,
}

impl GrpcExporter {
    /// Must be called within the runtime that the connection will belong to.
    pub(super) fn new(settings: &OtlpSettings, receiver: Receiver, resource: &Resource) -> Result<Self, String> {
        let endpoint = Endpoint::from_shared(settings.endpoint.clone());
        let mut endpoint = endpoint
            .and_then(|endpoint| endpoint.user_agent(USER))
            .map_err(|error| problem_of(&error))?;
        if settings.endpoint.starts_with("https:") {
            let tls = ClientTlsConfig::new().with_native_roots();
            endpoint = endpoint.tls_config(tls).map_err(|error| problem_of(&error))?;
        }
        let mut client = TraceServiceClient::new(endpoint.connect_lazy());
        if settings.gzip {
            client = client
                .send_compressed(CompressionEncoding::Gzip)
                .accept_compressed(CompressionEncoding::Gzip);
        }
        Ok(Self {
            client,
            receiver,
            metadata: MetadataMap::from_headers(settings.headers.clone()),
            timeout: settings.timeout,
            resource: resource.into(),
        })
    }

    async fn send(&self, spans: Vec<SpanData>) -> Result<ExportTraceServiceResponse, Failure> {
        let resource_spans = group_spans_by_resource_and_scope(spans, &self.resource);
        let mut request = Request::new(ExportTraceServiceRequest { resource_spans });
        *request.metadata_mut() = self.metadata.clone();
        let mut client = self.client.clone();
        match tokio::time::timeout(self.timeout, client.export(request)).await {
            Ok(Ok(response)) => Ok(response.into_inner()),
            Ok(Err(status)) => Err(failure(&status)),
            Err(_) => Err(Failure::Transient(no_answer(self.timeout))),
        }
    }
}

fn failure(status: &Status) -> Failure {
    // A status with a source was made by tonic, because the receiver could not be reached.
    if let Some(error) = status.source() {
        return Failure::Transient(problem_of(error));
    }
    let problem = answered(format_args!("{:?}", status.code()), status.message());
    if is_transient(status) {
        Failure::Transient(problem)
    } else {
        Failure::Final(problem)
    }
}

/// The codes after which a request may be repeated; an exhausted resource only if the receiver says when.
/// See <https://opentelemetry.io/docs/specs/otlp/#otlpgrpc-response>.
fn is_transient(status: &Status) -> bool {
    const RETRY: &[u8] = b"google.rpc.RetryInfo";
    match status.code() {
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss => true,
        // Searches the encoded details, a message that contains others, for the name of the message that says when.
        Code::ResourceExhausted => status.details().windows(RETRY.len()).any(|name| name == RETRY),
        _ => false,
    }
}

fn problem_of(error: &(dyn std::error::Error + 'static)) -> String {
    ErrorReport::new(error).message()
}

impl SpanExporter for GrpcExporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.receiver.result(self.send(batch).await)
    }
}

impl fmt::Debug for GrpcExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcExporter").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_repeated_only_after_the_codes_that_allow_it() {
        let retry = b"\x08\x08\x1a\x28\x0a\x28type.googleapis.com/google.rpc.RetryInfo".as_slice();
        for (code, details, expected) in [
            (Code::Unavailable, &[][..], true),
            (Code::DeadlineExceeded, &[], true),
            (Code::Cancelled, &[], true),
            (Code::DataLoss, &[], true),
            (Code::ResourceExhausted, &[], false),
            (Code::ResourceExhausted, retry, true),
            (Code::InvalidArgument, &[], false),
            (Code::InvalidArgument, retry, false),
            (Code::Unauthenticated, &[], false),
            (Code::Unimplemented, &[], false),
            (Code::Internal, &[], false),
        ] {
            let status = Status::with_details(code, "no", details.into());
            let is_final = matches!(failure(&status), Failure::Final(problem) if problem.ends_with("no"));
            assert_eq!(is_final, !expected, "{code:?} {details:?}");
        }
    }
}
