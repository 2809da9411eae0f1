//! [`Signer`], which signs requests with Signature Version 4.

use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http::Request;
use powertools_lambda_core::Clock;

/// Why a request could not be signed.
pub(crate) type SignError = Box<dyn std::error::Error + Send + Sync>;

/// Signs requests with Signature Version 4 for the service `xray`.
pub(crate) struct Signer {
    credentials: SharedCredentialsProvider,
    region: String,
    clock: Clock,
}

impl Signer {
    pub(crate) fn new(credentials: SharedCredentialsProvider, region: String, clock: Clock) -> Self {
        Self {
            credentials,
            region,
            clock,
        }
    }

    /// Signs the request in its final form: nothing may compress or change it afterwards.
    pub(crate) async fn sign(&self, mut request: Request<Bytes>) -> Result<Request<Bytes>, SignError> {
        let credentials = self.credentials.provide_credentials().await;
        let credentials = credentials.map_err(|error| format!("there are no credentials: {error}"))?;
        let now = self.clock.now();
        if credentials.expiry().is_some_and(|expiry| expiry <= now) {
            return Err("the credentials have expired".into());
        }
        let identity = credentials.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("xray")
            .time(now)
            .settings(SigningSettings::default())
            .build()?
            .into();
        let uri = request.uri().to_string();
        let headers = request.headers().iter();
        let headers = headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let signable = SignableRequest::new(
            request.method().as_str(),
            uri,
            headers,
            SignableBody::Bytes(request.body()),
        )?;
        let (instructions, _) = sign(signable, &parameters)?.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        Ok(request)
    }
}
