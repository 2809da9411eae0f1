//! `Node`, the parameters at and below a name, and `Tree`, which deserializes it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};

use super::choices::{Choice, Choices};
use super::failure::Failure;
use super::text::Text;
use crate::Value;

/// The value of a name, and the names below it.
#[derive(Default)]
pub(super) struct Node<'v> {
    /// The value with its name.
    value: Option<(&'v str, &'v Value)>,
    below: BTreeMap<&'v str, Node<'v>>,
}

impl<'v> Node<'v> {
    pub(super) fn put(&mut self, name: &'v str, value: &'v Value) {
        let mut node = self;
        for part in name.split('/') {
            node = node.below.entry(part).or_default();
        }
        node.value = Some((name, value));
    }

    /// Adds all values at and below this node to `entries`, without the first `prefix` bytes of their names.
    fn values<'a>(&'a self, prefix: usize, entries: &mut Vec<(&'v str, &'a Self)>) {
        if let Some((name, _)) = self.value {
            entries.push((name.get(prefix..).unwrap_or_default(), self));
        }
        for node in self.below.values() {
            node.values(prefix, entries);
        }
    }
}

/// What all parts of a read share: the choices made, and the choices that might make it succeed.
pub(super) struct Shared<'a> {
    pub(super) choices: &'a Choices,
    pub(super) wishes: RefCell<Vec<Choice>>,
    /// The names that were read as maps although the type did not ask for one.
    pub(super) maps: RefCell<Vec<String>>,
}

/// Deserializes a node as the type that the field asks for.
pub(super) struct Tree<'a, 'v> {
    pub(super) node: &'a Node<'v>,
    pub(super) path: String,
    /// Whether the node is an entry of a map, and not the field of a struct.
    pub(super) is_entry: bool,
    pub(super) shared: &'a Shared<'a>,
}

impl<'a, 'v> Tree<'a, 'v> {
    /// Returns the text of a node from which a type reads one value.
    fn leaf(&self) -> Result<Text<'a, 'v>, Failure> {
        self.wish_for_names_below();
        self.text()
            .unwrap_or_else(|| Err(Failure::new("no value").at_path(&self.path)))
    }

    /// Asks for the names below to be entries, too, because they would be lost otherwise.
    fn wish_for_names_below(&self) {
        if self.is_entry && !self.node.below.is_empty() && !self.shared.choices.is_unsplit(&self.path) {
            self.shared.wishes.borrow_mut().push(Choice::Unsplit(self.path.clone()));
        }
    }

    fn text(&self) -> Option<Result<Text<'a, 'v>, Failure>> {
        let (_, value) = self.node.value?;
        let choices = self.shared.choices;
        let text = value.as_str().map(|content| Text {
            content,
            is_list: value.is_list(),
            choices,
        });
        Some(text.map_err(|error| Failure::new(error.to_string()).at_path(&self.path)))
    }

    /// Returns the nodes below as the fields of a struct or the entries of a map.
    fn below(&self, are_entries: bool) -> Nodes<'a, 'v> {
        let mut entries = Vec::with_capacity(self.node.below.len());
        for (name, node) in &self.node.below {
            if self.shared.choices.is_unsplit(&self.path_of(name)) {
                let prefix = if self.path.is_empty() { 0 } else { self.path.len() + 1 };
                node.values(prefix, &mut entries);
            } else {
                entries.push((*name, node));
            }
        }
        Nodes {
            rest: entries.into_iter(),
            next: None,
            parent: self.path.clone(),
            are_entries,
            shared: self.shared,
        }
    }

    fn path_of(&self, name: &str) -> String {
        path_of(&self.path, name)
    }

    fn map<V: Visitor<'v>>(self, are_entries: bool, visitor: V) -> Result<V::Value, Failure> {
        let read = visitor.visit_map(self.below(are_entries));
        read.map_err(|failure| failure.at_path(&self.path))
    }
}

fn path_of(parent: &str, name: &str) -> String {
    match parent {
        "" => name.to_owned(),
        parent => format!("{parent}/{name}"),
    }
}

macro_rules! leaves {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Failure> {
            self.leaf()?.$method(visitor).map_err(|failure| failure.at_path(&self.path))
        })*
    };
}

impl<'v> Deserializer<'v> for Tree<'_, 'v> {
    type Error = Failure;

    leaves!(deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64
        deserialize_str deserialize_string deserialize_char deserialize_identifier deserialize_seq);

    fn deserialize_any<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Failure> {
        let Some(text) = self.text() else {
            self.shared.maps.borrow_mut().push(self.path.clone());
            return self.map(true, visitor);
        };
        self.wish_for_names_below();
        text?
            .deserialize_any(visitor)
            .map_err(|failure| failure.at_path(&self.path))
    }

    fn deserialize_map<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.text() {
            Some(text) => text?
                .deserialize_map(visitor)
                .map_err(|failure| failure.at_path(&self.path)),
            None => self.map(true, visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'v>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        match self.text() {
            Some(text) => {
                let read = text?.deserialize_struct(name, fields, visitor);
                read.map_err(|failure| failure.at_path(&self.path))
            }
            None => self.map(false, visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'v>>(self, _len: usize, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'v>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_seq(visitor)
    }

    /// Reads a variant with data also from the names below: `mode/custom/limit`.
    fn deserialize_enum<V: Visitor<'v>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let read = if self.node.value.is_none() && !self.node.below.is_empty() {
            MapAccessDeserializer::new(self.below(false)).deserialize_enum(name, variants, visitor)
        } else {
            self.leaf()?.deserialize_enum(name, variants, visitor)
        };
        read.map_err(|failure| failure.at_path(&self.path))
    }

    fn deserialize_option<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'v>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_bytes<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Failure> {
        let value = self.node.value.ok_or_else(|| Failure::new("no value"));
        let read = value.and_then(|(_, value)| visitor.visit_borrowed_bytes(value.as_bytes()));
        read.map_err(|failure| failure.at_path(&self.path))
    }

    fn deserialize_byte_buf<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! { <V: Visitor<'v>> unit unit_struct }
}

/// The nodes below a node, as a map.
struct Nodes<'a, 'v> {
    rest: std::vec::IntoIter<(&'v str, &'a Node<'v>)>,
    next: Option<(&'v str, &'a Node<'v>)>,
    parent: String,
    are_entries: bool,
    shared: &'a Shared<'a>,
}

impl<'v> MapAccess<'v> for Nodes<'_, 'v> {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'v>>(&mut self, seed: K) -> Result<Option<K::Value>, Failure> {
        self.next = self.rest.next();
        let Some((name, _)) = self.next else { return Ok(None) };
        let key = Text {
            content: name,
            is_list: false,
            choices: self.shared.choices,
        };
        let read = seed.deserialize(key);
        read.map(Some)
            .map_err(|failure| failure.at_path(&path_of(&self.parent, name)))
    }

    fn next_value_seed<V: DeserializeSeed<'v>>(&mut self, seed: V) -> Result<V::Value, Failure> {
        let (name, node) = self.next.take().ok_or_else(Failure::default)?;
        let path = path_of(&self.parent, name);
        let read = seed.deserialize(Tree {
            node,
            path: path.clone(),
            is_entry: self.are_entries,
            shared: self.shared,
        });
        // What serde has buffered fails only here.
        read.map_err(|failure| failure.at_path(&path))
    }
}
