//! The product service's catalogue, with two products that simulate failures.

use std::time::Duration;

use super::{Product, ProductId};

/// A product that is found only after [`SLOW_TIME`].
const SLOW: &str = "slow";

/// A product for which the service fails.
const BROKEN: &str = "broken";

const SLOW_TIME: Duration = Duration::from_millis(700);

const STOCK: [(&str, &str, &str, u64); 8] = [
    ("green-tea", "Green tea, 100 g", "tea", 790),
    ("black-tea", "Black tea, 100 g", "tea", 650),
    ("tea-pot", "Tea pot of cast iron", "crockery", 4_900),
    ("tea-bowl", "Tea bowl", "crockery", 1_450),
    ("coffee", "Coffee beans, 500 g", "coffee", 1_290),
    ("coffee-mill", "Coffee mill", "machines", 6_400),
    ("honey", "Honey, 250 g", "food", 580),
    ("shortbread", "Shortbread, 200 g", "food", 420),
];

/// The failure of the service.
#[derive(Debug, thiserror::Error)]
#[error("the stock database does not respond")]
pub struct StockError;

/// Returns all products.
pub fn all() -> impl Iterator<Item = Product> {
    STOCK.into_iter().filter_map(product)
}

/// Looks up a product; `None` if it does not exist.
///
/// # Errors
///
/// For the product `broken`.
pub fn find(id: &ProductId) -> Result<Option<Product>, StockError> {
    let slow = (SLOW, "Lamp from a slow supplier", "lamps", 12_900);
    match id.as_str() {
        BROKEN => Err(StockError),
        SLOW => Ok(product(slow)),
        id => Ok(STOCK.into_iter().find(|row| row.0 == id).and_then(product)),
    }
}

/// Returns how long it takes to look up a product.
pub fn time_of(id: &ProductId) -> Duration {
    if id.as_str() == SLOW { SLOW_TIME } else { Duration::ZERO }
}

fn product((id, name, category, price): (&str, &str, &str, u64)) -> Option<Product> {
    Some(Product {
        product_id: id.parse().ok()?,
        name: name.to_owned(),
        category: category.to_owned(),
        price,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_product_on_offer_is_found() {
        assert_eq!(all().count(), STOCK.len());
        for product in all() {
            assert_eq!(find(&product.product_id).unwrap(), Some(product));
        }
    }

    #[test]
    fn two_products_simulate_trouble() {
        let id = |text: &str| text.parse::<ProductId>().unwrap();
        assert!(find(&id(BROKEN)).is_err());
        assert!(find(&id(SLOW)).unwrap().is_some());
        assert_eq!(time_of(&id(SLOW)), SLOW_TIME);
        assert_eq!(find(&id("nothing")).unwrap(), None);
    }
}
