//! [`Suite`]: the application under test, with helpers for the checks.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use powertools_telemetry::{Forest, Telemetry};
use serde_json::Value;

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
    /// Starts an environment of every function, and counts the invocations of that.
    pub(super) fn warm_up(&self) -> Result<(usize, usize)> {
        self.shop.deployment.start_functions()?;
        let traces = |telemetry: &Telemetry| Forest::of(&telemetry.segments).traces().len();
        let warm = self.telemetry_when(|telemetry| traces(telemetry) == telemetry.reports())?;
        Ok((warm.reports(), traces(&warm)))
    }

    /// Returns every product in every cart, from the table.
    pub(super) fn rows(&self) -> Result<Vec<Value>> {
        let items = self.shop.deployment.items("CartTableName")?.into_iter();
        Ok(items.filter(|item| product_of(item).is_some()).collect())
    }

    /// Returns every order of a signed-in shopper, from the table.
    pub(super) fn orders(&self, subject: &str) -> Result<Vec<Value>> {
        let is_order = |item: &Value| {
            let is_theirs = item["pk"]["S"] == format!("user#{subject}");
            is_theirs && item["sk"]["S"].as_str().is_some_and(|sk| sk.starts_with("order#"))
        };
        Ok(self
            .shop
            .deployment
            .items("CartTableName")?
            .into_iter()
            .filter(is_order)
            .collect())
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
