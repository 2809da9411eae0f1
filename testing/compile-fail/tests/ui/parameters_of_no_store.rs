//! `Parameters` of a type that is not a store.

use powertools_lambda::parameters::Parameters;

fn read(_parameters: &Parameters<String>) {}

fn main() {}
