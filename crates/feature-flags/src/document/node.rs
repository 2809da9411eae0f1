//! `Node`, a JSON value whose objects keep the order of their keys.

use std::fmt;

use hashbrown::HashMap;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

/// A JSON value whose objects keep the order of their keys, because rules are tried in the order of the document.
///
/// `serde_json::Map` keeps it only with a feature that would change the maps of the whole program.
#[derive(Debug)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    /// Returns the node at a JSON pointer (RFC 6901).
    pub(super) fn into_pointed(self, pointer: &str) -> Option<Self> {
        if pointer.is_empty() {
            return Some(self);
        }
        let parts = pointer.strip_prefix('/')?.split('/');
        parts
            .map(|part| part.replace("~1", "/").replace("~0", "~"))
            .try_fold(self, |node, part| match node {
                Self::Object(entries) => entries.into_iter().find(|(key, _)| *key == part).map(|(_, node)| node),
                Self::List(items) => items.into_iter().nth(part.parse().ok()?),
                _ => None,
            })
    }

    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(entries) => entries.iter().find(|(key, _)| key == name).map(|(_, node)| node),
            _ => None,
        }
    }

    /// Returns whether Python takes the value for false: null, false, zero, and what is empty.
    pub(super) fn is_falsy(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(flag) => !flag,
            Self::Number(number) => number.as_f64() == Some(0.0),
            Self::Text(text) => text.is_empty(),
            Self::List(items) => items.is_empty(),
            Self::Object(entries) => entries.is_empty(),
        }
    }

    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(flag) => Value::Bool(*flag),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => Value::String(text.clone()),
            Self::List(items) => items.iter().map(Self::to_value).collect(),
            Self::Object(entries) => entries
                .iter()
                .map(|(key, node)| (key.clone(), node.to_value()))
                .collect(),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

/// The only key of the map that `serde_json` makes of a number that is not an integer of 64 bits, if any crate of the program turns
/// on its feature `arbitrary_precision`.
const EXACT_NUMBER: &str = "$serde_json::private::Number";

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Node, E> {
        Ok(Node::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(Number::from_f64(number).map_or(Node::Null, Node::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Node, E> {
        Ok(Node::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Entries::default();
        while let Some((key, node)) = map.next_entry()? {
            entries.push(key, node);
        }
        match &entries.list[..] {
            [(key, Node::Text(number))] if key == EXACT_NUMBER => {
                let number = number.parse().ok().and_then(Number::from_f64);
                number
                    .map(Node::Number)
                    .ok_or_else(|| A::Error::custom("number out of range"))
            }
            _ => Ok(Node::Object(entries.list)),
        }
    }
}

/// The entries of an object. As in Python, the last value of a repeated key counts, in the place of the first.
#[derive(Default)]
struct Entries {
    list: Vec<(String, Node)>,
    /// The places of the keys, once a linear search would be slow.
    places: HashMap<String, usize>,
}

impl Entries {
    const SHORT: usize = 8;

    fn push(&mut self, key: String, node: Node) {
        if let Some(place) = self.place(&key) {
            self.list[place].1 = node;
            return;
        }
        if self.list.len() == Self::SHORT {
            let places = self.list.iter().enumerate();
            self.places = places.map(|(place, (key, _))| (key.clone(), place)).collect();
        }
        if self.list.len() >= Self::SHORT {
            self.places.insert(key.clone(), self.list.len());
        }
        self.list.push((key, node));
    }

    fn place(&self, key: &str) -> Option<usize> {
        if self.list.len() <= Self::SHORT {
            self.list.iter().position(|(known, _)| known == key)
        } else {
            self.places.get(key).copied()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(text: &str) -> Node {
        serde_json::from_str(text).unwrap()
    }

    fn keys(node: &Node) -> Vec<&str> {
        match node {
            Node::Object(entries) => entries.iter().map(|(key, _)| key.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn objects_keep_the_order_of_their_keys() {
        assert_eq!(keys(&node(r#"{"b": 1, "a": 2, "c": 3}"#)), ["b", "a", "c"]);
    }

    #[test]
    fn the_last_value_of_a_repeated_key_counts_in_the_place_of_the_first() {
        for others in [0, 6, 7, 8, 9, 20] {
            let others: Vec<_> = (0..others).map(|other| format!(r#""k{other}": 0, "#)).collect();
            let others = others.concat();
            let node = node(&format!(r#"{{"b": 1, {others}"a": 2, "b": 3}}"#));
            assert_eq!(keys(&node).first(), Some(&"b"));
            assert_eq!(keys(&node).iter().filter(|key| **key == "b").count(), 1);
            assert_eq!(node.get("b").unwrap().to_value(), 3);
        }
    }

    #[test]
    fn a_number_is_read_however_serde_json_passes_it() {
        for (exact, expected) in [
            ("0.5", 0.5),
            ("-1e3", -1_000.0),
            ("18446744073709551616", 18_446_744_073_709_551_616.0),
        ] {
            let node = node(&format!(r#"[{{"$serde_json::private::Number":"{exact}"}}]"#));
            assert_eq!(node.to_value(), serde_json::json!([expected]), "{exact}");
        }
        assert!(serde_json::from_str::<Node>(r#"{"$serde_json::private::Number":"1e999"}"#).is_err());
    }

    #[test]
    fn a_pointer_leads_to_a_part() {
        for (pointer, expected) in [
            ("", Some(r#"{"a/b":[1,{"~":2}]}"#)),
            ("/a~1b/0", Some("1")),
            ("/a~1b/1/~0", Some("2")),
            ("/a~1b/2", None),
            ("/a", None),
            ("a", None),
            ("/a~1b/0/x", None),
        ] {
            let pointed = node(r#"{"a/b": [1, {"~": 2}]}"#).into_pointed(pointer);
            assert_eq!(
                pointed.map(|node| node.to_value().to_string()).as_deref(),
                expected,
                "{pointer}"
            );
        }
    }
}
