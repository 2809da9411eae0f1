//! The grammar of filter expressions.

use winnow::combinator::{alt, cut_err, delimited, opt, preceded, repeat, separated};
use winnow::prelude::*;
use winnow::token::take_while;

use super::condition::{Condition, Flag, Match, Number, Selector, Test, Text};
use crate::comparison::Comparison;
use crate::syntax::{blank, expected, keyword, number, refuse, string, token};

const KEYWORDS: &str = "a keyword: ok, error, throttle, fault, responsetime, duration, http.status, http.url, \
                        http.method, annotation, service or edge";

pub(super) fn filter(input: &mut &str) -> ModalResult<Condition> {
    preceded(blank, cut_err(disjunction)).parse_next(input)
}

fn disjunction(input: &mut &str) -> ModalResult<Condition> {
    let first = conjunction(input)?;
    let rest: Vec<_> = repeat(0.., preceded(keyword("OR"), cut_err(conjunction))).parse_next(input)?;
    Ok(rest
        .into_iter()
        .fold(first, |a, b| Condition::Or(Box::new(a), Box::new(b))))
}

/// `AND` may be left out: `ok !fault duration < 3`.
fn conjunction(input: &mut &str) -> ModalResult<Condition> {
    let first = negation(input)?;
    let next = alt((preceded(keyword("AND"), cut_err(negation)), negation));
    let rest: Vec<_> = repeat(0.., next).parse_next(input)?;
    Ok(rest
        .into_iter()
        .fold(first, |a, b| Condition::And(Box::new(a), Box::new(b))))
}

fn negation(input: &mut &str) -> ModalResult<Condition> {
    let not = preceded(token('!'), cut_err(negation)).map(|condition| Condition::Not(Box::new(condition)));
    let inner = delimited(
        token('('),
        cut_err(disjunction),
        cut_err(token(')')).context(expected("`)`")),
    );
    alt((
        not,
        inner,
        service,
        edge,
        annotation,
        number_keyword,
        text_keyword,
        flag_keyword,
    ))
    .context(expected(KEYWORDS))
    .parse_next(input)
}

fn flag_keyword(input: &mut &str) -> ModalResult<Condition> {
    let flag = alt((
        keyword("ok").value(Flag::Ok),
        keyword("error").value(Flag::Error),
        keyword("throttle").value(Flag::Throttle),
        keyword("fault").value(Flag::Fault),
    ))
    .map(Condition::Flag)
    .parse_next(input)?;
    match opt(truth).parse_next(input)? {
        Some(false) => Ok(Condition::Not(Box::new(flag))),
        _ => Ok(flag),
    }
}

/// Parses `= true` or `!= false`, and their opposites.
fn truth(input: &mut &str) -> ModalResult<bool> {
    let equal = alt((token("!=").value(false), token("=").value(true)));
    let value = alt((keyword("true").value(true), keyword("false").value(false)));
    (equal, value).map(|(equal, value)| equal == value).parse_next(input)
}

fn number_keyword(input: &mut &str) -> ModalResult<Condition> {
    let keyword = alt((
        keyword("responsetime").value(Number::ResponseTime),
        keyword("duration").value(Number::Duration),
        keyword("http.status").value(Number::Status),
    ))
    .parse_next(input)?;
    let (comparison, value) = cut_err(number_test).parse_next(input)?;
    Ok(Condition::Number(keyword, comparison, value))
}

fn number_test(input: &mut &str) -> ModalResult<(Comparison, f64)> {
    (Comparison::parse, token(number))
        .context(expected("a comparison with a number"))
        .parse_next(input)
}

fn text_keyword(input: &mut &str) -> ModalResult<Condition> {
    let keyword = alt((
        keyword("http.url").value(Text::Url),
        keyword("http.method").value(Text::Method),
    ))
    .parse_next(input)?;
    let (how, value) = cut_err(text_test).parse_next(input)?;
    Ok(Condition::Text(keyword, how, value))
}

fn text_test(input: &mut &str) -> ModalResult<(Match, String)> {
    let how = alt((
        token("!=").value(Match::NotEqual),
        token("=").value(Match::Equal),
        keyword("CONTAINS").value(Match::Contains),
        keyword("BEGINSWITH").value(Match::BeginsWith),
        keyword("ENDSWITH").value(Match::EndsWith),
    ));
    (how, token(double_quoted))
        .context(expected("a comparison with a text in double quotes"))
        .parse_next(input)
}

/// Parses `annotation.KEY` or `annotation[KEY]`, and the comparison of its value.
fn annotation(input: &mut &str) -> ModalResult<Condition> {
    let key = || take_while(1.., |c: char| c.is_ascii_alphanumeric() || c == '_');
    let key = preceded(
        winnow::ascii::Caseless("annotation"),
        cut_err(alt((preceded('.', key()), delimited('[', key(), ']')))).context(expected("`.` or `[` and a key")),
    );
    let key = token(key).parse_next(input)?;
    let mut test = opt(alt((
        truth.map(Test::Flag),
        number_test.map(|(comparison, value)| Test::Number(comparison, value)),
        text_test.map(|(how, value)| Test::Text(how, value)),
    )));
    Ok(Condition::Annotation(key.to_owned(), test.parse_next(input)?))
}

/// Parses `service("name")`, `service()`, `service(id(name: "name", type: "type"))`, and a condition in braces.
fn service(input: &mut &str) -> ModalResult<Condition> {
    keyword("service").parse_next(input)?;
    let selected = cut_err(delimited(token('('), opt(selector), token(')')))
        .context(expected("`(`, at most one service, and `)`"))
        .parse_next(input)?;
    Ok(Condition::Service(
        selected.unwrap_or_default(),
        opt(braces).parse_next(input)?,
    ))
}

/// Parses `edge("from", "to")`, and a condition in braces.
fn edge(input: &mut &str) -> ModalResult<Condition> {
    keyword("edge").parse_next(input)?;
    let between = (token('('), selector, token(','), selector, token(')'));
    let (_, from, _, to, _) = cut_err(between)
        .context(expected("`(`, two services separated by a comma, and `)`"))
        .parse_next(input)?;
    Ok(Condition::Edge(from, to, opt(braces).parse_next(input)?))
}

fn braces(input: &mut &str) -> ModalResult<Box<Condition>> {
    delimited(
        token('{'),
        cut_err(disjunction),
        cut_err(token('}')).context(expected("`}`")),
    )
    .map(Box::new)
    .parse_next(input)
}

fn selector(input: &mut &str) -> ModalResult<Selector> {
    let named = token(double_quoted).map(|name| Selector {
        name: Some(name),
        kind: None,
    });
    alt((named, id)).parse_next(input)
}

fn id(input: &mut &str) -> ModalResult<Selector> {
    let start = *input;
    let part = (
        token(take_while(1.., |c: char| c.is_ascii_alphabetic() || c == '.')),
        token(':'),
        token(double_quoted),
    );
    let parts: Vec<(&str, char, String)> = delimited(
        (keyword("id"), token('(')),
        cut_err(separated(1.., part, token(','))),
        cut_err(token(')')),
    )
    .parse_next(input)?;
    let mut selector = Selector::default();
    for (key, _, value) in parts {
        match key {
            "name" => selector.name = Some(value),
            "type" => selector.kind = Some(value),
            _ => return Err(refuse(input, start, format!("`{key}` of `id` is not supported"))),
        }
    }
    Ok(selector)
}

/// Parses a text in double quotes; X-Ray does not accept single quotes.
fn double_quoted(input: &mut &str) -> ModalResult<String> {
    winnow::combinator::peek('"').parse_next(input)?;
    string(input)
}
