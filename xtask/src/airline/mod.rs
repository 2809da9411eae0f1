//! [`Airline`]: the deployed airline's booking, with calls to its API and a look into its services.

mod payment_api;
mod tour;
mod traveller;

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use powertools_telemetry::Capture;
use serde_json::{Value, json};

pub(crate) use payment_api::{Losses, PaymentApi};
pub(crate) use tour::Tour;
pub(crate) use traveller::{Request, Traveller, seats};

use crate::application::{Application, Deployment, Traces};
use crate::gateway::{Gateway, Segment};
use crate::local_aws::Answer;

const APPLICATION: Application = Application {
    name: "airline-booking",
    package: "airline-booking",
};

/// What MiniStack reads from its environment: waits of Step Functions take a tenth of their time, and the number of concurrent
/// invocations is limited, as in an account.
const MINISTACK: [(&str, &str); 2] = [("SFN_WAIT_SCALE", "0.1"), ("LAMBDA_ACCOUNT_CONCURRENCY", "40")];

/// The running application.
pub(crate) struct Airline {
    pub(crate) deployment: Deployment,
    pub(crate) payments: PaymentApi,
    pub(crate) gateway: Gateway,
}

/// A saga that has ended or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Execution {
    pub(crate) name: String,
    pub(crate) status: String,
}

impl Airline {
    /// Builds and deploys the application, and starts the payment API. The functions' environment includes `environment`.
    pub(crate) fn open(release: bool, environment: &[(&str, String)]) -> Result<Self> {
        let payments = PaymentApi::start()?;
        let ministack = MINISTACK.map(|(name, value)| (name, value.to_owned()));
        let environment: Vec<_> = ministack.into_iter().chain(environment.iter().cloned()).collect();
        let deployment = APPLICATION.start(release, Traces::XRay, &environment)?;
        let gateway = Gateway::new("airline-booking/Prod", deployment.output("BookingApiId")?);
        let airline = Self {
            deployment,
            payments,
            gateway,
        };
        airline
            .deployment
            .set_parameter("PaymentUrlParameter", &airline.payments.url())?;
        Ok(airline)
    }

    /// Sends a request through the API.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        body: &str,
    ) -> Result<(Segment, Answer)> {
        self.gateway.send(self.deployment.client(), method, path, headers, body)
    }

    /// Returns all sagas.
    pub(crate) fn executions(&self) -> Result<Vec<Execution>> {
        let (mut executions, mut token) = (Vec::new(), Value::Null);
        loop {
            let mut ask = json!({ "stateMachineArn": self.deployment.output("BookingSagaArn")?, "maxResults": 1000 });
            if !token.is_null() {
                ask["nextToken"] = token;
            }
            let answer = self
                .deployment
                .client()
                .json("states", "AWSStepFunctions.ListExecutions", &ask)?;
            for execution in answer["executions"].as_array().into_iter().flatten() {
                let text = |name: &str| execution[name].as_str().map(str::to_owned);
                executions.push(Execution {
                    name: text("name").context("an execution has no name")?,
                    status: text("status").context("an execution has no status")?,
                });
            }
            token = answer["nextToken"].clone();
            if token.is_null() {
                return Ok(executions);
            }
        }
    }

    /// Returns the status of a saga, such as `RUNNING`, if it was started.
    pub(crate) fn execution(&self, name: &str) -> Result<Option<String>> {
        let arn = self.execution_arn(name)?;
        let answer = self.deployment.client().json(
            "states",
            "AWSStepFunctions.DescribeExecution",
            &json!({ "executionArn": arn }),
        );
        // There is no other reason for a refusal.
        Ok(answer
            .ok()
            .and_then(|execution| execution["status"].as_str().map(str::to_owned)))
    }

    /// Returns the ARN of a saga.
    pub(crate) fn execution_arn(&self, name: &str) -> Result<String> {
        let machine = self.deployment.output("BookingSagaArn")?;
        Ok(format!(
            "{}:{name}",
            machine.replacen(":stateMachine:", ":execution:", 1)
        ))
    }

    /// Returns all items of the table whose name is this output, with plain values.
    pub(crate) fn items(&self, table: &str) -> Result<Vec<BTreeMap<String, Value>>> {
        self.deployment.items(table)?.iter().map(plain).collect()
    }

    /// Sends a message to the loyalty queue.
    pub(crate) fn send_to_loyalty(&self, body: &str) -> Result<()> {
        let message = json!({ "QueueUrl": self.deployment.output("LoyaltyQueueUrl")?, "MessageBody": body });
        self.deployment
            .client()
            .json("sqs", "AmazonSQS.SendMessage", &message)?;
        Ok(())
    }

    /// Moves the messages of the dead-letter queue that `is_moved` accepts back to the loyalty queue, deletes the others, and
    /// returns the bodies of both.
    ///
    /// In AWS, `StartMessageMoveTask` does this; the local AWS does not have it.
    pub(crate) fn redrive(&self, is_moved: impl Fn(&str) -> bool) -> Result<(Vec<String>, Vec<String>)> {
        let queue = self.deployment.output("LoyaltyDeadLetterQueueUrl")?;
        let client = self.deployment.client();
        let (mut moved, mut deleted) = (Vec::new(), Vec::new());
        loop {
            let ask = json!({ "QueueUrl": queue, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"] });
            let answer = client.json("sqs", "AmazonSQS.ReceiveMessage", &ask)?;
            let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
            if messages.is_empty() {
                return Ok((moved, deleted));
            }
            for message in messages {
                let body = message["Body"].as_str().context("a message has no body")?;
                if is_moved(body) {
                    self.send_to_loyalty(body)?;
                    moved.push(body.to_owned());
                } else {
                    deleted.push(body.to_owned());
                }
                let delete = json!({ "QueueUrl": queue, "ReceiptHandle": message["ReceiptHandle"] });
                client.json("sqs", "AmazonSQS.DeleteMessage", &delete)?;
            }
        }
    }

    /// Returns the telemetry so far, including the API's segments.
    pub(crate) fn capture(&self) -> Result<Capture> {
        let mut capture = self.deployment.capture()?;
        self.gateway.add_segments(&mut capture);
        Ok(capture)
    }
}

/// Returns the item with plain values.
fn plain(item: &Value) -> Result<BTreeMap<String, Value>> {
    let attributes = item.as_object().context("an item is no object")?.iter();
    let values = attributes.map(|(name, value)| {
        let number = value["N"].as_str().and_then(|number| number.parse::<i64>().ok());
        let value = number.map_or_else(
            || {
                [&value["S"], &value["BOOL"]]
                    .into_iter()
                    .find(|value| !value.is_null())
                    .cloned()
            },
            |number| Some(number.into()),
        );
        (name.clone(), value.unwrap_or_default())
    });
    let values: BTreeMap<_, _> = values.collect();
    ensure!(values.contains_key("pk"), "an item has no key: {item}");
    Ok(values)
}
