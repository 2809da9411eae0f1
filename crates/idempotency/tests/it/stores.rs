//! The store in memory.

use std::sync::Arc;

use powertools_lambda_idempotency::MemoryStore;

use crate::common::suite::{self, Shared};

#[tokio::test]
async fn the_store_in_memory_is_a_store() {
    suite::run(&Shared(Arc::new(MemoryStore::new()))).await;
}
