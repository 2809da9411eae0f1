//! Errors as keys: `exception`, `exception_name`, `stack_trace`.

use std::error::Error;
use std::fmt;

use powertools_lambda_core::{ErrorName, ErrorReport, json};

use super::backtrace::write_frames;
use super::fields::Fields;
use super::json::write_display;

/// The key of the messages of an error's chain, joined.
pub(crate) const EXCEPTION: &str = "exception";

/// The key of the errors of a chain, with their types.
const STACK_TRACE: &str = "stack_trace";

/// The maximum number of errors of a chain; a `source()` that returns itself would never end.
const MAX_DEPTH: usize = 32;

/// Sets the exception keys from an error and its `source()` chain.
pub(crate) fn write_error(fields: &mut Fields, error: &(dyn Error + 'static)) {
    fields.set(EXCEPTION, |buffer| write_display(buffer, Chain(error)));
    fields.set("exception_name", |buffer| write_name(buffer, error));
    fields.set(STACK_TRACE, |buffer| {
        let cause = |buffer: &mut Vec<u8>, error: &dyn Error| {
            buffer.extend_from_slice(br#"{"type":"#);
            write_name(buffer, error);
            buffer.extend_from_slice(br#","value":"#);
            write_display(buffer, error);
        };
        cause(buffer, error);
        buffer.extend_from_slice(br#","causes":["#);
        for (at, source) in chain(error).skip(1).enumerate() {
            if at > 0 {
                buffer.push(b',');
            }
            cause(buffer, source);
            buffer.push(b'}');
        }
        buffer.extend_from_slice(b"]}");
    });
}

/// Sets the exception keys from a captured error.
pub(crate) fn write_report(fields: &mut Fields, report: &ErrorReport) {
    let cause = |buffer: &mut Vec<u8>, name: &str, message: &str| {
        buffer.extend_from_slice(br#"{"type":"#);
        json::write_str(buffer, name);
        buffer.extend_from_slice(br#","value":"#);
        json::write_str(buffer, message);
    };
    fields.set(EXCEPTION, |buffer| json::write_str(buffer, &report.message()));
    fields.set("exception_name", |buffer| json::write_str(buffer, report.name()));
    fields.set(STACK_TRACE, |buffer| {
        let mut causes = report.causes().iter();
        let outermost = causes.next().map_or("", |cause| cause.message.as_str());
        cause(buffer, report.name(), outermost);
        buffer.extend_from_slice(br#","causes":["#);
        for (at, source) in causes.enumerate() {
            if at > 0 {
                buffer.push(b',');
            }
            cause(buffer, &source.name, &source.message);
            buffer.push(b'}');
        }
        buffer.extend_from_slice(b"]}");
    });
}

/// Adds the frames of a printed backtrace to the stack trace; returns whether both exist.
pub(crate) fn add_frames(fields: &mut Fields, printed: &str) -> bool {
    let mut frames = Vec::new();
    if printed.is_empty() || !write_frames(&mut frames, printed) {
        return false;
    }
    let Some(stack_trace) = fields.value(STACK_TRACE).and_then(|value| value.strip_suffix(b"}")) else {
        return false;
    };
    let stack_trace = [stack_trace, br#","frames":"#, &frames, b"}"].concat();
    fields.set(STACK_TRACE, |buffer| buffer.extend_from_slice(&stack_trace));
    true
}

/// Prints the messages of an error's chain, outermost first, joined by `: `.
pub(crate) struct Chain<'a>(pub(crate) &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in chain(self.0).enumerate() {
            if at > 0 {
                f.write_str(": ")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source()).take(MAX_DEPTH)
}

fn write_name(buffer: &mut Vec<u8>, error: &dyn Error) {
    json::write_str(buffer, ErrorName::of(error).as_str());
}
