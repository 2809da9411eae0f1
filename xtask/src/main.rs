//! The workspace's commands: demo, test, tidy, release.
fn main() {}
