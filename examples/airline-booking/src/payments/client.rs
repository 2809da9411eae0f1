//! [`PaymentApi`]: the payment API's client.

use std::time::Duration;

use http::StatusCode;
use powertools_lambda::parameters::Parameters;
use powertools_lambda::parameters::secrets::SecretsManager;
use powertools_lambda::parameters::ssm::Ssm;
use powertools_lambda::tracer::Tracer;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use serde_json::{Value, json};

use super::{Collected, PaymentError, Payments};
use crate::booking::{Booking, BookingId};

/// How long the payment API may take to accept a connection, and to answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
pub(crate) const TIMEOUT: Duration = Duration::from_secs(3);

/// The payment API over HTTP.
#[derive(Debug)]
pub struct PaymentApi {
    client: ClientWithMiddleware,
    parameters: Parameters<Ssm>,
    secrets: Parameters<SecretsManager>,
    /// The parameter with its address, and the secret with our key.
    url: String,
    key: String,
}

impl PaymentApi {
    pub(crate) fn new(
        tracer: &Tracer,
        (parameters, url): (Parameters<Ssm>, String),
        (secrets, key): (Parameters<SecretsManager>, String),
    ) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            // It belongs to another company, so it does not get our trace; the call is in it.
            client: ClientBuilder::new(client).with(tracer.http_layer()).build(),
            parameters,
            secrets,
            url,
            key,
        })
    }

    /// Sends a request, which the saga repeats with the same key if there is no answer.
    async fn post(&self, path: &str, key: &BookingId, body: &Value) -> Result<StatusCode, PaymentError> {
        let url = self.parameters.get(&self.url).await;
        let url = url.map_err(PaymentError::Configuration)?;
        let secret = self.secrets.get(&self.key).await;
        let secret = secret.map_err(PaymentError::Configuration)?;
        let request = self.client.post(format!("{}{path}", url.trim_end_matches('/')));
        let request = request
            .header("idempotency-key", key.as_str())
            .bearer_auth(secret.expose())
            .json(body);
        let response = request.send().await.map_err(PaymentError::Unanswered)?;
        Ok(response.status())
    }
}

impl Payments for PaymentApi {
    async fn collect(&self, booking: &Booking) -> Result<Collected, PaymentError> {
        let body = json!({ "amount": booking.price, "token": booking.payment_token });
        match self.post("/payments", &booking.id, &body).await? {
            StatusCode::CREATED => Ok(Collected::Paid),
            StatusCode::PAYMENT_REQUIRED => Ok(Collected::Declined),
            StatusCode::CONFLICT => Ok(Collected::Refunded),
            status => Err(PaymentError::Status(status)),
        }
    }

    async fn refund(&self, booking: &BookingId) -> Result<(), PaymentError> {
        match self.post("/refunds", booking, &json!({})).await? {
            StatusCode::OK => Ok(()),
            status => Err(PaymentError::Status(status)),
        }
    }
}
