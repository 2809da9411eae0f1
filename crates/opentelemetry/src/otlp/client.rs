//! [`Client`], which sends HTTP requests as the AWS SDK does.

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_types::body::SdkBody;
use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

/// The HTTP client of the AWS SDK, with its TLS, and the signer of requests.
pub(crate) struct Client {
    connector: Connector,
    #[cfg(feature = "cloudwatch")]
    pub(crate) signer: Option<crate::cloudwatch::Signer>,
}

/// The reason why a request got no answer.
pub(super) type SendError = Box<dyn std::error::Error + Send + Sync>;

/// How much of an answer is read, in bytes.
const MAX_ANSWER: usize = 64 << 10;

impl Client {
    pub(crate) fn new() -> Self {
        Self {
            connector: Connector::builder()
                .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
                .build(),
            #[cfg(feature = "cloudwatch")]
            signer: None,
        }
    }

    pub(super) async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, SendError> {
        #[cfg(feature = "cloudwatch")]
        let request = match &self.signer {
            Some(signer) => signer.sign(request).await?,
            None => request,
        };
        let request = request.map(SdkBody::from).try_into()?;
        let response = self.connector.call(request).await?;
        let answer = Response::builder().status(response.status().as_u16());
        let is_success = response.status().is_success();
        let mut body = Limited::new(response.into_body(), MAX_ANSWER);
        let mut text = BytesMut::new();
        while let Some(frame) = body.frame().await {
            match frame {
                Ok(frame) => text.extend_from_slice(&frame.into_data().unwrap_or_default()),
                // It is unknown whether the receiver kept the spans.
                Err(error) if is_success && !error.is::<LengthLimitError>() => return Err(error),
                // The status says enough.
                Err(_) => break,
            }
        }
        Ok(answer.body(text.freeze())?)
    }
}
