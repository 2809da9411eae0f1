//! Tests a thousand random operations under faults, and compares them with a model that sees only the operations.

use std::collections::BTreeMap;

use powertools_lambda::batch::dynamodb::Change;

use super::{Order, carts, products, quantities, until_answered, user};
use crate::access::{CartId, Owner};
use crate::api::RequestKey;
use crate::product::{Product, ProductId};
use crate::table::Item;
use crate::table::memory::{self, Fault, MemoryTable};
use crate::totals::{Counted, Delta, Totals};

/// Random numbers, the same ones for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let place = self.below(choices.len() as u64);
        &choices[usize::try_from(place).unwrap()]
    }

    /// Returns the faults of the next calls, mostly none.
    fn faults(&mut self) -> Vec<Fault> {
        let faults = [Fault::Nothing, Fault::Lost, Fault::AnswerLost, Fault::Conflict];
        (0..self.below(7)).map(|_| *self.of(&faults)).collect()
    }
}

/// The expected contents of the carts, computed from the operations without the faults.
#[derive(Default)]
struct Model(BTreeMap<(String, ProductId), u64>);

impl Model {
    fn there(&self, owner: &Owner, id: &ProductId) -> u64 {
        self.0.get(&(owner.partition(), id.clone())).copied().unwrap_or(0)
    }

    fn put(&mut self, owner: &Owner, id: &ProductId, quantity: u64) {
        self.0.insert((owner.partition(), id.clone()), quantity);
    }

    fn total(&self, id: &ProductId) -> i64 {
        let rows = self.0.iter().filter(|((_, product), _)| product == id);
        i64::try_from(rows.map(|(_, quantity)| quantity).sum::<u64>()).unwrap()
    }
}

#[tokio::test]
#[allow(clippy::too_many_lines)] // each operation beside what the model says of it
async fn after_a_thousand_operations_under_faults_carts_and_totals_are_as_a_model_says() {
    for seed in 1_u64..=8 {
        let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let (environment, carts) = carts();
        let totals = Totals::new(MemoryTable::default(), environment.environment().clock().clone());
        let mut model = Model::default();
        let anonymous: Vec<_> = (0..3).map(|_| CartId::random()).collect();
        let users = ["alice", "bob", "carol"].map(user);
        let owners: Vec<_> = users
            .iter()
            .cloned()
            .chain(anonymous.iter().copied().map(Owner::Anonymous))
            .collect();
        let products = products();
        for number in 0..1_000 {
            let key = RequestKey::from(format!("k-{number}").as_str());
            let owner = chance.of(&owners).clone();
            let product = chance.of(&products).clone();
            let id = &product.product_id;
            let there = model.there(&owner, id);
            carts.table.fail(chance.faults());
            match chance.below(20) {
                0..12 => {
                    let delta = i64::try_from(chance.below(12)).unwrap() - 5;
                    let delta = if delta == 0 { 6 } else { delta };
                    let added = until_answered(async || carts.add(&owner, &product, delta, Some(&key)).await).await;
                    let expected = there.checked_add_signed(delta).ok_or(409);
                    assert_eq!(
                        added.map(|stock| stock.quantity),
                        expected,
                        "seed {seed}, operation {number}"
                    );
                    model.put(&owner, id, expected.unwrap_or(there));
                }
                12..16 => {
                    let quantity = chance.below(10);
                    let set = until_answered(async || carts.set(&owner, id, quantity, Some(&key)).await).await;
                    let expected = if there > 0 { Ok(quantity) } else { Err(404) };
                    assert_eq!(
                        set.map(|stock| stock.quantity),
                        expected,
                        "seed {seed}, operation {number}"
                    );
                    model.put(&owner, id, expected.unwrap_or(there));
                }
                16..18 => {
                    let (from, to) = (*chance.of(&anonymous), chance.of(&users).clone());
                    let migration = until_answered(async || carts.migrate(from, &to).await).await.unwrap();
                    let from_owner = Owner::Anonymous(from);
                    for product in &products {
                        let id = &product.product_id;
                        let sum = model.there(&from_owner, id) + model.there(&to, id);
                        model.put(&to, id, sum);
                        model.put(&from_owner, id, 0);
                    }
                    for id in &migration.emptied {
                        for _ in 0..=chance.below(2) {
                            until_answered(async || carts.remove_emptied(from, id).await)
                                .await
                                .unwrap();
                        }
                    }
                }
                _ => {
                    let user = chance.of(&users).clone();
                    let ordered = until_answered(async || carts.check_out(&user, Some(&key)).await).await;
                    let expected: BTreeMap<_, _> = products
                        .iter()
                        .map(|product| (product.product_id.clone(), model.there(&user, &product.product_id)))
                        .filter(|(_, quantity)| *quantity > 0)
                        .collect();
                    match ordered {
                        Ok(Order { listing, .. }) => {
                            let lines = listing.items.into_iter().map(|line| (line.product_id, line.quantity));
                            assert_eq!(
                                lines.collect::<BTreeMap<_, _>>(),
                                expected,
                                "seed {seed}, operation {number}"
                            );
                        }
                        Err(status) => assert!(status == 409 && expected.is_empty(), "seed {seed}, operation {number}"),
                    }
                    for product in &products {
                        model.put(&user, &product.product_id, 0);
                    }
                }
            }
            carts.table.fail(Vec::new());
            aggregate(&totals, carts.table.take_changes(), number, &mut chance).await;
        }
        for (owner, product) in owners
            .iter()
            .flat_map(|owner| products.iter().map(move |product| (owner, product)))
        {
            let quantity = quantities(&carts, owner).await.remove(&product.product_id).unwrap_or(0);
            assert_eq!(quantity, model.there(owner, &product.product_id), "seed {seed}");
        }
        for Product { product_id, .. } in &products {
            assert_eq!(
                totals.of(product_id).await.unwrap(),
                model.total(product_id),
                "seed {seed}"
            );
        }
    }
}

/// Delivers changes as a stream does: at least once, and again if it is not known whether they were counted.
async fn aggregate(totals: &Totals<MemoryTable>, changes: Vec<memory::Change>, number: u32, chance: &mut Chance) {
    let changes: Vec<_> = changes
        .into_iter()
        .enumerate()
        .filter_map(|(place, change)| Some((format!("{number}-{place}"), Delta::of(&counted(change))?)))
        .collect();
    for _ in 0..=chance.below(2) {
        for (event_id, delta) in &changes {
            totals.table().fail(chance.faults());
            until_answered(async || totals.count(event_id, delta).await)
                .await
                .unwrap();
            totals.table().fail(Vec::new());
        }
    }
}

fn counted((old, new): memory::Change) -> Change<Counted> {
    let read = |item: Item| serde_dynamo::from_item(item).unwrap();
    Change {
        old: old.map(read),
        new: new.map(read),
    }
}
