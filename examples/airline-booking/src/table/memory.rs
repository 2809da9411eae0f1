//! [`MemoryTable`]: a table in memory that can lose answers.

#![allow(clippy::missing_panics_doc, clippy::unwrap_used)] // it is only for tests

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use lambda_runtime::Error;

use super::row::REVISION;
use super::{Commit, Item, Key, Table, Write};

/// A table in memory. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct MemoryTable(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    rows: BTreeMap<Key, Item>,
    /// How many of the next commits take effect, but lose their answers.
    lost_answers: u32,
}

impl MemoryTable {
    /// Loses the answers of the next commits.
    pub fn lose_answers(&self, commits: u32) {
        self.0.lock().unwrap().lost_answers = commits;
    }

    /// Returns the keys of all items.
    pub fn keys(&self) -> Vec<Key> {
        self.0.lock().unwrap().rows.keys().cloned().collect()
    }
}

impl State {
    fn holds(&self, write: &Write) -> bool {
        let is_at = |key: &Key, revision: &String| {
            let row = self.rows.get(key);
            row.is_some_and(|row| text(row, REVISION) == *revision)
        };
        match write {
            Write::Put(item, None) => !self.rows.contains_key(&key_of(item)),
            Write::Put(item, Some(revision)) => is_at(&key_of(item), revision),
            Write::Delete(key, revision) => is_at(key, revision),
            Write::Remove(_) => true,
        }
    }
}

impl Table for MemoryTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, Error> {
        tokio::task::yield_now().await;
        Ok(self.0.lock().unwrap().rows.get(key).cloned())
    }

    async fn query(&self, partition: &str, below: &str) -> Result<Vec<Item>, Error> {
        tokio::task::yield_now().await;
        let state = self.0.lock().unwrap();
        let rows = state
            .rows
            .iter()
            .filter(|(key, _)| key.0 == partition && *key.1 < *below);
        Ok(rows.map(|(_, item)| item.clone()).collect())
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<Commit, Error> {
        tokio::task::yield_now().await;
        let mut state = self.0.lock().unwrap();
        if !writes.iter().all(|write| state.holds(write)) {
            return Ok(Commit::Overtaken);
        }
        for write in writes {
            match write {
                Write::Put(item, _) => state.rows.insert(key_of(&item), item),
                Write::Delete(key, _) | Write::Remove(key) => state.rows.remove(&key),
            };
        }
        if state.lost_answers > 0 {
            state.lost_answers -= 1;
            return Err("the answer was lost".into());
        }
        Ok(Commit::Done)
    }
}

fn key_of(item: &Item) -> Key {
    Key(text(item, "pk"), text(item, "sk"))
}

fn text(item: &Item, attribute: &str) -> String {
    let value = item.get(attribute).and_then(|value| value.as_s().ok());
    value.cloned().unwrap_or_default()
}
