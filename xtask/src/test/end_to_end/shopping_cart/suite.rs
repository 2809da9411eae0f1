//! [`Suite`]: the application under test, with helpers for the checks.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use powertools_telemetry::{Forest, Telemetry};
use serde_json::{Value, json};

use super::storm::Storm;
use crate::local_aws::Faults;
use crate::shopping_cart::{Shop, Shopper};

/// The application under test.
pub(super) struct Suite {
    pub(super) shop: Shop,
    pub(super) faults: Faults,
    pub(super) storm: RefCell<Option<Storm>>,
    /// The number of invocations before the first check: those that Lambda reports, and those with a trace.
    pub(super) invocations: (usize, usize),
}

impl Suite {
    /// Starts an environment of every function. MiniStack allows ten seconds, which may not be enough on a busy machine.
    pub(super) fn warm_up(&self) -> Result<(usize, usize)> {
        const ATTEMPTS: usize = 6;
        let client = self.shop.deployment.client();
        for function in self.shop.capture()?.logs.keys() {
            // The result of the function does not matter.
            let start = || client.invoke(function, &json!({ "Records": [] }));
            let mut late = (0..ATTEMPTS).map_while(|_| {
                start()
                    .err()
                    .filter(|error| error.to_string().contains("did not reach"))
            });
            ensure!(late.nth(ATTEMPTS - 1).is_none(), "{function} does not start");
        }
        let traces = |telemetry: &Telemetry| Forest::of(&telemetry.segments).traces().len();
        let warm = self.telemetry_when(|telemetry| traces(telemetry) == telemetry.reports())?;
        Ok((warm.reports(), traces(&warm)))
    }

    /// Returns every product in every cart, from the table.
    pub(super) fn rows(&self) -> Result<Vec<Value>> {
        let items = self.items("CartTableName")?.into_iter();
        Ok(items.filter(|item| product_of(item).is_some()).collect())
    }

    /// Returns every order of a signed-in shopper, from the table.
    pub(super) fn orders(&self, subject: &str) -> Result<Vec<Value>> {
        let is_order = |item: &Value| {
            let is_theirs = item["pk"]["S"] == format!("user#{subject}");
            is_theirs && item["sk"]["S"].as_str().is_some_and(|sk| sk.starts_with("order#"))
        };
        Ok(self.items("CartTableName")?.into_iter().filter(is_order).collect())
    }

    /// Returns the records of a piece of work, such as `checkout.order`, from the idempotency table.
    pub(super) fn records(&self, prefix: &str) -> Result<Vec<Value>> {
        let is_of = |item: &Value| {
            item["id"]["S"]
                .as_str()
                .is_some_and(|id| id.starts_with(&format!("{prefix}#")))
        };
        let mut records: Vec<_> = self.items("IdempotencyTableName")?.into_iter().filter(is_of).collect();
        records.sort_by_key(|item| item["id"].to_string());
        Ok(records)
    }

    /// Returns the items of the table whose name is this output.
    fn items(&self, output: &str) -> Result<Vec<Value>> {
        let (mut rows, mut start) = (Vec::new(), Value::Null);
        loop {
            let mut ask = json!({ "TableName": self.shop.deployment.output(output)? });
            if !start.is_null() {
                ask["ExclusiveStartKey"] = start;
            }
            let answer = self
                .shop
                .deployment
                .client()
                .json("dynamodb", "DynamoDB_20120810.Scan", &ask)?;
            let items = answer["Items"].as_array().cloned().unwrap_or_default();
            rows.extend(items);
            start = answer["LastEvaluatedKey"].clone();
            if start.is_null() {
                return Ok(rows);
            }
        }
    }

    /// Fails if a total is not the sum over all carts.
    pub(super) fn totals_are_those_of_the_carts(&self) -> Result<()> {
        let mut sums = BTreeMap::<_, u64>::new();
        for row in self.rows()? {
            let quantity = row["quantity"]["N"]
                .as_str()
                .and_then(|number| number.parse::<u64>().ok());
            let product = product_of(&row).unwrap_or_default().to_owned();
            *sums.entry(product).or_default() += quantity.with_context(|| format!("{row}"))?;
        }
        for product in self.shop.products()? {
            let (sum, total) = (
                sums.get(&product).copied().unwrap_or(0),
                Shopper::default().total(&self.shop, &product)?,
            );
            ensure!(total == sum, "the total of {product} is {total}, the carts have {sum}");
        }
        Ok(())
    }

    /// Waits until the telemetry is as expected or a timeout passes, and returns it.
    pub(super) fn telemetry_when(&self, complete: impl Fn(&Telemetry) -> bool) -> Result<Telemetry> {
        const PATIENCE: Duration = Duration::from_secs(20);
        let started = Instant::now();
        loop {
            let telemetry = self.shop.capture()?.read();
            if complete(&telemetry) || started.elapsed() > PATIENCE {
                return Ok(telemetry);
            }
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    pub(super) fn after_storm(&self, check: impl FnOnce(&Storm, &Self) -> Result<()>) -> Result<()> {
        let storm = self.storm.borrow();
        check(storm.as_ref().context("the operations under faults failed")?, self)
    }
}

/// Returns the product of a row, if the row belongs to a cart.
fn product_of(row: &Value) -> Option<&str> {
    row["sk"]["S"].as_str()?.strip_prefix("product#")
}
