//! The product service's client.

use std::time::Duration;

use lambda_runtime::Error;
use powertools_lambda::logger;
use powertools_lambda::parameters::Parameters;
use powertools_lambda::parameters::ssm::Ssm;
use powertools_lambda::tracer::{self, Tracer};
use reqwest::StatusCode;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use tracing::instrument;

use super::{Product, ProductId, ProductServiceError};
use crate::api::Refusal;

/// How long the service may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long the service may take to answer.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(3);

/// The header with the id of the request to which a call belongs.
pub(crate) const CORRELATION_HEADER: &str = "x-correlation-id";

/// A client of the product service, over HTTP.
#[derive(Debug)]
pub struct Products {
    client: ClientWithMiddleware,
    parameters: Parameters<Ssm>,
    /// The parameter with the service's address.
    url: String,
}

impl Products {
    pub(crate) fn new(tracer: &Tracer, parameters: Parameters<Ssm>, url: String) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        // The client calls only our own service, so it sends the trace to any address.
        let layer = tracer.http_layer().propagate_to("*");
        Ok(Self {
            client: ClientBuilder::new(client).with(layer).build(),
            parameters,
            url,
        })
    }

    /// Looks up a product; its span is a subsegment of the trace.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] if the product does not exist or the service fails.
    #[instrument(skip_all, fields(product_id = id.as_str()))]
    pub async fn find(&self, id: &ProductId) -> Result<Product, Error> {
        let url = self.parameters.get(&self.url).await?;
        match self.ask(&url, id).await {
            Ok(Some(product)) => Ok(product),
            Ok(None) => Err(Refusal::UnknownProduct(id.clone()).into()),
            Err(error) => {
                tracer::record_error(&error);
                Err(Refusal::ProductService(error).into())
            }
        }
    }

    async fn ask(&self, url: &str, id: &ProductId) -> Result<Option<Product>, ProductServiceError> {
        let mut request = self.client.get(format!("{}/product/{id}", url.trim_end_matches('/')));
        if let Some(id) = logger::correlation_id() {
            request = request.header(CORRELATION_HEADER, id);
        }
        let response = request.send().await.map_err(ProductServiceError::Unreachable)?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            status => return Err(ProductServiceError::Status(status)),
        }
        let body = response.bytes().await;
        let body = body.map_err(|error| ProductServiceError::Unreachable(error.into()))?;
        serde_json::from_slice(&body).map_err(ProductServiceError::Product)
    }
}
