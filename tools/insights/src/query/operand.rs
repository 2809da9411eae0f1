//! The grammar of expressions, from the operator with the lowest precedence, `or`, to operands.

use regex::Regex;
use winnow::ascii::digit1;
use winnow::combinator::{alt, cut_err, delimited, opt, peek, preceded, repeat, separated, terminated};
use winnow::error::{ContextError, ErrMode};
use winnow::prelude::*;
use winnow::token::{any, none_of, take_while};

use super::expression::{Aggregate, Arithmetic, Expression};
use super::function::Function;
use crate::comparison::Comparison;
use crate::syntax::{expected, is_name, keyword, number, refuse, string, token};
use crate::value::Value;

/// Words that cannot be names of fields.
const RESERVED: [&str; 9] = ["and", "or", "not", "like", "in", "as", "by", "asc", "desc"];

pub(super) fn expression(input: &mut &str) -> ModalResult<Expression> {
    let first = conjunction(input)?;
    let more = preceded(keyword("or"), cut_err(conjunction));
    fold(first, more, input, |a, b| Expression::Or(Box::new(a), Box::new(b)))
}

fn conjunction(input: &mut &str) -> ModalResult<Expression> {
    let first = negation(input)?;
    let more = preceded(keyword("and"), cut_err(negation));
    fold(first, more, input, |a, b| Expression::And(Box::new(a), Box::new(b)))
}

fn negation(input: &mut &str) -> ModalResult<Expression> {
    let not = preceded(keyword("not"), cut_err(negation)).map(|operand| Expression::Not(Box::new(operand)));
    alt((not, condition)).parse_next(input)
}

/// Parses a sum, and a comparison if there is one.
fn condition(input: &mut &str) -> ModalResult<Expression> {
    let left = sum(input)?;
    if let Some(comparison) = opt(Comparison::parse).parse_next(input)? {
        let right = cut_err(sum).parse_next(input)?;
        return Ok(Expression::Compare(comparison, Box::new(left), Box::new(right)));
    }
    let is_negated = opt(preceded(
        keyword("not"),
        cut_err(peek(alt((keyword("like"), keyword("in"))))).context(expected("`like` or `in`")),
    ))
    .parse_next(input)?
    .is_some();
    let like = alt((keyword("like"), token("=~").void()));
    let condition = if opt(like).parse_next(input)?.is_some() {
        Expression::Like(Box::new(left), cut_err(pattern).parse_next(input)?)
    } else if opt(keyword("in")).parse_next(input)?.is_some() {
        Expression::In(Box::new(left), cut_err(list).parse_next(input)?)
    } else {
        return Ok(left);
    };
    Ok(if is_negated {
        Expression::Not(Box::new(condition))
    } else {
        condition
    })
}

/// Parses the pattern of `like`: a part of the text, or a regular expression.
fn pattern(input: &mut &str) -> ModalResult<Regex> {
    if let Some(pattern) = opt(regex).parse_next(input)? {
        return Ok(pattern);
    }
    token(string)
        .try_map(|text| Regex::new(&regex::escape(&text)))
        .context(expected("a text in quotes, or a regular expression between slashes"))
        .parse_next(input)
}

pub(super) fn regex(input: &mut &str) -> ModalResult<Regex> {
    let start = *input;
    let source = token(slashes).parse_next(input)?;
    Regex::new(&source.replace("\\/", "/")).map_err(|error| {
        let why = error.to_string();
        let why = why.lines().last().unwrap_or_default();
        refuse(input, start, format!("not a regular expression: {why}"))
    })
}

/// Parses the text between slashes, in which `\/` is a slash.
fn slashes<'a>(input: &mut &'a str) -> ModalResult<&'a str> {
    let part = alt((('\\', any).void(), none_of(['/', '\\']).void()));
    let inside = repeat::<_, _, (), _, _>(0.., part).take();
    preceded(
        '/',
        terminated(
            cut_err(inside),
            cut_err('/').context(expected("the regular expression's closing slash")),
        ),
    )
    .parse_next(input)
}

fn list(input: &mut &str) -> ModalResult<Vec<Expression>> {
    delimited(
        token('[').context(expected("`[` and a list")),
        separated(1.., sum, token(',')),
        token(']').context(expected("`,` or `]`")),
    )
    .parse_next(input)
}

fn sum(input: &mut &str) -> ModalResult<Expression> {
    let first = product(input)?;
    let operator = token(alt(('+'.value(Arithmetic::Add), '-'.value(Arithmetic::Subtract))));
    fold(first, (operator, cut_err(product)), input, arithmetic)
}

fn product(input: &mut &str) -> ModalResult<Expression> {
    let first = power(input)?;
    let operator = token(alt((
        '*'.value(Arithmetic::Multiply),
        '/'.value(Arithmetic::Divide),
        '%'.value(Arithmetic::Remainder),
    )));
    fold(first, (operator, cut_err(power)), input, arithmetic)
}

fn power(input: &mut &str) -> ModalResult<Expression> {
    let first = sign(input)?;
    let operator = token('^'.value(Arithmetic::Power));
    fold(first, (operator, cut_err(sign)), input, arithmetic)
}

fn arithmetic(left: Expression, (operation, right): (Arithmetic, Expression)) -> Expression {
    Expression::Arithmetic(operation, Box::new(left), Box::new(right))
}

fn sign(input: &mut &str) -> ModalResult<Expression> {
    let negative = preceded(token('-'), sign).map(|operand| Expression::Negative(Box::new(operand)));
    alt((negative, operand)).parse_next(input)
}

/// Parses operators of the same precedence, from left to right.
fn fold<'a, T>(
    first: Expression,
    more: impl Parser<&'a str, T, ErrMode<ContextError>>,
    input: &mut &'a str,
    with: impl Fn(Expression, T) -> Expression,
) -> ModalResult<Expression> {
    let rest: Vec<T> = repeat(0.., more).parse_next(input)?;
    Ok(rest.into_iter().fold(first, with))
}

fn operand(input: &mut &str) -> ModalResult<Expression> {
    let inner = delimited(
        token('('),
        cut_err(expression),
        cut_err(token(')')).context(expected("`)`")),
    );
    alt((
        inner,
        token(number).map(|number| Expression::Literal(Value::Number(number))),
        token(string).map(|text| Expression::Literal(Value::Text(text))),
        call,
        token(field_name).map(Expression::Field),
    ))
    .context(expected("a value: a field, a number, a text or a function"))
    .parse_next(input)
}

fn call(input: &mut &str) -> ModalResult<Expression> {
    let start = *input;
    let name = name(input)?;
    token('(').parse_next(input)?;
    let close = || cut_err(token(')')).context(expected("`)`"));
    if name.eq_ignore_ascii_case("bin") {
        let period = cut_err(period).parse_next(input)?;
        close().parse_next(input)?;
        return Ok(Expression::Bin(period));
    }
    if name.eq_ignore_ascii_case("count") {
        let mut all = opt((opt(token('*')), token(')')));
        if all.parse_next(input)?.is_some() {
            return Ok(Expression::Aggregate(Aggregate::count()));
        }
    }
    let arguments: Vec<Expression> = separated(0.., expression, token(',')).parse_next(input)?;
    close().parse_next(input)?;
    let call = if Aggregate::is_name(name) {
        match Aggregate::new(name, arguments) {
            Ok(aggregate) if aggregate.is_nested() => Err("an aggregate cannot contain another aggregate".to_owned()),
            Ok(aggregate) => Ok(Expression::Aggregate(aggregate)),
            Err(why) => Err(why),
        }
    } else {
        Function::new(name, arguments.len()).map(|function| Expression::Call(function, arguments))
    };
    call.map_err(|why| refuse(input, start, why))
}

/// Parses a period such as `5m`, in milliseconds.
fn period(input: &mut &str) -> ModalResult<i64> {
    let unit = take_while(1.., char::is_alphabetic).verify_map(|unit: &str| {
        Some(match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        })
    });
    let number = digit1
        .try_map(str::parse::<i64>)
        .verify(|number| (1..=1_000_000).contains(number));
    token((number, unit).map(|(number, unit)| number * unit))
        .context(expected("a period such as 30s, 5m, 1h or 1d"))
        .parse_next(input)
}

pub(super) fn field(input: &mut &str) -> ModalResult<Expression> {
    token(field_name)
        .map(Expression::Field)
        .context(expected("a field"))
        .parse_next(input)
}

/// Parses a name. Backticks are required if it has other characters than letters, digits and `_ @ .`.
pub(super) fn field_name(input: &mut &str) -> ModalResult<String> {
    let quoted = delimited('`', take_while(1.., |character| character != '`'), cut_err('`'));
    let start = *input;
    if let Some(name) = opt(quoted).parse_next(input)? {
        return Ok(name.to_owned());
    }
    let name = name(input)?;
    if name.eq_ignore_ascii_case("false") || name.eq_ignore_ascii_case("true") {
        return Err(refuse(input, start, "Insights shows `true` as 1 and `false` as 0"));
    }
    Ok(name.to_owned())
}

fn name<'a>(input: &mut &'a str) -> ModalResult<&'a str> {
    let first = none_of(|character: char| character.is_ascii_digit() || character == '.');
    (peek(first), take_while(1.., is_name))
        .map(|(_, name)| name)
        .verify(|name: &str| !RESERVED.contains(&name.to_ascii_lowercase().as_str()))
        .parse_next(input)
}
