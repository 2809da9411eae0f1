//! [`Function`]: the functions of one row.

use crate::value::Value;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Function {
    Abs,
    Ceil,
    Coalesce,
    Concat,
    Floor,
    Greatest,
    IsBlank,
    IsEmpty,
    IsPresent,
    Least,
    StrContains,
    StrLen,
    ToLower,
    ToUpper,
    Trim,
}

/// The names, each with its number of arguments.
const FUNCTIONS: [(&str, Function, usize, usize); 15] = [
    ("abs", Function::Abs, 1, 1),
    ("ceil", Function::Ceil, 1, 1),
    ("coalesce", Function::Coalesce, 1, usize::MAX),
    ("concat", Function::Concat, 1, usize::MAX),
    ("floor", Function::Floor, 1, 1),
    ("greatest", Function::Greatest, 1, usize::MAX),
    ("isblank", Function::IsBlank, 1, 1),
    ("isempty", Function::IsEmpty, 1, 1),
    ("ispresent", Function::IsPresent, 1, 1),
    ("least", Function::Least, 1, usize::MAX),
    ("strcontains", Function::StrContains, 2, 2),
    ("strlen", Function::StrLen, 1, 1),
    ("tolower", Function::ToLower, 1, 1),
    ("toupper", Function::ToUpper, 1, 1),
    ("trim", Function::Trim, 1, 1),
];

impl Function {
    /// Returns the function with a name, in any case, if it takes this number of arguments.
    pub(super) fn new(name: &str, arguments: usize) -> Result<Self, String> {
        let lower = name.to_ascii_lowercase();
        let Some((_, function, least, most)) = FUNCTIONS.into_iter().find(|(known, ..)| *known == lower) else {
            return Err(format!("the function `{name}` is unknown or not supported"));
        };
        if arguments < least || arguments > most {
            let many = match (least, most) {
                (1, 1) => "1 argument".to_owned(),
                (least, most) if least == most => format!("{least} arguments"),
                (least, _) => format!("at least {least}"),
            };
            return Err(format!("`{name}` takes {many}, not {arguments}"));
        }
        Ok(function)
    }

    pub(super) fn call(self, arguments: Vec<Option<Value>>) -> Option<Value> {
        let first = arguments.first().cloned().flatten();
        let text = || first.as_ref().map(Value::to_string);
        let number = |of: fn(f64) -> f64| Some(Value::Number(of(first.as_ref()?.number()?)));
        let is_bare = |bare: fn(&str) -> bool| Value::from(text().is_none_or(|text| bare(&text)));
        match self {
            Self::Abs => number(f64::abs),
            Self::Ceil => number(f64::ceil),
            Self::Floor => number(f64::floor),
            Self::Coalesce => arguments.into_iter().flatten().next(),
            Self::Concat => Some(Value::Text(arguments.iter().flatten().map(Value::to_string).collect())),
            Self::Greatest => arguments.into_iter().flatten().max_by(Value::order),
            Self::Least => arguments.into_iter().flatten().min_by(Value::order),
            Self::IsPresent => Some(Value::from(first.is_some())),
            Self::IsEmpty => Some(is_bare(str::is_empty)),
            Self::IsBlank => Some(is_bare(|text| text.trim().is_empty())),
            Self::StrContains => {
                let part = arguments.get(1)?.as_ref()?.to_string();
                Some(Value::from(text()?.contains(&part)))
            }
            #[expect(clippy::cast_precision_loss, reason = "no text is that long")]
            Self::StrLen => Some(Value::Number(text()?.chars().count() as f64)),
            Self::ToLower => Some(Value::Text(text()?.to_lowercase())),
            Self::ToUpper => Some(Value::Text(text()?.to_uppercase())),
            Self::Trim => Some(Value::Text(text()?.trim().to_owned())),
        }
    }
}
