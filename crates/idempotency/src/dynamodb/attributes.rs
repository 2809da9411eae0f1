//! [`Attributes`], the names of a record's attributes.

/// The names of a record's attributes, as in the other implementations of Powertools; they can be changed.
#[derive(Clone, Debug)]
pub(super) struct Attributes {
    pub(super) key: String,
    pub(super) expiration: String,
    pub(super) in_progress_expiration: String,
    pub(super) status: String,
    pub(super) data: String,
    pub(super) validation: String,
    /// The execution that owns the record; only this implementation has it.
    pub(super) token: String,
    /// The status that the key had before; only this implementation has it.
    pub(super) previous: String,
}

impl Default for Attributes {
    fn default() -> Self {
        Self {
            key: "id".to_owned(),
            expiration: "expiration".to_owned(),
            in_progress_expiration: "in_progress_expiration".to_owned(),
            status: "status".to_owned(),
            data: "data".to_owned(),
            validation: "validation".to_owned(),
            token: "token".to_owned(),
            previous: "previous_status".to_owned(),
        }
    }
}

impl Attributes {
    /// Returns the bytes of all names together.
    pub(super) fn len(&self) -> usize {
        let Self {
            key,
            expiration,
            in_progress_expiration,
            status,
            data,
            validation,
            token,
            previous,
        } = self;
        let names = [
            key,
            expiration,
            in_progress_expiration,
            status,
            data,
            validation,
            token,
            previous,
        ];
        names.into_iter().map(String::len).sum()
    }
}
