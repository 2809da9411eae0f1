//! [`Shop`]: the deployed shopping cart, with calls to its API.

mod identity;
mod segment;
mod shopper;
mod tour;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use powertools_telemetry::{Capture, DATAGRAM_HEADER};
use serde_json::{Value, json};

pub(crate) use identity::Identity;
pub(crate) use segment::Segment;
pub(crate) use shopper::{Call, Shopper, cart_id, key};
pub(crate) use tour::Tour;

use crate::application::{Application, Deployment, Traces};
use crate::json::text;
use crate::local_aws::{Answer, Request};

const APPLICATION: Application = Application {
    name: "shopping-cart",
    package: "shopping-cart",
};

/// The running application.
pub(crate) struct Shop {
    pub(crate) deployment: Deployment,
    pub(crate) identity: Identity,
    /// The path prefixes of the cart's API and of the product service's.
    pub(crate) cart: String,
    pub(crate) products: String,
    requests: AtomicU64,
    segments: Mutex<Vec<Value>>,
}

impl Shop {
    /// Builds and deploys the application, and publishes a key set. The functions' environment includes `environment`.
    pub(crate) fn open(release: bool, traces: Traces, environment: &[(&str, String)]) -> Result<Self> {
        let deployment = APPLICATION.start(release, traces, environment)?;
        let (issuer, client_id) = (deployment.output("TokenIssuer")?, deployment.output("TokenClientId")?);
        let identity = Identity::new(issuer, client_id, "2026-01")?;
        let api = |output: &str| {
            Ok::<_, anyhow::Error>(format!("restapis/{}/Prod/_user_request_", deployment.output(output)?))
        };
        let (cart, products) = (api("CartApiId")?, api("ProductApiId")?);
        let shop = Self {
            deployment,
            identity,
            cart,
            products,
            requests: AtomicU64::new(0),
            segments: Mutex::default(),
        };
        shop.publish(&[&shop.identity])?;
        Ok(shop)
    }

    /// Puts a key set where the functions read it.
    pub(crate) fn publish(&self, keys: &[&Identity]) -> Result<()> {
        let name = self.deployment.output("TokenKeysParameter")?;
        let keys: Vec<_> = keys.iter().map(|identity| identity.public_key()).collect();
        let set = json!({ "keys": keys }).to_string();
        let put = json!({ "Name": name, "Value": set, "Type": "String", "Overwrite": true });
        self.deployment.client().json("ssm", "AmazonSSM.PutParameter", &put)?;
        Ok(())
    }

    /// Sends a request through the cart's API.
    ///
    /// The local API Gateway does not send segments. As with AWS's, the request gets a trace, which is passed to the
    /// function, and a segment with its answer.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        body: &str,
    ) -> Result<(Segment, Answer)> {
        let segment = Segment::begin(self.requests.fetch_add(1, Ordering::Relaxed));
        let headers: Vec<_> = headers
            .iter()
            .cloned()
            .chain([("x-amzn-trace-id", segment.header())])
            .collect();
        let answer = self.deployment.client().send(&Request {
            method,
            path: &format!("{}{path}", self.cart),
            headers: &headers,
            body,
        })?;
        let document = segment.end(method, path, answer.status);
        self.segments
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(document);
        Ok((segment, answer))
    }

    /// Returns the ids of all products.
    pub(crate) fn products(&self) -> Result<Vec<String>> {
        let path = format!("{}/product", self.products);
        let request = Request {
            method: "GET",
            path: &path,
            headers: &[],
            body: "",
        };
        let answer = self.deployment.client().send(&request)?.json()?;
        let products = answer["products"]
            .as_array()
            .context("the product service lists no products")?;
        Ok(products.iter().map(|product| text(&product["productId"])).collect())
    }

    /// Returns the telemetry so far, including the API's segments.
    pub(crate) fn capture(&self) -> Result<Capture> {
        let mut capture = self.deployment.capture()?;
        let segments = self.segments.lock().unwrap_or_else(PoisonError::into_inner);
        capture
            .datagrams
            .extend(segments.iter().map(|segment| format!("{DATAGRAM_HEADER}{segment}")));
        Ok(capture)
    }
}
