//! A request for a parameter is not awaited.

#![deny(unused_must_use)]

use powertools_lambda::parameters::Parameters;
use powertools_lambda::parameters::test_util::MapProvider;

async fn warm_up(parameters: &Parameters<MapProvider>) {
    parameters.get("/shop/currency");
}

fn main() {}
