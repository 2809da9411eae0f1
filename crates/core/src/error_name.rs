//! [`ErrorName`], the name of an error's type, as far as its `Debug` text shows it.

use std::error::Error;
use std::fmt::{self, Debug, Write};

/// How many bytes of a `Debug` text are read; what follows may be long, slow or confidential.
const MAX_BYTES: usize = 64;

/// The name of an error's type or variant, read from its `Debug` text; `Error` if that does not show one.
///
/// A derived `Debug` begins with the name, in `UpperCamelCase`, followed by the end, ` {` or `(`. If it is a path, such
/// as `client::Error`, its last segment counts. Any other text may be a message or a value, and so may a name with
/// which the error's `Display` text begins too. An error of `anyhow` or `eyre` has the name of the error that it
/// contains.
///
/// At most 64 bytes are formatted, so that no backtrace is resolved. Nothing is allocated.
///
/// ```
/// use powertools_lambda_core::ErrorName;
///
/// let error = "x".parse::<u8>().unwrap_err();
/// assert_eq!(ErrorName::of(&error).as_str(), "ParseIntError");
/// let error = Box::<dyn std::error::Error>::from("customer 4711 not found");
/// assert_eq!(ErrorName::of(error.as_ref()).as_str(), "Error");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorName(Option<Beginning>);

impl ErrorName {
    /// Returns the name of an error's type.
    pub fn of(error: &dyn Error) -> Self {
        Self::read(error, |text| write!(text, "{error}"))
    }

    /// Returns the name of the error inside an `anyhow::Error` or a similar wrapper: its plain `Debug` text begins with
    /// its `Display` text, and its alternate one with the name.
    pub(crate) fn inside(wrapper: &dyn Debug) -> Self {
        Self::read(wrapper, |text| write!(text, "{wrapper:?}"))
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        let name = self
            .0
            .as_ref()
            .and_then(|text| Some(last_segment(token(text.as_str())?)));
        name.unwrap_or("Error")
    }

    fn read(debug: &dyn Debug, display: impl FnOnce(&mut Beginning) -> fmt::Result) -> Self {
        let mut text = Beginning::default();
        // Alternate, because `anyhow` and `eyre` then show the error that they contain, and no backtrace.
        let is_whole = write!(text, "{debug:#?}").is_ok();
        let Some(token) = token(text.as_str()) else {
            return Self(None);
        };
        let rest = &text.as_str()[token.len()..];
        let is_type = rest.starts_with('(') || rest.starts_with(" {") || rest.is_empty() && is_whole;
        if !is_type || !is_upper_camel_case(last_segment(token)) {
            return Self(None);
        }
        let mut shown = Beginning::default();
        let _ = display(&mut shown);
        let begins = |name| {
            shown
                .as_str()
                .strip_prefix(name)
                .is_some_and(|rest| !rest.starts_with(is_in_name))
        };
        if begins(token) || begins(last_segment(token)) {
            return Self(None);
        }
        Self(Some(text))
    }
}

/// The beginning of a text: up to the first two characters after a name, so that formatting stops there.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Beginning {
    bytes: [u8; MAX_BYTES],
    length: usize,
}

impl Beginning {
    fn as_str(&self) -> &str {
        let bytes = &self.bytes[..self.length];
        // A character may be cut at the end.
        std::str::from_utf8(bytes)
            .unwrap_or_else(|error| std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default())
    }
}

impl Default for Beginning {
    fn default() -> Self {
        Self {
            bytes: [0; MAX_BYTES],
            length: 0,
        }
    }
}

impl Write for Beginning {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = &mut self.bytes[self.length..];
        let taken = text.len().min(room.len());
        room[..taken].copy_from_slice(&text.as_bytes()[..taken]);
        self.length += taken;
        let name = self.bytes[..self.length]
            .iter()
            .take_while(|byte| is_in_path(**byte))
            .count();
        let is_enough = taken < text.len() || self.length >= name + 2 || self.bytes[name..self.length] == *b"(";
        if is_enough { Err(fmt::Error) } else { Ok(()) }
    }
}

/// Returns the path or identifier at the start of a text.
fn token(text: &str) -> Option<&str> {
    let end = text.bytes().position(|byte| !is_in_path(byte)).unwrap_or(text.len());
    (end > 0).then(|| &text[..end])
}

fn last_segment(path: &str) -> &str {
    // A search for `"::"` would cost more than everything else here.
    match path.bytes().rposition(|byte| byte == b':') {
        Some(colon) if path[..colon].ends_with(':') => &path[colon + 1..],
        _ => path,
    }
}

fn is_upper_camel_case(name: &str) -> bool {
    name.starts_with(char::is_uppercase) && name.chars().all(char::is_alphanumeric)
}

fn is_in_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':' || !byte.is_ascii()
}

fn is_in_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::num::ParseIntError;

    use super::*;

    /// An error with these texts for `Debug` and `Display`.
    struct Texts(&'static str, &'static str);

    impl Debug for Texts {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl fmt::Display for Texts {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.1)
        }
    }

    impl Error for Texts {}

    #[test]
    fn a_name_is_what_a_derived_debug_begins_with() {
        for (debug, display, expected) in [
            ("PaymentError", "payment refused", "PaymentError"),
            ("Declined { code: 51 }", "card was declined", "Declined"),
            ("Declined(51)", "card was declined", "Declined"),
            ("Http2", "protocol error", "Http2"),
            ("client::Error { kind: Connect }", "cannot connect", "Error"),
            ("aws::sdk::NotFound(7)", "no such key", "NotFound"),
            ("Überlauf(7)", "zu viel", "Überlauf"),
            // Messages, and values in them.
            ("customer 4711 not found", "customer 4711 not found", "Error"),
            ("customer", "customer", "Error"),
            ("Customer 4711 not found", "Customer 4711 not found", "Error"),
            ("Customer", "Customer", "Error"),
            ("Customer(4711) not found", "Customer(4711) not found", "Error"),
            ("Customer(4711)", "Customer: 4711", "Error"),
            ("\"Declined\"", "Declined", "Error"),
            ("Smith: not found", "not found", "Error"),
            ("Smith", "Smithers is another name", "Smith"),
            ("client::Error", "client::Error: closed", "Error"),
            ("a::Closed(7)", "a::Closed(7)", "Error"),
            ("smith(4711)", "not found", "Error"),
            ("client::error { }", "closed", "Error"),
            ("4711", "4711", "Error"),
            ("SECRET_VALUE", "hidden", "Error"),
            ("", "", "Error"),
            ("::", "", "Error"),
            ("note:Missing", "no order", "Error"),
            ("a::b:Missing", "no order", "Error"),
            ("a:::Missing", "no order", "Missing"),
            ("Foo<Bar>(7)", "", "Error"),
            ("Declined\n", "", "Error"),
        ] {
            assert_eq!(ErrorName::of(&Texts(debug, display)).as_str(), expected, "{debug}");
        }
    }

    #[test]
    fn errors_of_the_standard_library_have_their_names() {
        let number = "x".parse::<u8>().unwrap_err();
        assert_eq!(ErrorName::of(&number).as_str(), "ParseIntError");
        let text = Box::<dyn Error>::from("no stock");
        assert_eq!(ErrorName::of(text.as_ref()).as_str(), "Error");
        let io = std::io::Error::other("disk full");
        assert_eq!(ErrorName::of(&io).as_str(), "Custom");
    }

    #[test]
    fn a_wrapper_is_asked_for_the_error_that_it_contains() {
        #[derive(Debug)]
        #[allow(dead_code)] // read by Debug
        struct PaymentError(ParseIntError);
        /// Formats like `anyhow::Error`.
        struct Wrapper<E>(E);
        impl<E: Debug> Debug for Wrapper<E> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                if f.alternate() {
                    return self.0.fmt(f);
                }
                f.write_str("payment refused\n\nStack backtrace: …")
            }
        }
        let wrapper = Wrapper(PaymentError("x".parse::<u8>().unwrap_err()));
        assert_eq!(ErrorName::inside(&wrapper).as_str(), "PaymentError");
        assert_eq!(ErrorName::inside(&Wrapper("Declined")).as_str(), "Error");
        assert_eq!(
            ErrorName::inside(&Wrapper(Texts("payment", "payment"))).as_str(),
            "Error"
        );
    }

    #[test]
    fn the_error_in_an_anyhow_error_has_its_name_and_a_message_has_none() {
        use anyhow::{Context, anyhow};

        #[derive(Debug)]
        #[allow(dead_code)] // read by Debug
        struct Declined {
            card: u64,
        }
        impl fmt::Display for Declined {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("card was declined")
            }
        }
        impl Error for Declined {}
        let declined = || anyhow::Error::new(Declined { card: 4711 });
        for (error, expected) in [
            (anyhow!("customer 4711 not found"), "Error"),
            (anyhow!("Customer {} not found", 4711), "Error"),
            (declined(), "Declined"),
            (Err::<(), _>(declined()).context("Ctx").unwrap_err(), "Error"),
            (anyhow!(Box::<dyn Error + Send + Sync>::from("Declined")), "Error"),
        ] {
            assert_eq!(ErrorName::inside(&error).as_str(), expected, "{error:#}");
            let boxed: Box<dyn Error + Send + Sync> = error.into();
            assert_eq!(ErrorName::of(boxed.as_ref()).as_str(), expected, "{boxed}");
        }
    }

    #[test]
    fn formatting_stops_at_the_end_of_the_name_and_after_64_bytes() {
        struct Slow(&'static str, Cell<usize>);
        impl Debug for Slow {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                for chunk in self.0.as_bytes().chunks(4) {
                    self.1.set(self.1.get() + chunk.len());
                    f.write_str(std::str::from_utf8(chunk).unwrap())?;
                }
                Ok(())
            }
        }
        impl fmt::Display for Slow {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("slow")
            }
        }
        impl Error for Slow {}
        let long = "A".repeat(1_000).leak();
        for (text, read, name) in [
            ("Slow { and then a backtrace of a megabyte }", 8, "Slow"),
            ("customer 4711 not found", 12, "Error"),
            (long, 68, "Error"),
        ] {
            let slow = Slow(text, Cell::new(0));
            assert_eq!(ErrorName::of(&slow).as_str(), name);
            assert!(slow.1.get() <= read, "{} bytes of {text:.40}", slow.1.get());
        }
    }
}
