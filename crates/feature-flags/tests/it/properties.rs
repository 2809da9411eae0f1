//! Any JSON is compiled or refused, and evaluation never panics.

use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_feature_flags::{DocumentFormat, EvaluationContext, FeatureFlags, TextSource};
use proptest::collection::{hash_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Any JSON, mostly of the words and numbers that documents have.
fn any_json() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-5..105_i64).prop_map(Value::from),
    ];
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        2 => any::<bool>().prop_map(Value::from),
        2 => number,
        2 => word().prop_map(Value::from),
        1 => any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            hash_map(word(), inner, 0..5).prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "f",
        "r",
        "k",
        "default",
        "boolean_type",
        "rules",
        "when_match",
        "conditions",
        "action",
        "key",
        "value",
        "enabled",
        "_variants",
        "START",
        "END",
        "DAYS",
        "TIMEZONE",
        "BASE",
        "MONDAY",
        "SUNDAY",
        "09:00",
        "22:30",
        "2026-02-11",
        "2026-02-11T10:30",
        "9999-12-31T23:59:59",
        "UTC",
        "Europe/Berlin",
        "CURRENT_TIME",
        "",
        "a",
        "ab",
    ])
    .prop_map(str::to_owned)
}

fn action() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "EQUALS",
        "NOT_EQUALS",
        "KEY_GREATER_THAN_VALUE",
        "KEY_GREATER_THAN_OR_EQUAL_VALUE",
        "KEY_LESS_THAN_VALUE",
        "KEY_LESS_THAN_OR_EQUAL_VALUE",
        "STARTSWITH",
        "ENDSWITH",
        "IN",
        "NOT_IN",
        "KEY_IN_VALUE",
        "KEY_NOT_IN_VALUE",
        "VALUE_IN_KEY",
        "VALUE_NOT_IN_KEY",
        "ALL_IN_VALUE",
        "ANY_IN_VALUE",
        "NONE_IN_VALUE",
    ])
}

/// A condition that is nearly always valid.
fn condition() -> impl Strategy<Value = Value> {
    let compared = (action(), any_json()).prop_map(|(action, value)| (action, "k", value));
    let listed = (
        prop::sample::select(vec!["ALL_IN_VALUE", "ANY_IN_VALUE", "NONE_IN_VALUE"]),
        vec(any_json(), 0..4),
    )
        .prop_map(|(action, values)| (action, "k", Value::from(values)));
    let modulo = (1..u64::MAX).prop_map(|base| {
        (
            "MODULO_RANGE",
            "k",
            json!({"BASE": base, "START": base / 3, "END": base / 2}),
        )
    });
    let zone = || {
        prop::sample::select(vec![
            "UTC",
            "Europe/Berlin",
            "Asia/Kathmandu",
            "Pacific/Apia",
            "America/St_Johns",
        ])
    };
    let time = || (0..24_u8, 0..60_u8).prop_map(|(hour, minute)| format!("{hour:02}:{minute:02}"));
    let times = (time(), time(), zone()).prop_map(|(start, end, zone)| {
        let value = json!({"START": start, "END": end, "TIMEZONE": zone});
        ("SCHEDULE_BETWEEN_TIME_RANGE", "CURRENT_TIME", value)
    });
    let date =
        || (1..10_000_u16, 1..13_u8, 1..29_u8).prop_map(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}"));
    let dates = (date(), date(), zone()).prop_map(|(start, end, zone)| {
        let value = json!({"START": start, "END": end, "TIMEZONE": zone});
        ("SCHEDULE_BETWEEN_DATETIME_RANGE", "CURRENT_DATETIME", value)
    });
    prop_oneof![4 => compared, 2 => listed, 1 => modulo, 1 => times, 1 => dates]
        .prop_map(|(action, key, value)| json!({"action": action, "key": key, "value": value}))
}

fn document() -> impl Strategy<Value = Value> {
    let rule = (any::<bool>(), vec(condition(), 1..4))
        .prop_map(|(when_match, conditions)| json!({"when_match": when_match, "conditions": conditions}));
    let rules = vec(rule, 0..4).prop_map(|rules| {
        let rules = rules.into_iter().enumerate();
        Value::Object(rules.map(|(at, rule)| (format!("r{at}"), rule)).collect())
    });
    (any::<bool>(), rules).prop_map(|(default, rules)| json!({"f": {"default": default, "rules": rules}}))
}

/// Compiles and evaluates; returns whether the document is valid.
fn evaluate(text: &str, format: Option<DocumentFormat>, context: &EvaluationContext) -> bool {
    let source = TextSource::new(text);
    let source = match format {
        Some(format) => source.format(format),
        None => source,
    };
    let flags = FeatureFlags::builder(source)
        .environment(&TestEnvironment::new())
        .build();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        match flags.snapshot(context).await {
            Ok(snapshot) => {
                let enabled = snapshot.enabled();
                assert_eq!(enabled.contains(&"f"), snapshot.is_enabled("f"));
                snapshot.load::<std::collections::BTreeMap<String, Value>>();
                true
            }
            Err(error) => {
                assert!(!error.document().unwrap().to_string().is_empty());
                false
            }
        }
    })
}

fn formats() -> impl Strategy<Value = Option<DocumentFormat>> {
    option::of(prop::sample::select(vec![
        DocumentFormat::Powertools,
        DocumentFormat::AppConfig,
    ]))
}

proptest! {
    #[test]
    fn any_json_is_compiled_or_refused(document in any_json(), key in any_json(), format in formats()) {
        evaluate(&document.to_string(), format, &EvaluationContext::new().key("k", key));
    }

    #[test]
    fn any_text_is_compiled_or_refused(text in any::<String>(), format in formats()) {
        evaluate(&text, format, &EvaluationContext::new());
    }

    #[test]
    fn a_part_that_is_replaced_by_any_json_is_compiled_or_refused(
        document in document(), part in any::<prop::sample::Index>(), replacement in any_json(), key in any_json(),
    ) {
        let mut document = document;
        let count = count(&document);
        replace(&mut document, part.index(count), replacement);
        evaluate(&document.to_string(), Some(DocumentFormat::Powertools), &EvaluationContext::new().key("k", key));
    }

    #[test]
    fn a_valid_document_is_evaluated_with_any_context(document in document(), key in option::of(any_json())) {
        let context = match key {
            Some(key) => EvaluationContext::new().key("k", key),
            None => EvaluationContext::new(),
        };
        let lists_only = |condition: &Value| {
            let action = condition["action"].as_str().unwrap();
            !matches!(action, "ALL_IN_VALUE" | "ANY_IN_VALUE" | "NONE_IN_VALUE") || condition["value"].is_array()
        };
        let rules = document["f"]["rules"].as_object().unwrap();
        let mut conditions = rules.values().flat_map(|rule| rule["conditions"].as_array().unwrap());
        let is_valid = conditions.all(|condition| lists_only(condition) && !condition["value"].is_null());
        prop_assert_eq!(evaluate(&document.to_string(), None, &context), is_valid);
    }
}

/// Returns the number of values in a value, including itself.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(entries) => entries.values().map(count).sum(),
        _ => 0,
    }
}

/// Replaces the part at a position in depth-first order.
fn replace(value: &mut Value, at: usize, replacement: Value) {
    if at == 0 {
        *value = replacement;
        return;
    }
    let mut at = at - 1;
    let parts: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(entries) => entries.values_mut().collect(),
        _ => Vec::new(),
    };
    for part in parts {
        let size = count(part);
        if at < size {
            return replace(part, at, replacement);
        }
        at -= size;
    }
}
