//! [`MemoryTable`]: a table in memory that simulates lost calls, lost answers and conflicts.

#![allow(clippy::missing_panics_doc, clippy::unwrap_used)] // it is only for tests

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::Error;

use super::{Commit, Expected, Item, Key, REVISION, Table, Write};

type Rows = BTreeMap<(String, String), Item>;

/// A change of an item: before and after.
pub type Change = (Option<Item>, Option<Item>);

/// A table in memory. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct MemoryTable {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    rows: Rows,
    changes: Vec<Change>,
    faults: Vec<Fault>,
}

/// The fault of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No fault.
    Nothing,
    /// The call is lost.
    Lost,
    /// The call takes effect, but its answer is lost.
    AnswerLost,
    /// Another transaction uses the same items.
    Conflict,
}

impl MemoryTable {
    /// Sets the faults of the next calls, the last of the list first. Later calls have no faults.
    pub fn fail(&self, faults: Vec<Fault>) {
        self.state.lock().unwrap().faults = faults;
    }

    /// Returns the changes since the last call.
    pub fn take_changes(&self) -> Vec<Change> {
        std::mem::take(&mut self.state.lock().unwrap().changes)
    }

    /// Returns all items.
    pub fn items(&self) -> Vec<Item> {
        self.state.lock().unwrap().rows.values().cloned().collect()
    }
}

impl State {
    fn fault(&mut self) -> Fault {
        self.faults.pop().unwrap_or(Fault::Nothing)
    }

    fn unexpected(&self, writes: &[Write]) -> Vec<usize> {
        let holds = |write: &Write| match write {
            Write::Put { item, expected } => match (self.rows.get(&place(item)), expected) {
                (row, Expected::Absent) => row.is_none(),
                (row, Expected::Revision(revision)) => row.is_some_and(|row| text(row, REVISION) == *revision),
            },
            Write::Delete { key, revision } => {
                let row = self.rows.get(&place_of(key));
                row.is_some_and(|row| text(row, REVISION) == *revision)
            }
            Write::Add { .. } => true,
        };
        let places = writes.iter().enumerate().filter(|(_, write)| !holds(write));
        places.map(|(place, _)| place).collect()
    }

    fn apply(&mut self, write: Write) {
        let (place, new) = match write {
            Write::Put { item, .. } => (place(&item), Some(item)),
            Write::Delete { key, .. } => (place_of(&key), None),
            Write::Add { key, attribute, delta } => {
                let place = place_of(&key);
                let mut item = self.rows.get(&place).cloned().unwrap_or_default();
                let number = item.get(attribute).and_then(|value| value.as_n().ok());
                let number: i64 = number.map_or(0, |number| number.parse().unwrap());
                item.insert(attribute.to_owned(), AttributeValue::N((number + delta).to_string()));
                item.insert("pk".to_owned(), AttributeValue::S(key.partition));
                (place, Some(item))
            }
        };
        let old = match &new {
            Some(item) => self.rows.insert(place, item.clone()),
            None => self.rows.remove(&place),
        };
        self.changes.push((old, new));
    }
}

impl Table for MemoryTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, Error> {
        tokio::task::yield_now().await;
        let mut state = self.state.lock().unwrap();
        match state.fault() {
            Fault::Lost | Fault::AnswerLost => Err("reset".into()),
            _ => Ok(state.rows.get(&place_of(key)).cloned()),
        }
    }

    async fn query(&self, partition: &str, prefix: &str) -> Result<Vec<Item>, Error> {
        tokio::task::yield_now().await;
        let mut state = self.state.lock().unwrap();
        match state.fault() {
            Fault::Lost | Fault::AnswerLost => Err("reset".into()),
            _ => {
                let rows = state
                    .rows
                    .iter()
                    .filter(|((pk, sk), _)| pk == partition && sk.starts_with(prefix));
                Ok(rows.map(|(_, item)| item.clone()).collect())
            }
        }
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<Commit, Error> {
        tokio::task::yield_now().await;
        let mut state = self.state.lock().unwrap();
        let fault = state.fault();
        match fault {
            Fault::Lost => return Err("reset".into()),
            Fault::Conflict => return Ok(Commit::Conflict),
            Fault::Nothing | Fault::AnswerLost => {}
        }
        let unexpected = state.unexpected(&writes);
        if unexpected.is_empty() {
            for write in writes {
                state.apply(write);
            }
        }
        match fault {
            Fault::AnswerLost => Err("reset".into()),
            _ if unexpected.is_empty() => Ok(Commit::Done),
            _ => Ok(Commit::Unexpected(unexpected)),
        }
    }
}

fn place(item: &Item) -> (String, String) {
    (text(item, "pk"), text(item, "sk"))
}

fn place_of(key: &Key) -> (String, String) {
    (key.partition.clone(), key.sort.clone().unwrap_or_default())
}

fn text(item: &Item, attribute: &str) -> String {
    let value = item.get(attribute).and_then(|value| value.as_s().ok());
    value.cloned().unwrap_or_default()
}
