//! The parts of an input. They are separated by ASCII's own separators or a line break, so that a seed can be written by hand.

use std::borrow::Cow;

/// Separates the calls of an input, as ASCII's "record separator".
const RECORD: u8 = 0x1e;
/// Separates the arguments of a call, as ASCII's "unit separator".
const UNIT: u8 = 0x1f;

/// A call: a letter and its arguments.
pub struct Call<'a> {
    pub name: u8,
    arguments: Vec<&'a [u8]>,
}

impl<'a> Call<'a> {
    /// Returns an argument as text, or an empty one.
    pub fn text(&self, at: usize) -> Cow<'a, str> {
        String::from_utf8_lossy(self.arguments.get(at).copied().unwrap_or_default())
    }

    /// Returns an argument as JSON: itself, or as a text if it is none.
    pub fn value(&self, at: usize) -> serde_json::Value {
        let text = self.text(at);
        serde_json::from_str(&text).unwrap_or_else(|_| text.into_owned().into())
    }

    /// Returns an argument as a number; one that is none has that of its bytes.
    pub fn number(&self, at: usize) -> f64 {
        let bytes = self.arguments.get(at).copied().unwrap_or_default();
        let parsed = std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok());
        parsed.unwrap_or_else(|| {
            let mut bits = [0; 8];
            let length = bytes.len().min(8);
            bits[..length].copy_from_slice(&bytes[..length]);
            f64::from_bits(u64::from_le_bytes(bits))
        })
    }

    /// Returns an argument as a small number.
    pub fn count(&self, at: usize, most: usize) -> usize {
        let number = self.number(at).abs();
        if number < most as f64 { number as usize } else { most }
    }

    /// Returns the arguments in pairs.
    pub fn pairs(&self) -> Vec<(Cow<'a, str>, Cow<'a, str>)> {
        let texts = (0..self.arguments.len()).map(|at| self.text(at)).collect::<Vec<_>>();
        let pairs = texts.chunks(2);
        pairs
            .map(|pair| (pair[0].clone(), pair.get(1).cloned().unwrap_or_default()))
            .collect()
    }
}

/// Returns the calls in an input.
pub fn calls(data: &[u8]) -> impl Iterator<Item = Call<'_>> {
    let records = data.split(|byte| *byte == RECORD);
    records.filter_map(|record| {
        let (name, arguments) = record.split_first()?;
        let arguments = arguments.split(|byte| *byte == UNIT).collect();
        Some(Call { name: *name, arguments })
    })
}

/// Returns the first line of an input, and the rest.
pub fn first_line(data: &[u8]) -> (Cow<'_, str>, &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n');
    let (line, rest) = end.map_or((data, &[][..]), |end| (&data[..end], &data[end + 1..]));
    (String::from_utf8_lossy(line), rest)
}
