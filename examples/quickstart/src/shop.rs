//! [`Shop`]: the traced clients of the services that the function calls, created once.

use std::env;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::Error;
use powertools_lambda::tracer::Tracer;
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

impl Shop {
    /// Creates the clients. The template puts their addresses into the environment.
    #[allow(clippy::disallowed_methods)] // a program reads its own environment
    pub(crate) async fn from_env(tracer: &Tracer) -> Result<Self, Error> {
        let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
        let orders = aws_sdk_dynamodb::config::Builder::from(&config).interceptor(tracer.aws_interceptor());
        let shipments = aws_sdk_sqs::config::Builder::from(&config).interceptor(tracer.aws_interceptor());
        Ok(Self {
            payments: Payments::new(tracer, env::var("PAYMENTS_URL")?)?,
            orders: aws_sdk_dynamodb::Client::from_conf(orders.build()),
            table: env::var("ORDERS_TABLE")?,
            shipments: aws_sdk_sqs::Client::from_conf(shipments.build()),
            queue: env::var("SHIPMENTS_QUEUE")?,
        })
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
