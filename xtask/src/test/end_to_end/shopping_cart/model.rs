//! [`Model`]: the expected contents of the carts, computed only from the operations.

use std::collections::BTreeMap;

use crate::shopping_cart::Call;

/// The cart of a shopper, by number: the anonymous one, or the one of the signed-in shopper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cart {
    Anonymous(usize),
    User(usize),
}

impl Cart {
    pub(super) fn shopper(self) -> usize {
        let (Self::Anonymous(shopper) | Self::User(shopper)) = self;
        shopper
    }
}

/// The contents of a cart: the quantity of each product.
pub(super) type Contents = BTreeMap<String, u64>;

/// All carts.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    carts: BTreeMap<Cart, Contents>,
}

/// The maximum quantity of a product in a cart.
const MAX_QUANTITY: u64 = 100_000;

impl Model {
    pub(super) fn contents(&self, cart: Cart) -> Contents {
        self.carts.get(&cart).cloned().unwrap_or_default()
    }

    /// Applies a call, and returns the expected status of its answer.
    pub(super) fn apply(&mut self, cart: Cart, call: &Call) -> u16 {
        match call {
            Call::List | Call::Total { .. } => 200,
            Call::Add { product, quantity } => {
                let there = self.contents(cart).get(product).copied().unwrap_or(0);
                match there.checked_add_signed(*quantity) {
                    Some(now) if now <= MAX_QUANTITY => self.set(cart, product, now),
                    _ => 409,
                }
            }
            Call::Update { product, quantity } => match self.contents(cart).get(product) {
                None => 404,
                Some(_) => self.set(cart, product, *quantity),
            },
            Call::Migrate => {
                let moved = self.carts.remove(&Cart::Anonymous(cart.shopper())).unwrap_or_default();
                let own = self.carts.entry(Cart::User(cart.shopper())).or_default();
                for (product, quantity) in moved {
                    *own.entry(product).or_default() += quantity;
                }
                200
            }
            Call::Checkout => match self.carts.remove(&cart) {
                Some(contents) if !contents.is_empty() => 200,
                _ => 409,
            },
        }
    }

    fn set(&mut self, cart: Cart, product: &str, quantity: u64) -> u16 {
        let contents = self.carts.entry(cart).or_default();
        contents.insert(product.to_owned(), quantity);
        contents.retain(|_, quantity| *quantity > 0);
        200
    }

    /// Returns the total quantity of a product in all carts.
    pub(super) fn total(&self, product: &str) -> u64 {
        self.carts.values().filter_map(|contents| contents.get(product)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_does_what_the_cart_promises() {
        let tea = || "tea".to_owned();
        let add = |quantity| Call::Add {
            product: tea(),
            quantity,
        };
        let set = |quantity| Call::Update {
            product: tea(),
            quantity,
        };
        let (cart, user) = (Cart::Anonymous(1), Cart::User(1));
        let mut model = Model::default();
        let statuses: Vec<_> = [set(1), add(-1), add(3), add(-2), set(7), set(0), set(1), add(2)]
            .iter()
            .map(|call| model.apply(cart, call))
            .collect();
        assert_eq!(statuses, [404, 409, 200, 200, 200, 200, 404, 200]);
        assert_eq!(model.apply(user, &Call::Checkout), 409);
        assert_eq!(model.apply(user, &add(5)), 200);
        assert_eq!(model.apply(user, &Call::Migrate), 200);
        assert_eq!((model.contents(cart), model.total("tea")), (Contents::new(), 7));
        assert_eq!(model.apply(user, &Call::Checkout), 200);
        assert_eq!(model.total("tea"), 0);
    }
}
