//! Converts Python arguments of logger cases: literals, variables, and texts with `%`.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// The variables of a case's program.
pub(crate) type Variables = BTreeMap<String, Value>;

/// An argument, converted to Rust.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Argument {
    Value(Value),
    /// A whole number beyond 64 bits.
    Integer(i128),
    /// A number without a JSON form.
    Float(f64),
    /// A map whose keys are not texts.
    Unserialisable,
}

impl Serialize for Argument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => value.serialize(serializer),
            Self::Integer(number) => number.serialize(serializer),
            Self::Float(number) => number.serialize(serializer),
            Self::Unserialisable => BTreeMap::from([(["a", "b"], 1)]).serialize(serializer),
        }
    }
}

/// Returns the Python expression of an argument that has no JSON form.
pub(crate) fn expression(value: &Value) -> Option<&str> {
    value.get("$py").and_then(Value::as_str)
}

/// Converts an argument to Rust. An object becomes the text that `str` returns for it, if known.
pub(crate) fn argument(value: &Value, variables: &Variables) -> Argument {
    let Some(expression) = expression(value) else {
        return match value {
            // An expression may be nested.
            Value::Array(items) => Argument::Value(items.iter().map(|item| json(item, variables)).collect()),
            Value::Object(members) => {
                let members = members
                    .iter()
                    .map(|(name, member)| (name.clone(), json(member, variables)));
                Argument::Value(Value::Object(members.collect()))
            }
            _ => Argument::Value(value.clone()),
        };
    };
    let expression = expression.trim();
    if let Some(value) = variables.get(expression) {
        return Argument::Value(value.clone());
    }
    if let Some((base, exponent)) = expression.split_once("**")
        && let (Ok(base), Ok(exponent)) = (base.trim().parse::<i128>(), exponent.trim().parse())
        && let Some(power) = base.checked_pow(exponent)
    {
        return Argument::Integer(power);
    }
    if let Some(argument) = called(expression, "float") {
        return Argument::Float(argument.parse().unwrap_or(f64::NAN));
    }
    if expression.starts_with("{(") {
        return Argument::Unserialisable;
    }
    Argument::Value(match literal(expression) {
        Some(value) => value,
        None => [
            "Decimal",
            "decimal.Decimal",
            "UUID",
            "uuid.UUID",
            "Path",
            "pathlib.Path",
        ]
        .into_iter()
        .find_map(|class| called(expression, class))
        .unwrap_or(expression)
        .into(),
    })
}

fn json(value: &Value, variables: &Variables) -> Value {
    match argument(value, variables) {
        Argument::Value(value) => value,
        other => serde_json::to_value(other).unwrap_or_default(),
    }
}

/// Executes statements on variables; returns whether all of them are supported.
pub(crate) fn execute(code: &str, variables: &mut Variables) -> bool {
    code.split(';')
        .map(str::trim)
        .filter(|statement| !statement.is_empty())
        .all(|statement| {
            let Some((target, value)) = statement.split_once(" = ") else {
                return false;
            };
            let Some(value) = literal(value.trim()) else {
                return false;
            };
            let Some((name, key)) = target.split_once('[') else {
                variables.insert(target.to_owned(), value);
                return true;
            };
            let key = key.trim_end_matches(']').trim_matches(['\'', '"']);
            match variables.get_mut(name) {
                Some(Value::Object(members)) => {
                    members.insert(key.to_owned(), value);
                    true
                }
                _ => false,
            }
        })
}

/// Returns `text % args`.
pub(crate) fn formatted(text: &str, args: &[Value]) -> String {
    let mut formatted = String::new();
    let mut args = args.iter();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('%') {
        formatted.push_str(before);
        let end = behind
            .find(|char: char| char.is_alphabetic() || char == '%')
            .unwrap_or(behind.len());
        let (flags, behind) = behind.split_at(end);
        let mut chars = behind.chars();
        let conversion = chars.next();
        rest = chars.as_str();
        if conversion == Some('%') {
            formatted.push('%');
            continue;
        }
        let arg = args.next().unwrap_or(&Value::Null);
        let argument = match (conversion, arg.as_f64()) {
            (Some('f' | 'F'), Some(number)) => {
                let digits = flags.split_once('.').map_or(Ok(6), |(_, digits)| digits.parse());
                format!("{number:.*}", digits.unwrap_or(6))
            }
            (Some('d' | 'i'), Some(number)) => format!("{:.0}", number.trunc()),
            (Some('r'), None) if arg.is_string() => format!("'{}'", text_of(arg)),
            _ => text_of(arg),
        };
        formatted.push_str(&argument);
    }
    formatted + rest
}

/// Formats a value as `str` does.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        _ => expression(value).map_or_else(|| value.to_string(), str::to_owned),
    }
}

/// Returns the argument of `class('argument')`.
fn called<'a>(expression: &'a str, class: &str) -> Option<&'a str> {
    let argument = expression.strip_prefix(class)?.strip_prefix('(')?.strip_suffix(')')?;
    Some(argument.trim_matches(['\'', '"']))
}

/// Parses a literal that has a JSON form.
fn literal(text: &str) -> Option<Value> {
    let (value, rest) = value(text.trim_start())?;
    rest.trim().is_empty().then_some(value)
}

fn value(text: &str) -> Option<(Value, &str)> {
    let first = text.chars().next()?;
    match first {
        '\'' | '"' => {
            let (inside, rest) = text[1..].split_once(first)?;
            (!inside.contains('\\')).then(|| (inside.into(), rest))
        }
        '[' => items(&text[1..], ']'),
        '(' => items(&text[1..], ')'),
        '{' => members(&text[1..]),
        _ => {
            let end = text.find([',', ']', ')', '}', ':', ' ']).unwrap_or(text.len());
            let (word, rest) = text.split_at(end);
            let value = match word {
                "None" => Value::Null,
                "True" => true.into(),
                "False" => false.into(),
                _ => Value::Number(word.parse().ok()?),
            };
            Some((value, rest))
        }
    }
}

fn items(text: &str, close: char) -> Option<(Value, &str)> {
    let mut items = Vec::new();
    let mut rest = text.trim_start();
    loop {
        if let Some(behind) = rest.strip_prefix(close) {
            return Some((items.into(), behind));
        }
        let (item, behind) = value(rest)?;
        items.push(item);
        rest = separated(behind, close)?;
    }
}

fn members(text: &str) -> Option<(Value, &str)> {
    let mut members = Map::new();
    let mut rest = text.trim_start();
    loop {
        if let Some(behind) = rest.strip_prefix('}') {
            return Some((members.into(), behind));
        }
        let (name, behind) = value(rest)?;
        let (member, behind) = value(behind.trim_start().strip_prefix(':')?.trim_start())?;
        members.insert(text_of(&name), member);
        rest = separated(behind, '}')?;
    }
}

fn separated(text: &str, close: char) -> Option<&str> {
    let text = text.trim_start();
    match text.strip_prefix(',') {
        Some(rest) => Some(rest.trim_start()),
        None => text.starts_with(close).then_some(text),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn literals_are_read() {
        for (text, expected) in [
            (
                "{'a': [1, 2.5, None], 'b': {'c': True}}",
                json!({"a": [1, 2.5, null], "b": {"c": true}}),
            ),
            ("('a', -1,)", json!(["a", -1])),
            ("{}", json!({})),
        ] {
            assert_eq!(literal(text), Some(expected));
        }
        assert_eq!(literal("datetime.now()"), None);
    }

    #[test]
    fn what_json_cannot_hold_is_what_rust_has_for_it() {
        let of = |text: &str| argument(&json!({"$py": text}), &Variables::default());
        assert_eq!(of("10**30"), Argument::Integer(10_i128.pow(30)));
        assert_eq!(of("float('-inf')"), Argument::Float(f64::NEG_INFINITY));
        assert_eq!(of("{('a', 'b'): 1}"), Argument::Unserialisable);
        assert_eq!(of("Decimal('1.50')"), Argument::Value(json!("1.50")));
    }

    #[test]
    fn percents_are_replaced() {
        let args = [json!("A1"), json!(3), json!(null)];
        assert_eq!(
            formatted("%s costs %.2f, %s: 100%%", &args),
            "A1 costs 3.00, None: 100%"
        );
        assert_eq!(formatted("%d of %r", &[json!(7.9), json!("x")]), "7 of 'x'");
    }

    #[test]
    fn a_program_changes_its_variables() {
        let mut variables = Variables::new();
        assert!(execute("payload = {'step': 1}; payload['step'] = 99", &mut variables));
        assert_eq!(variables["payload"], json!({"step": 99}));
        assert!(!execute("import os", &mut variables));
    }
}
