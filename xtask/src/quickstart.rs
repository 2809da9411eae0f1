//! Deploys and calls the quickstart function.

use anyhow::Result;
use powertools_telemetry::{Capture, Telemetry};

use crate::application::{Application, Deployment, Traces};
use crate::exchange::Exchange;
use crate::local_aws::Request;
use crate::timeline::is_handler;
use crate::ui;

const APPLICATION: Application = Application {
    name: "quickstart",
    package: "quickstart",
};

/// The orders to send: their purpose, the body, and the expected status.
pub(crate) const ORDERS: [(&str, &str, u16); 4] = [
    (
        "an order",
        r#"{"id":"A-1","item":"book","quantity":2,"card":"4242"}"#,
        201,
    ),
    (
        "another order, on the warm function",
        r#"{"id":"A-2","item":"lamp","quantity":1,"card":"4242"}"#,
        201,
    ),
    (
        "a bad order",
        r#"{"id":"A-3","item":"book","quantity":0,"card":"4242"}"#,
        400,
    ),
    (
        "an order whose payment fails",
        r#"{"id":"A-4","item":"bicycle","quantity":1,"card":"0000"}"#,
        502,
    ),
];

/// The deployed function with its exchanges.
pub(crate) struct Run {
    pub(crate) deployment: Deployment,
    pub(crate) path: String,
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) capture: Capture,
    pub(crate) telemetry: Telemetry,
}

/// Builds the function, deploys its template to a local AWS, sends [`ORDERS`], and collects the telemetry.
pub(crate) fn run(release: bool, traces: Traces) -> Result<Run> {
    let deployment = APPLICATION.start(release, traces, &[])?;
    let path = format!("restapis/{}/Prod/_user_request_/orders", deployment.output("ApiId")?);
    let exchanges = ui::task("Sending orders through API Gateway", || send(&deployment, &path))?;
    // The metrics and the handler's subsegment of an order are sent after the response, the subsegment last.
    let (capture, telemetry) = deployment.collect(|telemetry| {
        let handlers = telemetry.segments.iter().filter(|segment| is_handler(segment));
        handlers.count() == ORDERS.len() && telemetry.emf().count() > ORDERS.len()
    })?;
    Ok(Run {
        deployment,
        path,
        exchanges,
        capture,
        telemetry,
    })
}

fn send(deployment: &Deployment, path: &str) -> Result<Vec<Exchange>> {
    let exchange = |(title, body, expected)| {
        let request = Request {
            method: "POST",
            path,
            headers: &[],
            body,
        };
        let answer = deployment.client().send(&request)?;
        Ok(Exchange {
            title,
            request: format!("POST /orders {body}"),
            expected,
            status: answer.status,
            answer: answer.body,
        })
    };
    ORDERS.into_iter().map(exchange).collect()
}
