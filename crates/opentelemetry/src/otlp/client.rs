//! [`Client`], the HTTP client of the OTLP exporter.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Limited};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use powertools_lambda_core::{Environment, Warnings};
use prost::Message as _;

use crate::exporting::Outcome;

/// The HTTP client of the OTLP exporter: that of the AWS SDK, with its TLS.
pub(crate) struct Client {
    connector: Connector,
    receiver: Receiver,
    #[cfg(feature = "cloudwatch")]
    pub(crate) signer: Option<crate::cloudwatch::Signer>,
}

/// What is known about the receiver.
pub(crate) struct Receiver {
    warnings: Warnings,
    outcome: Arc<Outcome>,
    timeout: Duration,
}

/// The longest answer that is read, in bytes.
const MAX_ANSWER: usize = 64 << 10;

/// How much of a refusal's text is shown, in characters.
const MAX_TEXT: usize = 300;

impl Receiver {
    pub(crate) fn new(environment: &Environment, outcome: Arc<Outcome>, timeout: Duration) -> Self {
        Self {
            warnings: environment.warnings().clone(),
            outcome,
            timeout,
        }
    }

    /// Keeps why a request failed, for the warning.
    fn note_problem(&self, answer: &Result<Response<Bytes>, HttpError>) {
        let problem = match answer {
            Ok(response) if response.status().is_success() => None,
            Ok(response) => {
                let text = String::from_utf8_lossy(response.body());
                let text: String = text.chars().filter(|char| !char.is_control()).take(MAX_TEXT).collect();
                Some(
                    format!("it answered {} {text}", response.status())
                        .trim_end()
                        .to_owned(),
                )
            }
            Err(error) => Some(powertools_lambda_core::ErrorReport::new(&**error).message()),
        };
        *self.outcome.problem.lock().unwrap_or_else(PoisonError::into_inner) = problem;
    }

    /// Counts the spans that the receiver refused although it accepted the request.
    fn look_into(&self, response: &Response<Bytes>) {
        let answer = ExportTraceServiceResponse::decode(response.body().clone());
        let Some(partial) = answer.ok().and_then(|answer| answer.partial_success) else {
            return;
        };
        let refused = u64::try_from(partial.rejected_spans).unwrap_or_default();
        self.outcome.lost.fetch_add(refused, Ordering::Relaxed);
        if refused > 0 || !partial.error_message.is_empty() {
            self.warnings.once(
                "open telemetry partial success",
                format_args!(
                    "the OpenTelemetry receiver rejected some spans ({refused} of them are lost): {}",
                    partial.error_message
                ),
            );
        }
    }
}

impl Client {
    pub(crate) fn new(receiver: Receiver) -> Self {
        Self {
            connector: Connector::builder()
                .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
                .build(),
            receiver,
            #[cfg(feature = "cloudwatch")]
            signer: None,
        }
    }

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        #[cfg(feature = "cloudwatch")]
        let request = match &self.signer {
            Some(signer) => signer.sign(request).await?,
            None => request,
        };
        let request = request.map(SdkBody::from).try_into()?;
        let response = self.connector.call(request).await?;
        let mut answer = Response::builder().status(response.status().as_u16());
        for (name, value) in response.headers() {
            answer = answer.header(name, value);
        }
        let body = Limited::new(response.into_body(), MAX_ANSWER).collect().await?;
        let response = answer.body(body.to_bytes())?;
        if response.status().is_success() {
            self.receiver.look_into(&response);
        }
        Ok(response)
    }
}

impl HttpClient for Client {
    fn send_bytes<'client, 'future>(
        &'client self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'future>>
    where
        'client: 'future,
        Self: 'future,
    {
        Box::pin(async move {
            let answer = match tokio::time::timeout(self.receiver.timeout, self.send(request)).await {
                Ok(answer) => answer,
                Err(_) => Err(format!("no answer within {} ms", self.receiver.timeout.as_millis()).into()),
            };
            self.receiver.note_problem(&answer);
            answer
        })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}
