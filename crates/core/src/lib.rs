//! The invocation scope and the few seams every Powertools for AWS Lambda (Rust) utility shares.
