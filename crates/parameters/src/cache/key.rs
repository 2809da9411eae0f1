//! `Key`, everything that identifies an answer: the kind of request, the name and the options.

use std::hash::{Hash, Hasher};

use hashbrown::Equivalent;

/// Identifies an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key<O> {
    kind: Kind,
    name: Box<str>,
    options: O,
    /// The other names of a call for several names.
    more: Box<[(Box<str>, O)]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    One,
    Multiple,
    /// A call for several names, which is shared while it is under way but not cached.
    Names,
}

impl<O: Clone + Default> Key<O> {
    pub(crate) fn names(names: &[(&str, &O)]) -> Self {
        let mut owned = names
            .iter()
            .map(|(name, options)| (Box::from(*name), (*options).clone()));
        let (name, options) = owned.next().unwrap_or_default();
        Self {
            kind: Kind::Names,
            name,
            options,
            more: owned.collect(),
        }
    }
}

impl<O> Key<O> {
    pub(crate) fn as_ref(&self) -> KeyRef<'_, O> {
        KeyRef {
            kind: self.kind,
            name: &self.name,
            options: &self.options,
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn options(&self) -> &O {
        &self.options
    }

    /// Returns all names with their options.
    pub(crate) fn all(&self) -> Vec<(&str, &O)> {
        let more = self.more.iter().map(|(name, options)| (&**name, options));
        std::iter::once((&*self.name, &self.options)).chain(more).collect()
    }
}

impl<O: Clone> Key<O> {
    /// Returns the key of each name.
    pub(crate) fn each(&self) -> Vec<Self> {
        let kind = Kind::One;
        let names = self.all().into_iter();
        names
            .map(|(name, options)| KeyRef { kind, name, options }.to_key())
            .collect()
    }
}

impl<O: Hash> Hash for Key<O> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_ref().hash(state);
    }
}

/// A borrowed key, so that a hit does not allocate.
#[derive(Debug, Hash)]
pub(crate) struct KeyRef<'a, O> {
    pub(crate) kind: Kind,
    pub(crate) name: &'a str,
    pub(crate) options: &'a O,
}

impl<O> Clone for KeyRef<'_, O> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<O> Copy for KeyRef<'_, O> {}

impl<O: Clone> KeyRef<'_, O> {
    pub(crate) fn to_key(self) -> Key<O> {
        Key {
            kind: self.kind,
            name: self.name.into(),
            options: self.options.clone(),
            more: Box::default(),
        }
    }
}

impl<O: Eq> Equivalent<Key<O>> for KeyRef<'_, O> {
    fn equivalent(&self, key: &Key<O>) -> bool {
        key.kind == self.kind && &*key.name == self.name && key.options == *self.options && key.more.is_empty()
    }
}
