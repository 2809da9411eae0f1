//! What the ten functions share.
