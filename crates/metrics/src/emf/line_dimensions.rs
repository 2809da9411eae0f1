//! `LineDimensions`, the dimensions of a line.

use crate::document::dimensions::Dimensions;
use crate::document::keys::Keys;
use crate::document::members::{Member, Members};
use crate::emf::frame::Frame;

/// All dimensions of a line: those of the document, of its labels, the defaults and the service.
#[derive(Clone, Copy)]
pub(super) struct LineDimensions<'a> {
    dimensions: &'a Dimensions,
    labels: &'a Members,
    frame: &'a Frame<'a>,
}

impl<'a> LineDimensions<'a> {
    pub(super) fn new(dimensions: &'a Dimensions, labels: &'a Members, frame: &'a Frame<'a>) -> Self {
        Self {
            dimensions,
            labels,
            frame,
        }
    }

    /// Returns the only set if there are no labels, defaults and further sets, which is the usual case.
    pub(super) fn simple(self) -> Option<impl Iterator<Item = &'a Member> + Clone> {
        let is_simple =
            self.labels.all().is_empty() && self.frame.defaults.all().is_empty() && self.dimensions.set_count() == 0;
        is_simple.then(|| {
            let own = self.dimensions.members();
            let service = self.frame.service.filter(|service| !own.contains(service.key()));
            own.all().iter().chain(service)
        })
    }

    /// Returns the maximum number of dimensions.
    pub(super) fn most(self) -> usize {
        let members = [self.dimensions.members(), self.labels, self.frame.defaults];
        1 + members.map(|members| members.all().len()).iter().sum::<usize>()
    }

    pub(super) fn keys(self) -> Keys {
        let mut keys = Keys::default();
        for members in [self.dimensions.members(), self.labels, self.frame.defaults] {
            for member in members.all() {
                keys = keys.union(Keys::of(member.key()));
            }
        }
        self.frame
            .service
            .map_or(keys, |service| keys.union(Keys::of(service.key())))
    }

    /// Returns the first set: the defaults, the dimensions that were set, the labels, the service.
    pub(super) fn first(self) -> impl Iterator<Item = &'a Member> + Clone {
        let service = self.frame.service.map(|service| self.valued(service));
        let before = self.with_defaults(self.dimensions.own());
        let is_new = move |member: &&Member| {
            let key = member.key();
            !self.labels.contains(key)
                && !self.frame.defaults.contains(key)
                && self.dimensions.own().all(|own| own.key() != key)
        };
        before.chain(service.filter(is_new))
    }

    /// Returns the further sets: the defaults, the dimensions of the set, the labels.
    pub(super) fn further(self) -> impl Iterator<Item = impl Iterator<Item = &'a Member> + Clone> {
        let set = move |at| self.with_defaults(self.dimensions.set_at(at));
        let count = self.dimensions.set_count();
        // Sets that differ may become equal once the defaults are added.
        let is_new = move |at: &usize| {
            !is_same(set(*at), &self.first()) && (0..*at).all(|before| !is_same(set(*at), &set(before)))
        };
        (0..count).filter(is_new).map(set)
    }

    /// Returns all members, each once.
    pub(super) fn members(self) -> impl Iterator<Item = &'a Member> + Clone {
        let first = self.first();
        let others = self.dimensions.not_own().filter(move |member| {
            let key = member.key();
            let is_service = self.frame.service.is_some_and(|service| service.key() == key);
            !is_service && !self.labels.contains(key) && !self.frame.defaults.contains(key)
        });
        first.chain(others)
    }

    pub(super) fn contains(self, key: &[u8]) -> bool {
        self.dimensions.members().contains(key)
            || self.labels.contains(key)
            || self.frame.defaults.contains(key)
            || self.frame.service.is_some_and(|service| service.key() == key)
    }

    fn with_defaults(self, set: impl Iterator<Item = &'a Member> + Clone) -> impl Iterator<Item = &'a Member> + Clone {
        let defaults = self
            .frame
            .defaults
            .all()
            .iter()
            .map(move |default| self.valued(default));
        let is_default = move |member: &Member| self.frame.defaults.contains(member.key());
        let set = set.filter(move |member| !is_default(member) && !self.labels.contains(member.key()));
        let labels = self.labels.all().iter().filter(move |label| !is_default(label));
        defaults.chain(set).chain(labels)
    }

    /// Returns the member with the value that this key has in the line.
    fn valued(self, member: &'a Member) -> &'a Member {
        let label = self.labels.get(member.key());
        label
            .or_else(|| self.dimensions.members().get(member.key()))
            .unwrap_or(member)
    }
}

fn is_same<'a>(a: impl Iterator<Item = &'a Member> + Clone, b: &(impl Iterator<Item = &'a Member> + Clone)) -> bool {
    let (count, mut rest) = (a.clone().count(), a);
    count == b.clone().count() && rest.all(|a| b.clone().any(|b| a.key() == b.key()))
}
