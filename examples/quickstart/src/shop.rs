//! [`Shop`]: the traced clients of the services that the function calls, created once.

use std::env;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::Error;
use powertools_lambda::tracer::Tracer;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use tracing::instrument;

use crate::order::Order;
use crate::payment::Payments;

/// The services for an order: the payment provider, the table of orders, and the queue of shipments.
#[derive(Clone)]
pub(crate) struct Shop {
    pub(crate) payments: Payments,
    orders: aws_sdk_dynamodb::Client,
    table: String,
    shipments: aws_sdk_sqs::Client,
    queue: String,
}

/// The addresses of the services. The template puts them into the environment.
pub(crate) struct Addresses {
    pub(crate) payments_url: String,
    pub(crate) orders_table: String,
    pub(crate) shipments_queue: String,
}

impl Shop {
    pub(crate) async fn from_env(tracer: &Tracer) -> Result<Self, Error> {
        let sdk = aws_config::load_defaults(BehaviorVersion::latest()).await;
        let http = ClientBuilder::new(reqwest::Client::builder().build()?).with(tracer.http_layer());
        Ok(Self::new(tracer, &sdk, http.build(), Addresses::from_env()?))
    }

    /// Creates the clients. The interceptors put the calls of the SDK into the trace, as the layer of `http` does.
    pub(crate) fn new(tracer: &Tracer, sdk: &SdkConfig, http: ClientWithMiddleware, addresses: Addresses) -> Self {
        let orders = aws_sdk_dynamodb::config::Builder::from(sdk).interceptor(tracer.aws_interceptor());
        let shipments = aws_sdk_sqs::config::Builder::from(sdk).interceptor(tracer.aws_interceptor());
        Self {
            payments: Payments::new(http, addresses.payments_url),
            orders: aws_sdk_dynamodb::Client::from_conf(orders.build()),
            table: addresses.orders_table,
            shipments: aws_sdk_sqs::Client::from_conf(shipments.build()),
            queue: addresses.shipments_queue,
        }
    }

    /// Writes a paid order to the table and queues its shipment; its span is a subsegment of the trace.
    #[instrument(skip_all)]
    pub(crate) async fn save(&self, order: &Order, receipt: &str) -> Result<(), Error> {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        self.orders
            .put_item()
            .table_name(&self.table)
            .item("id", text(&order.id))
            .item("item", text(&order.item))
            .item("receipt", text(receipt))
            .send()
            .await?;
        self.shipments
            .send_message()
            .queue_url(&self.queue)
            .message_body(serde_json::to_string(order)?)
            .send()
            .await?;
        Ok(())
    }
}

impl Addresses {
    #[allow(clippy::disallowed_methods)] // a program reads its own environment
    fn from_env() -> Result<Self, env::VarError> {
        Ok(Self {
            payments_url: env::var("PAYMENTS_URL")?,
            orders_table: env::var("ORDERS_TABLE")?,
            shipments_queue: env::var("SHIPMENTS_QUEUE")?,
        })
    }
}
