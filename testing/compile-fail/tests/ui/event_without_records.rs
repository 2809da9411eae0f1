//! `Batch` is given an event that is not a batch.

use powertools_lambda::batch::Batch;

fn handle(_batch: &Batch<(), Vec<String>>) {}

fn main() {}
