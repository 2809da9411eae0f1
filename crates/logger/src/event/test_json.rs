//! Strategies that generate events for property tests.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::Value;

/// A document of any shape, with a few names that tests look for.
pub(crate) fn value() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        Just("token".to_owned()),
        Just("X-Api_Key".to_owned()),
        Just("id".to_owned()),
        "[a-z/~\"\\\\é\u{1f600} ]{0,6}"
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>()
            .prop_map(Value::from)
            .prop_filter("no query", |text| !text.to_string().contains('=')),
        "[a-z\"\\\\/ \n]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map(name.clone(), inner.clone(), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
            // A document in a string, as in events of API Gateway and SQS.
            inner.prop_map(|inner| Value::String(inner.to_string())),
        ]
    })
}
