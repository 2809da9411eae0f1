//! Manifests: what they require of users, and edits.

pub(super) mod edit;
pub(super) mod requirements;
