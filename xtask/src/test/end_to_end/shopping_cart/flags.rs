//! Checks that a feature flag in AppConfig decides, by the context of the request.

use anyhow::{Context, Result, ensure};

use super::suite::Suite;
use crate::local_aws::Request;

pub(super) fn decide(suite: &Suite) -> Result<()> {
    for (country, cheapest_first) in [(None, false), (Some("FR"), false), (Some("DE"), true)] {
        let prices = prices(suite, country)?;
        ensure!(prices.len() > 1, "there are too few products: {prices:?}");
        ensure!(
            prices.is_sorted() == cheapest_first,
            "the prices for a shopper in {country:?} are {prices:?}"
        );
    }
    Ok(())
}

/// Returns the prices of all products in the order in which a shopper in a country sees them.
fn prices(suite: &Suite, country: Option<&str>) -> Result<Vec<u64>> {
    let headers: Vec<_> = country
        .map(|country| ("cloudfront-viewer-country", country.to_owned()))
        .into_iter()
        .collect();
    let answer = suite.shop.deployment.client().send(&Request {
        method: "GET",
        path: &format!("{}/product", suite.shop.products),
        headers: &headers,
        body: "",
    })?;
    let answer = answer.json()?;
    let products = answer["products"].as_array().context("no products are listed")?;
    Ok(products
        .iter()
        .filter_map(|product| product["price"].as_u64())
        .collect())
}
