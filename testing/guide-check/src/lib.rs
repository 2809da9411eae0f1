//! Compares the code and the outputs of a guide in Markdown with the real ones.
//!
//! A guide marks each example by a comment; the blocks below it, up to the next heading or the next comment, are the example's:
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
//! The check fails, and shows what differs, where code or output are not the real ones, where a claim finds no block, and
//! where a block is left that nothing claimed. So no block goes unchecked in silence: one that cannot be checked is left out
//! by name and with the reason. In an output `…` stands for anything within a line, and the line of code in a record's
//! `location` is not compared, because each edit moves it.
//!
//! # Why these lines are ours
//!
//! * The differences come from [`similar`], which `insta` and `snapbox` have inside.
//! * `snapbox` can match with wildcards, but it takes the first place that the text behind a wildcard is found at, so that
//!   `…}` fails for nested JSON; it takes backslashes in the output for those of paths; a variable of the environment
//!   makes each of its checks pass.
//! * `insta` and `expect-test` keep the expected text in a file of their own or in the test's source, not in a document.
//! * Blocks are found by their fences alone, which takes fewer lines than the events of a Markdown parser.

mod block;
mod claims;
mod difference;
mod documents;
mod shown;
mod source;

pub use claims::{Guide, check};
pub use difference::assert_same;
pub use documents::documents;
