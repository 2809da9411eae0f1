//! `write_frames`, which writes the frames of a captured backtrace as JSON.

use powertools_lambda_core::json;

/// Appends the frames of a printed [`std::backtrace::Backtrace`] as a JSON array; returns whether there were any.
///
/// The standard library gives no other access to them. A backtrace that was not captured prints a sentence instead.
pub(crate) fn write_frames(buffer: &mut Vec<u8>, printed: &str) -> bool {
    let start = buffer.len();
    buffer.push(b'[');
    let mut lines = printed.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        let Some(function) = function_of(line) else { continue };
        if buffer.len() > start + 1 {
            buffer.push(b',');
        }
        buffer.extend_from_slice(br#"{"function":"#);
        json::write_str(buffer, function);
        if let Some((file, line)) = lines.peek().and_then(|next| place_of(next)) {
            buffer.extend_from_slice(br#","file":"#);
            json::write_str(buffer, file);
            buffer.extend_from_slice(br#","line":"#);
            json::write_u64(buffer, line);
            lines.next();
        }
        buffer.push(b'}');
    }
    let any = buffer.len() > start + 1;
    if any {
        buffer.push(b']');
    } else {
        buffer.truncate(start);
    }
    any
}

/// Parses `12: my_crate::my_function`.
fn function_of(line: &str) -> Option<&str> {
    let (number, function) = line.split_once(": ")?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then_some(function)
}

/// Parses `at ./src/main.rs:12:5`.
fn place_of(line: &str) -> Option<(&str, u64)> {
    let place = line.strip_prefix("at ")?;
    let (rest, _column) = place.rsplit_once(':')?;
    let (file, line) = rest.rsplit_once(':')?;
    Some((file, line.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use std::backtrace::Backtrace;

    use super::*;

    #[test]
    fn each_frame_has_its_function_and_its_place_if_known() {
        let printed = "   0: app::charge\n             at ./src/main.rs:12:5\n   1: <T as core::ops::Fn>::call\n   2: main\n             at C:\\app\\main.rs:7:1\n";
        let mut buffer = Vec::new();
        assert!(write_frames(&mut buffer, printed));
        assert_eq!(
            String::from_utf8(buffer).unwrap(),
            r#"[{"function":"app::charge","file":"./src/main.rs","line":12},{"function":"<T as core::ops::Fn>::call"},{"function":"main","file":"C:\\app\\main.rs","line":7}]"#
        );
    }

    #[test]
    fn a_real_backtrace_has_frames_and_one_that_was_not_captured_has_none() {
        let mut buffer = Vec::new();
        assert!(write_frames(&mut buffer, &Backtrace::force_capture().to_string()));
        let frames: Vec<serde_json::Value> = serde_json::from_slice(&buffer).unwrap();
        assert!(
            frames
                .iter()
                .any(|frame| frame["function"].as_str().unwrap().contains("a_real_backtrace")),
            "{frames:?}"
        );
        buffer.clear();
        assert!(!write_frames(&mut buffer, &Backtrace::disabled().to_string()));
        assert_eq!(buffer, b"");
    }
}
