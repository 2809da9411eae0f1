//! Changes of captured bytes that a count must find.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::capture::{Capture, append_datagram};
use crate::event::{number_of_request, request_id};

/// What is planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An item is removed.
    Loss,
    /// An item gets the id of another invocation.
    Mix,
    /// An item is there twice.
    Double,
    /// An item loses its last bytes.
    Cut,
}

/// Where it is planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A log record.
    Record,
    /// A metrics document.
    Metrics,
    /// A datagram.
    Datagram,
    /// An answer.
    Answer,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Loss, Self::Mix, Self::Double, Self::Cut];
}

impl Place {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Record, Self::Metrics, Self::Datagram, Self::Answer];
}

/// Copies a capture to a folder, with one fault.
///
/// # Errors
///
/// Returns an error if a file cannot be read or written, or if nothing of this kind was captured.
pub fn plant(capture: &Capture, fault: Fault, place: Place, folder: &Path) -> Result<Capture> {
    let copy = Capture::create(folder)?;
    for name in ["stdout", "datagrams", "answers", "dropped"] {
        std::fs::copy(capture.folder().join(name), folder.join(name))?;
    }
    // Changed as the list of its items, and written back.
    match place {
        Place::Record | Place::Metrics => {
            let mut lines = Vec::new();
            capture.lines(|line| lines.push(line.to_vec()))?;
            let marks: &[&str] = if place == Place::Record {
                &["\"begin\""]
            } else {
                &["\"Value\":", "\"number\":"]
            };
            change(&mut lines, marks, fault)?;
            std::fs::write(folder.join("stdout"), lines.concat())?;
        }
        Place::Datagram => {
            let mut datagrams = Vec::new();
            capture.datagrams(|datagram| datagrams.push(datagram.to_vec()))?;
            change(&mut datagrams, &["## handler", "\"number\":"], fault)?;
            let mut file = copy.file("datagrams")?;
            for datagram in datagrams {
                append_datagram(&mut file, &datagram)?;
            }
        }
        Place::Answer => {
            let mut answers = Vec::new();
            capture.answers(|posted| answers.push(posted))?;
            let at = answers.iter().position(|posted| posted.body.contains("\"flag\""));
            let at = at.context("no response was captured")?;
            match fault {
                Fault::Loss => drop(answers.remove(at)),
                Fault::Double => answers.push(answers[at].clone()),
                Fault::Cut => drop(answers[at].body.pop()),
                Fault::Mix => {
                    let other = answers.iter().rposition(|posted| posted.body.contains("\"flag\""));
                    let other = other.context("no second response was captured")?;
                    ensure!(other != at, "no second response was captured");
                    let body = std::mem::take(&mut answers[other].body);
                    answers[other].body = std::mem::replace(&mut answers[at].body, body);
                }
            }
            let mut text = Vec::new();
            for posted in answers {
                serde_json::to_writer(&mut text, &posted)?;
                text.push(b'\n');
            }
            std::fs::write(folder.join("answers"), text)?;
        }
    }
    Ok(copy)
}

/// Changes the first item that has all marks.
fn change(items: &mut Vec<Vec<u8>>, marks: &[&str], fault: Fault) -> Result<()> {
    let has = |item: &[u8], mark: &str| item.windows(mark.len()).any(|part| part == mark.as_bytes());
    let at = items.iter().position(|item| marks.iter().all(|mark| has(item, mark)));
    let at = at.context("nothing was captured that can be changed")?;
    match fault {
        Fault::Loss => drop(items.remove(at)),
        Fault::Double => {
            let again = items[at].clone();
            items.push(again);
        }
        Fault::Cut => {
            let length = items[at].len();
            items[at].truncate(length - 2);
        }
        Fault::Mix => items[at] = renumbered(&items[at])?,
    }
    Ok(())
}

/// Gives an item the request id, the trace id or the first value of the next invocation.
fn renumbered(item: &[u8]) -> Result<Vec<u8>> {
    let text = std::str::from_utf8(item)?;
    if let Some((before, rest)) = text.split_once("\"function_request_id\":\"") {
        let (id, after) = rest.split_at(36);
        let number = number_of_request(id).context("a request id of nobody")?;
        let id = request_id(number + 1);
        return Ok(format!("{before}\"function_request_id\":\"{id}{after}").into_bytes());
    }
    // The metadata of a metrics document, or the annotation of a handler's span.
    let (before, rest) = text.rsplit_once("\"number\":").context("an item without a number")?;
    let digits = rest.find(|character: char| !character.is_ascii_digit());
    let (number, after) = rest.split_at(digits.context("an item without a number")?);
    let number = number.parse::<u64>()? + 1;
    Ok(format!("{before}\"number\":{number}{after}").into_bytes())
}
