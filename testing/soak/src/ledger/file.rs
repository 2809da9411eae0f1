//! [`Ledger`], as a file of JSON lines: the terms, then the entries, then the groups.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::{Entry, Group, Terms};

/// What must come out of a round.
#[derive(Debug)]
pub struct Ledger {
    /// What the round owes as a whole.
    pub terms: Terms,
    /// What each invocation owes, by its number.
    pub entries: HashMap<u64, Entry>,
    /// The invocations with one idempotency key.
    pub groups: Vec<Group>,
}

#[derive(Serialize, Deserialize)]
enum Line {
    Terms(Terms),
    Entry(Entry),
    Group(Group),
}

/// Writes a ledger.
///
/// # Errors
///
/// Returns an error if the file cannot be written.
pub fn write(path: &Path, terms: Terms, entries: impl IntoIterator<Item = Entry>, groups: Vec<Group>) -> Result<()> {
    let mut file = BufWriter::new(File::create(path).with_context(|| format!("{} cannot be made", path.display()))?);
    let entries = entries.into_iter().map(Line::Entry);
    let groups = groups.into_iter().map(Line::Group);
    for line in [Line::Terms(terms)].into_iter().chain(entries).chain(groups) {
        serde_json::to_writer(&mut file, &line)?;
        file.write_all(b"\n")?;
    }
    file.flush()?;
    Ok(())
}

impl Ledger {
    /// Reads a ledger.
    ///
    /// # Errors
    ///
    /// Returns an error if the file is not a ledger, or has an invocation twice.
    pub fn read(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let (mut terms, mut entries, mut groups) = (None, HashMap::new(), Vec::new());
        for line in BufReader::new(file).lines() {
            match serde_json::from_str(&line?)? {
                Line::Terms(read) => terms = Some(read),
                Line::Group(group) => groups.push(group),
                Line::Entry(entry) => {
                    if let Some(other) = entries.insert(entry.number, entry) {
                        bail!("the ledger has invocation {} twice", other.number);
                    }
                }
            }
        }
        let terms = terms.context("the ledger has no terms")?;
        Ok(Self { terms, entries, groups })
    }
}
