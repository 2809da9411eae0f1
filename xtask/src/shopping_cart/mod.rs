//! [`Shop`]: the deployed shopping cart, with calls to its API.

mod identity;
mod shopper;
mod tour;

use anyhow::{Context, Result};
use powertools_telemetry::Capture;
use serde_json::json;

pub(crate) use identity::Identity;
pub(crate) use shopper::{Call, Shopper, cart_id, key};
pub(crate) use tour::Tour;

use crate::application::{Application, Deployment, Traces};
use crate::gateway::{self, Gateway, Segment};
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
    /// The cart's API, and the path prefix of the product service's.
    pub(crate) cart: Gateway,
    pub(crate) products: String,
}

impl Shop {
    /// Builds and deploys the application, and publishes a key set. The functions' environment includes `environment`.
    pub(crate) fn open(release: bool, traces: Traces, environment: &[(&str, String)]) -> Result<Self> {
        let deployment = APPLICATION.start(release, traces, environment)?;
        let (issuer, client_id) = (deployment.output("TokenIssuer")?, deployment.output("TokenClientId")?);
        let identity = Identity::new(issuer, client_id, "2026-01")?;
        let cart = Gateway::new("shopping-cart/Prod", deployment.output("CartApiId")?);
        let products = gateway::path_of(deployment.output("ProductApiId")?);
        let shop = Self {
            deployment,
            identity,
            cart,
            products,
        };
        shop.publish(&[&shop.identity])?;
        Ok(shop)
    }

    /// Puts a key set where the functions read it.
    pub(crate) fn publish(&self, keys: &[&Identity]) -> Result<()> {
        let keys: Vec<_> = keys.iter().map(|identity| identity.public_key()).collect();
        let set = json!({ "keys": keys }).to_string();
        self.deployment.set_parameter("TokenKeysParameter", &set)
    }

    /// Sends a request through the cart's API.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        body: &str,
    ) -> Result<(Segment, Answer)> {
        self.cart.send(self.deployment.client(), method, path, headers, body)
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
        self.cart.add_segments(&mut capture);
        Ok(capture)
    }
}
