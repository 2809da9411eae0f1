//! The comparison operators of both languages.

use std::cmp::Ordering;

use winnow::combinator::{alt, not, peek};
use winnow::prelude::*;

use crate::syntax::token;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub(crate) fn parse(input: &mut &str) -> ModalResult<Self> {
        let operator = alt((
            "!=".value(Self::NotEqual),
            "<=".value(Self::LessOrEqual),
            ">=".value(Self::GreaterOrEqual),
            "<".value(Self::Less),
            ">".value(Self::Greater),
            // `=~` is a different operator.
            ("=", peek(not('~'))).value(Self::Equal),
        ));
        token(operator).parse_next(input)
    }

    pub(crate) fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}
