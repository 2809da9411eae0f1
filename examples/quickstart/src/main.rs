//! An order function behind API Gateway that logs, counts and traces.
fn main() {}
