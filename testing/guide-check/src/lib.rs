//! Compares the code and the outputs in a Markdown guide with the real ones.
//!
//! A guide marks each example with a comment. The blocks below it, up to the next heading or comment, belong to the example:
//!
//! ````markdown
//! <!-- example: greeting -->
//! ```rust
//! info!("hello");
//! ```
//! ```json
//! {"level":"INFO",…,"message":"hello"}
//! ```
//! ````
//!
//! A test has the same code between `// example: greeting` and `// end`, runs it, and claims the blocks:
//!
//! ```
//! # let guide = "<!-- example: greeting -->\n```rust\ninfo!(\"hello\");\n```\n```json\n{\"level\":\"INFO\",…,\"message\":\"hello\"}\n```\n";
//! # let source = "    // example: greeting\n    info!(\"hello\");\n    // end\n";
//! # let written = r#"{"level":"INFO","service":"orders","message":"hello"}"#;
//! guide_check::check("docs/guide.md", guide, source, |guide| {
//!     guide.code("greeting");
//!     guide.output("greeting", "json", written);
//! });
//! ```
//!
//! The check fails and shows the difference if code or output are not the real ones, if a claim finds no block, or if a
//! block is not claimed. So no block is silently unchecked: one that cannot be checked must be excluded by name, with a
//! reason. In an output, `…` matches any text within a line. The line number in a record's `location` is not compared,
//! because every edit changes it.
//!
//! # Why this is not an existing crate
//!
//! * The differences come from [`similar`], which `insta` and `snapbox` also use.
//! * `snapbox` can match with wildcards, but it uses the first match of the text after a wildcard, so `…}` fails for nested
//!   JSON; it treats backslashes in the output as path separators; and an environment variable makes all its checks pass.
//! * `insta` and `expect-test` keep the expected text in a separate file or in the test's source, not in a document.
//! * Blocks are found by their fences, which takes fewer lines than the events of a Markdown parser.

mod block;
mod claims;
mod difference;
mod documents;
mod shown;
mod source;

pub use claims::{Guide, check};
pub use difference::assert_same;
pub use documents::documents;
