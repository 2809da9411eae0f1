//! [`panic_message`], the text of a panic.

use std::any::Any;

/// Returns the message of a panic that [`catch_unwind`](std::panic::catch_unwind) returned.
///
/// A payload that is neither `&str` nor `String` gives `a value that is not text`.
pub fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a value that is not text").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_what_was_raised_whatever_its_type() {
        let caught = |raise: fn()| panic_message(std::panic::catch_unwind(raise).unwrap_err().as_ref());
        assert_eq!(caught(|| panic!("a constant")), "a constant");
        assert_eq!(caught(|| panic!("number {}", std::hint::black_box(7))), "number 7");
        assert_eq!(caught(|| std::panic::panic_any(7)), "a value that is not text");
    }
}
