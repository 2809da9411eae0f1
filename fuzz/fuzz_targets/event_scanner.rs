//! Core's scanner reads any bytes without a panic, and valid JSON as `serde_json` does; its writers write what that reads.
#![no_main]

use libfuzzer_sys::fuzz_target;
use powertools_lambda_core::json::{Scanner, Text, nested_len, write_f64, write_i64, write_str, write_u64};
use serde_json::{Map, Value};

fuzz_target!(|data: &[u8]| {
    wander(data);
    write(data);
    let Ok(expected) = serde_json::from_slice::<Value>(data) else {
        return;
    };
    let mut names = Vec::new();
    let mut scanner = Scanner::new(data);
    assert_eq!(read(&mut scanner, &mut names), Some(expected));
    assert!(scanner.is_at_end());

    let mut skipping = Scanner::new(data);
    assert_eq!(skipping.skip_value(), Some(()));
    assert!(skipping.is_at_end());
    let value = Scanner::new(data).value_within(data.len()).expect("a value");
    assert_eq!(value, data.trim_ascii());

    let mut searching = Scanner::new(data);
    let found: Vec<_> = std::iter::from_fn(|| searching.next_name()).map(unescaped).collect();
    assert_eq!(found, names);
});

/// Reads a value, and the names in it in their order.
fn read(scanner: &mut Scanner<'_>, names: &mut Vec<String>) -> Option<Value> {
    Some(match scanner.peek()? {
        b'"' => unescaped(scanner.string()?).into(),
        b'{' => {
            let mut members = Map::new();
            scanner.take(b'{')?;
            while scanner.take(b'}').is_none() {
                if !members.is_empty() {
                    scanner.take(b',')?;
                }
                let name = unescaped(scanner.string()?);
                names.push(name.clone());
                scanner.take(b':')?;
                members.insert(name, read(scanner, names)?);
            }
            members.into()
        }
        b'[' => {
            let mut items = Vec::new();
            scanner.take(b'[')?;
            while scanner.take(b']').is_none() {
                if !items.is_empty() {
                    scanner.take(b',')?;
                }
                items.push(read(scanner, names)?);
            }
            items.into()
        }
        b't' | b'f' | b'n' => serde_json::from_str(scanner.literal()?).ok()?,
        _ => serde_json::from_str(scanner.number()?).ok()?,
    })
}

/// Returns a text, of which both of its readers make the same.
fn unescaped(text: Text<'_>) -> String {
    let mut string = String::new();
    assert!(text.unescape(&mut string, usize::MAX));
    assert_eq!(text.bytes().collect::<Vec<_>>(), string.as_bytes());
    if let Some(plain) = text.as_plain() {
        assert_eq!(plain.expect("serde_json read it"), string);
    }
    let half = string.len() / 2;
    let mut short = String::new();
    assert_eq!(text.unescape(&mut short, half), half == string.len());
    assert!(short.len() <= half && string.starts_with(&short));
    string
}

/// Calls the readers in an order that the bytes choose.
fn wander(data: &[u8]) {
    let mut scanner = Scanner::new(data);
    for choice in data {
        let rest = scanner.rest().len();
        match choice % 9 {
            0 => drop(scanner.string()),
            1 => drop(scanner.number()),
            2 => drop(scanner.literal()),
            3 => drop(scanner.skip_value()),
            4 => drop(scanner.next_name()),
            5 => drop(scanner.next_text()),
            6 => drop(scanner.value_within(usize::from(*choice))),
            7 => drop(nested_len(scanner.rest())),
            _ => drop(scanner.take(*choice)),
        }
        assert!(scanner.rest().len() <= rest);
    }
    let mut lossy = String::new();
    Text::from_raw(data).unescape(&mut lossy, data.len());
    assert!(lossy.len() <= data.len());
}

fn write(data: &[u8]) {
    let mut json = Vec::new();
    if let Ok(text) = std::str::from_utf8(data) {
        write_str(&mut json, text);
        assert_eq!(serde_json::from_slice::<String>(&json).expect("a text"), text);
    }
    let Some(bits) = data.first_chunk().map(|bytes| u64::from_le_bytes(*bytes)) else {
        return;
    };
    let float = f64::from_bits(bits);
    json.clear();
    write_f64(&mut json, float);
    let expected = float.is_finite().then_some(float);
    assert_eq!(
        serde_json::from_slice::<Option<f64>>(&json).expect("a number"),
        expected
    );
    json.clear();
    write_u64(&mut json, bits);
    assert_eq!(serde_json::from_slice::<u64>(&json).expect("a number"), bits);
    json.clear();
    write_i64(&mut json, bits.cast_signed());
    assert_eq!(
        serde_json::from_slice::<i64>(&json).expect("a number"),
        bits.cast_signed()
    );
}
