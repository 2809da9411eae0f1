//! `Views`, the decoded forms of a value, so that it is decoded once for each form and not for each request.

use std::any::Any;
use std::marker::PhantomData;

use powertools_lambda_core::sync::OnceLock;

use crate::decode::Decode;

/// An append-only list that is read without a lock, so that no lock is held while a user's `Deserialize` runs.
#[derive(Default)]
pub(crate) struct Views(OnceLock<Box<Node>>);

struct Node {
    view: Box<dyn Any + Send + Sync>,
    next: Views,
}

/// Distinguishes two decodings with the same output type.
struct View<D: 'static, T>(T, PhantomData<fn() -> D>);

impl Views {
    /// Returns the output of decoding `D`, if there is one.
    pub(crate) fn get<D: 'static, T: 'static>(&self) -> Option<&T> {
        let mut views = self;
        loop {
            let node = views.0.get()?;
            if let Some(View(value, _)) = node.view.downcast_ref::<View<D, T>>() {
                return Some(value);
            }
            views = &node.next;
        }
    }

    /// Stores the output of decoding `D`. If two threads race, both are stored and the first is found.
    pub(crate) fn put<D: 'static, T: Send + Sync + 'static>(&self, value: T) {
        let mut node = Box::new(Node {
            view: Box::new(View(value, PhantomData::<fn() -> D>)),
            next: Self::default(),
        });
        let mut views = self;
        while let Err(refused) = views.0.set(node) {
            node = refused;
            let Some(taken) = views.0.get() else { return };
            views = &taken.next;
        }
    }
}

/// A value with its decoded forms.
#[derive(Default)]
pub(crate) struct Part<V> {
    pub(crate) value: V,
    pub(crate) views: Views,
}

impl<V> Part<V> {
    pub(crate) fn new(value: V) -> Self {
        Self {
            value,
            views: Views::default(),
        }
    }
}

impl Part<crate::Value> {
    /// Returns the decoded value, from the stored forms if possible.
    pub(crate) fn decoded<D: Decode>(&self, decode: &D, name: &str) -> Result<D::Output, crate::DecodeError> {
        if D::KEPT
            && let Some(output) = self.views.get::<D, D::Output>()
        {
            return Ok(output.clone());
        }
        let output = decode.decode(name, &self.value)?;
        if D::KEPT {
            self.views.put::<D, D::Output>(output.clone());
        }
        Ok(output)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    struct One;
    struct Two;

    #[test]
    fn each_decoding_has_its_own_view_even_of_one_type() {
        let views = Views::default();
        assert_eq!(views.get::<One, u8>(), None);
        views.put::<One, u8>(1);
        views.put::<Two, u8>(2);
        views.put::<One, u16>(3);
        assert_eq!(views.get::<One, u8>(), Some(&1));
        assert_eq!(views.get::<Two, u8>(), Some(&2));
        assert_eq!(views.get::<One, u16>(), Some(&3));
        assert_eq!(views.get::<Two, u16>(), None);
    }

    #[test]
    fn racing_decoders_all_get_the_first_value() {
        let views = Views::default();
        views.put::<One, Arc<u8>>(Arc::new(1));
        views.put::<One, Arc<u8>>(Arc::new(2));
        assert_eq!(**views.get::<One, Arc<u8>>().unwrap(), 1);
    }
}
