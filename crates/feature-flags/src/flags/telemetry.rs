//! `tell`, which shows an evaluated flag in the telemetry of the invocation.

use std::sync::{Mutex, PoisonError};

use hashbrown::HashMap;
use powertools_lambda_core::{Fact, Invocation, Value};

use crate::document::Answer;

/// The flags that an invocation has shown, with their values.
#[derive(Default)]
struct Told(Mutex<HashMap<String, String>>);

/// Shows a flag as a log key and as an annotation, unless the invocation has shown it with the same value.
pub(super) fn tell(name: &str, answer: Answer<'_>) {
    let Some(invocation) = Invocation::current() else {
        return;
    };
    let value = match answer {
        Answer::Value { value, .. } => fact_value(value),
        Answer::Flag { enabled, .. } => Value::Bool(enabled),
        Answer::Variants => return,
    };
    let key = format!("feature_flag_{name}");
    let told = invocation.get_or_insert_with(Told::default);
    let shown = format!("{value:?}");
    let before = {
        let mut told = told.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.insert(key.clone(), shown.clone())
    };
    if before.as_ref() == Some(&shown) {
        return;
    }
    invocation.tell(&Fact::Key {
        key: &key,
        value: value.clone(),
    });
    // The keys of annotations allow fewer characters than those of logs.
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let key: String = key.chars().map(allowed).collect();
    invocation.tell(&Fact::Annotation { key: &key, value });
}

fn fact_value(value: &serde_json::Value) -> Value<'_> {
    use serde_json::Value as Json;
    match value {
        Json::Bool(flag) => Value::Bool(*flag),
        Json::String(text) => Value::Text(text.as_str().into()),
        Json::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), _, _) => Value::Integer(number),
            (_, Some(number), _) => Value::Unsigned(number),
            (_, _, number) => Value::Float(number.unwrap_or(f64::NAN)),
        },
        other => Value::Text(other.to_string().into()),
    }
}
