//! What both languages have in common: white space, strings, numbers, and errors with their place.

use std::fmt;

use winnow::ascii::float;
use winnow::combinator::{alt, cut_err, delimited, not, repeat};
use winnow::error::{ContextError, ErrMode, FromExternalError, ParseError, StrContext, StrContextValue};
use winnow::prelude::*;
use winnow::token::{any, none_of, one_of, take_till, take_while};

/// What is wrong with a query or a filter expression, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct SyntaxError {
    /// What is wrong.
    pub message: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The character within the line, counted from 1.
    pub column: usize,
    /// The line's text.
    pub text: String,
}

impl SyntaxError {
    /// Makes an error of what the parser found at `offset` bytes.
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

/// Runs a parser over the whole text.
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

/// What a construct that is well formed and still wrong is refused with.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refusal(pub(crate) String);

/// Fails at `start` for a reason that is more than a missing token.
pub(crate) fn refuse<'a>(input: &mut &'a str, start: &'a str, why: impl Into<String>) -> ErrMode<ContextError> {
    *input = start;
    ErrMode::Cut(ContextError::from_external_error(input, Refusal(why.into())))
}

/// Names what is expected here, for the error that says it was not found.
pub(crate) fn expected(what: &'static str) -> StrContext {
    StrContext::Expected(StrContextValue::Description(what))
}

/// Parses `parser` and the white space and comments behind it.
pub(crate) fn token<'a, T>(
    parser: impl Parser<&'a str, T, ErrMode<ContextError>>,
) -> impl Parser<&'a str, T, ErrMode<ContextError>> {
    winnow::combinator::terminated(parser, blank)
}

/// White space, and comments to the end of the line.
pub(crate) fn blank(input: &mut &str) -> ModalResult<()> {
    let space = take_while(1.., char::is_whitespace).void();
    let comment = ('#', take_till(0.., '\n')).void();
    repeat(0.., alt((space, comment))).parse_next(input)
}

/// A word of the language, in any case, that does not go on.
pub(crate) fn keyword<'a>(word: &'static str) -> impl Parser<&'a str, (), ErrMode<ContextError>> {
    let ends = not(one_of(is_name));
    token((winnow::ascii::Caseless(word), ends).void())
}

/// A character of a name that needs no quotes.
pub(crate) fn is_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '@' | '.')
}

/// A number without a sign.
pub(crate) fn number(input: &mut &str) -> ModalResult<f64> {
    winnow::combinator::peek(one_of('0'..='9')).parse_next(input)?;
    float(input)
}

/// A text in double or single quotes, where a backslash takes the character behind it.
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
