//! `fits`, which compares the size of a response with the limit of its source.

use std::io::{self, Write};

use bytes::Bytes;
use http::response::Parts;
use powertools_lambda_core::Warnings;

use super::BufferedResponse;
use crate::event::Format;

/// Returns whether the JSON of a response has at most `limit` bytes.
pub(super) fn fits(parts: &Parts, body: &Bytes, format: Format, warnings: &Warnings, limit: usize) -> bool {
    /// More than the names and the punctuation of the JSON take.
    const FRAME: usize = 256;
    /// The most that a byte can take: `\u0000`.
    const ESCAPED: usize = 6;
    let headers = parts.headers.iter();
    let headers: usize = headers
        .map(|(name, value)| name.as_str().len() + ESCAPED * value.len() + 8)
        .sum();
    if FRAME + headers + ESCAPED * body.len() <= limit {
        return true; // nearly always, without a look at the body
    }
    let response = BufferedResponse::new(parts.clone(), body.clone(), format, warnings);
    let mut left = Left(limit);
    serde_json::to_writer(&mut left, &response).is_ok()
}

/// How many bytes may still be written.
struct Left(usize);

impl Write for Left {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let left = self.0.checked_sub(bytes.len());
        self.0 = left.ok_or(io::ErrorKind::WriteZero)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use powertools_lambda_core::test_util::TestEnvironment;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_size_is_exactly_that_of_the_json(body: Vec<u8>, header in "[ -~]{0,20}", version_1: bool) {
            let environment = TestEnvironment::new();
            let warnings = environment.environment().warnings();
            let response = http::Response::builder().header("x-text", header).body(()).unwrap();
            let (parts, ()) = response.into_parts();
            let (body, format) = (Bytes::from(body), if version_1 { Format::Version1 } else { Format::Version2 });
            let response = BufferedResponse::new(parts.clone(), body.clone(), format, warnings);
            let size = serde_json::to_vec(&response).unwrap().len();
            prop_assert!(fits(&parts, &body, format, warnings, size));
            prop_assert!(!fits(&parts, &body, format, warnings, size - 1));
        }
    }
}
