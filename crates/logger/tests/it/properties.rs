//! With any keys, values and messages, in any order of calls, a strict parser reads each line and finds the values.

use std::collections::BTreeMap;
use std::fmt;

use powertools_lambda_logger::{self as logger, Keys, ScopeKeys};
use proptest::prelude::*;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Value, json};
use tracing::info;
use tracing_subscriber::layer::SubscriberExt;

use crate::common::{self, builder, environment, invocation};

/// An operation of a function between two records.
#[derive(Clone, Debug)]
enum Step {
    Append(String, Value),
    Remove(String),
    Clear,
    Enter(Vec<(String, Value)>),
    Leave,
    Log {
        message: String,
        fields: Option<(Value, String)>,
    },
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "a",
            "order_id",
            "level",
            "service",
            "cold_start",
            "message",
            "timestamp",
            ""
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from), // one that is not finite is null
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (key(), value()).prop_map(|(key, value)| Step::Append(key, value)),
        key().prop_map(Step::Remove),
        Just(Step::Clear),
        prop::collection::vec((key(), value()), 0..3).prop_map(Step::Enter),
        Just(Step::Leave),
        (any::<String>(), prop::option::of((value(), any::<String>())))
            .prop_map(|(message, fields)| Step::Log { message, fields }),
    ]
}

/// An object without repeated keys.
struct Strict(BTreeMap<String, Value>);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Strict;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Strict, A::Error> {
                let mut entries = BTreeMap::new();
                while let Some((key, value)) = map.next_entry::<String, Value>()? {
                    if let Some(twice) = entries.insert(key.clone(), value) {
                        return Err(serde::de::Error::custom(format!("{key:?} stands twice: {twice}")));
                    }
                }
                Ok(Strict(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// Returns the name of a key on records.
fn on_records(key: String) -> String {
    match &*key {
        "level" | "timestamp" => format!("user_{key}"),
        _ => key,
    }
}

fn keys(entries: &[(String, Value)]) -> Keys {
    entries.iter().cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn every_record_has_each_key_once_with_its_innermost_value(
        built in prop::collection::vec((key(), value()), 0..3),
        steps in prop::collection::vec(step(), 1..24),
    ) {
        let environment = environment();
        let logger = built.iter().fold(builder(&environment), |builder, (key, value)| builder.global_key(key.clone(), value)).build();
        let subscriber = tracing_subscriber::registry().with(logger.subscriber_layer());
        let _default = tracing::subscriber::set_default(subscriber);
        let mut appended = BTreeMap::new();
        let mut scopes: Vec<(ScopeKeys, Vec<(String, Value)>)> = Vec::new();
        let mut expected = Vec::new();
        let standard = json!({
            "level": "INFO", "timestamp": "2026-01-15T10:30:00.125Z", "service": "orders", "function_name": "order-fn",
            "function_arn": "arn:aws:lambda:eu-west-1:123456789012:function:order-fn",
            "function_request_id": "52fdfc07-2182-154f-163f-5f0f9a621d72", "xray_trace_id": common::TRACE,
            "function_memory_size": 128, "cold_start": true,
        });
        invocation(&environment).in_scope(|| {
            for step in steps {
                match step {
                    Step::Append(key, value) => {
                        logger::append_key(key.clone(), &value);
                        appended.insert(key, value);
                    }
                    Step::Remove(key) => {
                        logger::remove_key(&key);
                        appended.remove(&key);
                    }
                    Step::Clear => {
                        logger::clear_keys();
                        appended.clear();
                    }
                    Step::Enter(entries) => scopes.push((logger::scope_keys(keys(&entries)), entries)),
                    Step::Leave => drop(scopes.pop()),
                    Step::Log { message, fields } => {
                        let mut record: BTreeMap<String, Value> = serde_json::from_value(standard.clone()).unwrap();
                        let scoped = scopes.iter().flat_map(|(_, entries)| entries.clone());
                        let set = built.iter().cloned().chain(appended.clone()).chain(scoped);
                        record.extend(set.map(|(key, value)| (on_records(key), value)));
                        record.insert("message".into(), message.clone().into());
                        match fields {
                            None => info!("{message}"),
                            Some((value, text)) => {
                                info!(order_id = ?logger::json(&value), service = %text, "{message}");
                                record.insert("order_id".into(), value);
                                record.insert("service".into(), text.into());
                            }
                        }
                        expected.push(record);
                    }
                }
            }
            while scopes.pop().is_some() {}
        });
        let lines = environment.lines();
        prop_assert_eq!(lines.len(), expected.len());
        for (line, mut expected) in lines.iter().zip(expected) {
            let mut record = serde_json::from_str::<Strict>(line).unwrap_or_else(|error| panic!("{error}: {line}")).0;
            // The location of the event is not tested here, unless a key replaced it.
            expected.entry("location".into()).or_insert_with(|| record["location"].clone());
            // Floats are written as their shortest text, so the numbers are equal, but not the representation in
            // `Number`.
            prop_assert_eq!(numbers(&mut record), numbers(&mut expected), "{}", line);
        }
    }
}

/// Converts numbers to one form, in which `1` and `1.0` are equal.
fn numbers(record: &mut BTreeMap<String, Value>) -> &BTreeMap<String, Value> {
    fn normalise(value: &mut Value) {
        match value {
            Value::Number(number) if number.is_f64() => {
                let float = number.as_f64().unwrap();
                if float.fract() == 0.0 && float.abs() < 9e15 {
                    #[allow(clippy::cast_possible_truncation)] // whole and small
                    let whole = float as i64;
                    *value = whole.into();
                }
            }
            Value::Array(items) => items.iter_mut().for_each(normalise),
            Value::Object(entries) => entries.values_mut().for_each(normalise),
            _ => {}
        }
    }
    record.values_mut().for_each(normalise);
    record
}
