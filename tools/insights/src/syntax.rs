//! Parsers that both languages share (white space, strings, numbers), and [`SyntaxError`].

use std::fmt;

use winnow::ascii::float;
use winnow::combinator::{alt, cut_err, delimited, not, repeat};
use winnow::error::{ContextError, ErrMode, FromExternalError, ParseError, StrContext, StrContextValue};
use winnow::prelude::*;
use winnow::token::{any, none_of, one_of, take_till, take_while};

/// A syntax error in a query or a filter expression, with its position.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct SyntaxError {
    /// A description of the error.
    pub message: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The character within the line, counted from 1.
    pub column: usize,
    /// The line's text.
    pub text: String,
}

impl SyntaxError {
    /// Creates an error from what the parser found at `offset` bytes.
    fn at(source: &str, offset: usize, message: String) -> Self {
        let before = &source[..offset];
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            message,
            line: before.matches('\n').count() + 1,
            column: before[start..].chars().count() + 1,
            text: source[start..].lines().next().unwrap_or_default().to_owned(),
        }
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            message,
            line,
            column,
            text,
        } = self;
        write!(
            f,
            "line {line}, column {column}: {message}\n  {text}\n  {:>column$}",
            "^"
        )
    }
}

/// Parses the whole text.
pub(crate) fn parse<'a, T>(
    mut parser: impl Parser<&'a str, T, ErrMode<ContextError>>,
    source: &'a str,
) -> Result<T, SyntaxError> {
    parser.parse(source).map_err(|error| explain(source, &error))
}

fn explain(source: &str, error: &ParseError<&str, ContextError>) -> SyntaxError {
    let rest = &source[error.offset()..];
    let found = match rest.split_whitespace().next() {
        Some(word) => format!("`{}`", word.chars().take(30).collect::<String>()),
        None => "the end".to_owned(),
    };
    let expected = error.inner().context().find_map(|context| match context {
        StrContext::Expected(StrContextValue::Description(what)) => Some(what),
        _ => None,
    });
    let message = match (error.inner().cause(), expected) {
        (Some(cause), _) => cause.to_string(),
        (None, Some(what)) => format!("expected {what}, found {found}"),
        (None, None) => format!("did not expect {found}"),
    };
    SyntaxError::at(source, error.offset(), message)
}

/// The reason why a well-formed construct is rejected.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refusal(pub(crate) String);

/// Fails at `start` with a specific reason.
pub(crate) fn refuse<'a>(input: &mut &'a str, start: &'a str, why: impl Into<String>) -> ErrMode<ContextError> {
    *input = start;
    ErrMode::Cut(ContextError::from_external_error(input, Refusal(why.into())))
}

/// Names what is expected at this position, for the error if it is not found.
pub(crate) fn expected(what: &'static str) -> StrContext {
    StrContext::Expected(StrContextValue::Description(what))
}

/// Parses `parser`, and the white space and comments after it.
pub(crate) fn token<'a, T>(
    parser: impl Parser<&'a str, T, ErrMode<ContextError>>,
) -> impl Parser<&'a str, T, ErrMode<ContextError>> {
    winnow::combinator::terminated(parser, blank)
}

/// Parses white space, and comments up to the end of the line.
pub(crate) fn blank(input: &mut &str) -> ModalResult<()> {
    let space = take_while(1.., char::is_whitespace).void();
    let comment = ('#', take_till(0.., '\n')).void();
    repeat(0.., alt((space, comment))).parse_next(input)
}

/// Parses a whole word of the language, in any case.
pub(crate) fn keyword<'a>(word: &'static str) -> impl Parser<&'a str, (), ErrMode<ContextError>> {
    let ends = not(one_of(is_name));
    token((winnow::ascii::Caseless(word), ends).void())
}

/// Returns whether a character can be in an unquoted name.
pub(crate) fn is_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '@' | '.')
}

/// Parses a number without a sign.
pub(crate) fn number(input: &mut &str) -> ModalResult<f64> {
    winnow::combinator::peek(one_of('0'..='9')).parse_next(input)?;
    float(input)
}

/// Parses a text in double or single quotes, in which a backslash escapes the next character.
pub(crate) fn string(input: &mut &str) -> ModalResult<String> {
    let of = |quote: char| {
        let character = alt((('\\', any).map(|(_, character)| character), none_of([quote, '\\'])));
        delimited(
            quote,
            cut_err(repeat(0.., character)),
            cut_err(quote).context(expected("the text's closing quote")),
        )
    };
    alt((of('"'), of('\''))).parse_next(input)
}
