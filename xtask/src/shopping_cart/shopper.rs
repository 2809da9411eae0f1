//! [`Shopper`]: a shopper's browser, with a cookie, a token, and requests that are repeated until they are answered.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::Shop;
use crate::gateway::Segment;
use crate::local_aws::Answer;

/// A shopper, signed in or not.
#[derive(Clone, Default)]
pub(crate) struct Shopper {
    /// The anonymous cart's id, from the cookie.
    pub(crate) cookie: Option<String>,
    pub(crate) token: Option<String>,
}

/// A call of the API that a shopper makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    List,
    Add { product: String, quantity: i64 },
    Update { product: String, quantity: u64 },
    Migrate,
    Checkout,
    Total { product: String },
}

impl Call {
    pub(crate) fn method(&self) -> &'static str {
        match self {
            Self::List | Self::Total { .. } => "GET",
            Self::Add { .. } | Self::Migrate | Self::Checkout => "POST",
            Self::Update { .. } => "PUT",
        }
    }

    pub(crate) fn path(&self) -> String {
        match self {
            Self::List | Self::Add { .. } => "/cart".to_owned(),
            Self::Update { product, .. } => format!("/cart/{product}"),
            Self::Migrate => "/cart/migrate".to_owned(),
            Self::Checkout => "/cart/checkout".to_owned(),
            Self::Total { product } => format!("/cart/{product}/total"),
        }
    }

    pub(crate) fn body(&self) -> String {
        match self {
            Self::Add { product, quantity } => json!({ "productId": product, "quantity": quantity }).to_string(),
            Self::Update { quantity, .. } => json!({ "quantity": quantity }).to_string(),
            _ => String::new(),
        }
    }
}

/// The number of the next call, which gives each call its own idempotency key.
static CALLS: AtomicU64 = AtomicU64::new(0);

impl Shopper {
    /// Returns a signed-in shopper.
    pub(crate) fn signed_in(shop: &Shop, subject: &str) -> Result<Self> {
        Ok(Self {
            token: Some(shop.identity.token(subject)?),
            ..Self::default()
        })
    }

    /// Makes a call once.
    pub(crate) fn call(&mut self, shop: &Shop, call: &Call) -> Result<Answer> {
        Ok(self.once(shop, call)?.1)
    }

    /// Makes a call once, and also returns the segment of the request.
    pub(crate) fn once(&mut self, shop: &Shop, call: &Call) -> Result<(Segment, Answer)> {
        self.attempt(shop, call, &key())
    }

    /// Makes a call, and repeats it with the same idempotency key while the answer is a server error, after the time that the
    /// answer asks for: a request whose execution was cut short is in progress until the timeout of the function, 10 seconds.
    ///
    /// Returns the answer, and the segments of all requests.
    pub(crate) fn persist(&mut self, shop: &Shop, call: &Call) -> Result<(Answer, Vec<Segment>)> {
        self.persist_with(shop, call, &key())
    }

    /// Makes a call like [`persist`](Self::persist), with this key.
    pub(crate) fn persist_with(&mut self, shop: &Shop, call: &Call, key: &str) -> Result<(Answer, Vec<Segment>)> {
        const ATTEMPTS: usize = 25;
        let mut segments = Vec::new();
        loop {
            let (segment, answer) = self.attempt(shop, call, key)?;
            segments.push(segment);
            if answer.status < 500 {
                return Ok((answer, segments));
            }
            if let Some(seconds) = answer.header("retry-after") {
                std::thread::sleep(Duration::from_secs(seconds.parse()?));
            }
            let Answer { status, body, .. } = answer;
            ensure!(
                segments.len() < ATTEMPTS,
                "{call:?} failed {ATTEMPTS} times, finally with {status} {body}"
            );
        }
    }

    /// Returns the application's total of a product in all carts.
    pub(crate) fn total(&mut self, shop: &Shop, product: &str) -> Result<u64> {
        let call = Call::Total {
            product: product.to_owned(),
        };
        let (answer, _) = self.persist(shop, &call)?;
        let total = answer.json()?["quantity"].as_u64();
        total.with_context(|| format!("{call:?} is answered {} {}", answer.status, answer.body))
    }

    /// Makes a call once with this key.
    pub(crate) fn attempt(&mut self, shop: &Shop, call: &Call, key: &str) -> Result<(Segment, Answer)> {
        let headers = self.headers(call, key);
        let (segment, answer) = shop.send(call.method(), &call.path(), &headers, &call.body())?;
        if let Some(id) = answer.header("set-cookie").and_then(cart_id) {
            self.cookie = (!id.is_empty()).then(|| id.to_owned());
        }
        Ok((segment, answer))
    }

    fn headers(&self, call: &Call, key: &str) -> Vec<(&'static str, String)> {
        let cookie = self.cookie.as_ref().map(|id| ("cookie", format!("cartId={id}")));
        let token = self
            .token
            .as_ref()
            .map(|token| ("authorization", format!("Bearer {token}")));
        let key = (call.method() != "GET").then(|| ("idempotency-key", key.to_owned()));
        cookie.into_iter().chain(token).chain(key).collect()
    }
}

/// Creates a unique idempotency key.
pub(crate) fn key() -> String {
    format!("call-{}", CALLS.fetch_add(1, Ordering::Relaxed))
}

/// Returns the value of the cookie with the cart's id.
pub(crate) fn cart_id(set_cookie: &str) -> Option<&str> {
    set_cookie.split(';').next()?.trim().strip_prefix("cartId=")
}
