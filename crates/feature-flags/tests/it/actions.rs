//! What each action matches, and what it cannot compare.

use powertools_lambda_core::test_util::TestEnvironment;
use serde_json::{Value, json};

use crate::common::{flags, matches, matches_in, with_conditions};

/// Checks an action with the key's value, the condition's value, and whether they match.
async fn check(action: &str, rows: &[(Value, Value, bool)]) {
    for (key, value, expected) in rows {
        let condition = json!({ "action": action, "key": "k", "value": value });
        let found = matches(&condition, &json!({ "k": key })).await;
        assert_eq!(found, *expected, "{key} {action} {value}");
    }
}

#[tokio::test]
async fn equality_is_that_of_json() {
    let rows = [
        (json!("a"), json!("a"), true),
        (json!("a"), json!("A"), false),
        (json!(1), json!("1"), false),
        (json!(1), json!(1.0), true),
        (json!(true), json!(1), false),
        (json!(false), json!(0), false),
        (json!(true), json!(true), true),
        (json!(null), json!("a"), false),
        (json!([1, "a"]), json!([1.0, "a"]), true),
        (json!({"a": 1}), json!({"a": 1.0}), true),
        (json!({"a": 1}), json!({"a": true}), false),
    ];
    check("EQUALS", &rows).await;
    check(
        "NOT_EQUALS",
        &rows.map(|(key, value, expected)| (key, value, !expected)),
    )
    .await;
}

#[tokio::test]
async fn numbers_texts_and_lists_are_ordered() {
    // Less, equal, greater.
    let rows = [
        (json!(9), json!(10), [true, false, false]),
        (json!(10), json!(10.0), [false, true, false]),
        (json!(10.5), json!(10), [false, false, true]),
        (json!(-1), json!(0), [true, false, false]),
        (json!("10"), json!("9"), [true, false, false]),
        (json!("1.10.0"), json!("1.9.0"), [true, false, false]),
        (json!([1, 2]), json!([1]), [false, false, true]),
        (json!(false), json!(true), [true, false, false]),
        // Not comparable.
        (json!("10"), json!(9), [false; 3]),
        (json!(true), json!(0), [false; 3]),
        (json!(null), json!(0), [false; 3]),
        (json!({}), json!({}), [false; 3]),
    ];
    for (key, value, [less, equal, greater]) in rows {
        let expected = [
            ("KEY_LESS_THAN_VALUE", less),
            ("KEY_LESS_THAN_OR_EQUAL_VALUE", less || equal),
            ("KEY_GREATER_THAN_VALUE", greater),
            ("KEY_GREATER_THAN_OR_EQUAL_VALUE", greater || equal),
        ];
        for (action, expected) in expected {
            check(action, &[(key.clone(), value.clone(), expected)]).await;
        }
    }
}

#[tokio::test]
async fn texts_start_and_end() {
    check(
        "STARTSWITH",
        &[
            (json!("admin_bob"), json!("admin_"), true),
            (json!("bob"), json!("admin_"), false),
            (json!("bob"), json!(""), true),
            (json!(12), json!("1"), false),
            (json!("12"), json!(1), false),
            (json!(["a"]), json!("a"), false),
        ],
    )
    .await;
    check(
        "ENDSWITH",
        &[
            (json!("a@x.com"), json!("@x.com"), true),
            (json!("a@x.com"), json!("@y.com"), false),
            (json!(null), json!("a"), false),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_key_is_looked_for_in_the_value() {
    // In, not in: neither if the value contains nothing.
    let rows = [
        (json!("a"), json!(["a", "b"]), [true, false]),
        (json!("c"), json!(["a", "b"]), [false, true]),
        (json!(1), json!([1.0]), [true, false]),
        (json!(true), json!([1]), [false, true]),
        (json!(null), json!([null]), [true, false]),
        (json!(["a"]), json!([["a"]]), [true, false]),
        (json!("a"), json!([]), [false, true]),
        (json!("a"), json!({"a": 1}), [true, false]),
        (json!("b"), json!({"a": 1}), [false, true]),
        (json!(["a"]), json!({"a": 1}), [false, false]),
        (json!("a"), json!("cat"), [false, false]),
        (json!("a"), json!(5), [false, false]),
    ];
    for (key, value, [is_in, is_not_in]) in rows {
        for action in ["IN", "KEY_IN_VALUE"] {
            check(action, &[(key.clone(), value.clone(), is_in)]).await;
        }
        for action in ["NOT_IN", "KEY_NOT_IN_VALUE"] {
            check(action, &[(key.clone(), value.clone(), is_not_in)]).await;
        }
    }
}

#[tokio::test]
async fn a_key_is_looked_for_in_a_long_list() {
    let users: Vec<_> = (0..1_000)
        .map(|number| json!(format!("user-{number}")))
        .chain([json!(7)])
        .collect();
    let users = Value::from(users);
    for (key, expected) in [("user-0", true), ("user-999", true), ("user-1000", false)] {
        check("KEY_IN_VALUE", &[(json!(key), users.clone(), expected)]).await;
    }
    check(
        "KEY_IN_VALUE",
        &[(json!(7.0), users.clone(), true), (json!(8), users, false)],
    )
    .await;
}

#[tokio::test]
async fn the_value_is_looked_for_in_a_key() {
    let rows = [
        (json!(["admin", "dev"]), json!("admin"), [true, false]),
        (json!(["dev"]), json!("admin"), [false, true]),
        (json!("a@x.com"), json!("@x"), [true, false]),
        (json!("a@y.com"), json!("@x"), [false, true]),
        (json!({"a": 1}), json!("a"), [true, false]),
        (json!("a"), json!(1), [false, false]),
        (json!(12), json!(1), [false, false]),
        (json!(null), json!("a"), [false, false]),
    ];
    for (key, value, [is_in, is_not_in]) in rows {
        check("VALUE_IN_KEY", &[(key.clone(), value.clone(), is_in)]).await;
        check("VALUE_NOT_IN_KEY", &[(key, value, is_not_in)]).await;
    }
}

#[tokio::test]
async fn all_any_or_none_of_a_list_is_in_the_value() {
    let rows = [
        (json!(["a", "c"]), json!(["a", "b", "c"]), [true, true, false]),
        (json!(["a", "z"]), json!(["a", "b", "c"]), [false, true, false]),
        (json!(["y", "z"]), json!(["a"]), [false, false, true]),
        (json!([]), json!(["a"]), [true, false, true]),
        (json!([]), json!([]), [true, false, true]),
        (json!([1, 2.0]), json!([1.0, 2]), [true, true, false]),
        (json!([true]), json!([1]), [false, false, true]),
        (json!("a"), json!(["a"]), [false; 3]),
        (json!({"a": 1}), json!(["a"]), [false; 3]),
        (json!(null), json!(["a"]), [false; 3]),
    ];
    for (key, value, expected) in rows {
        for (action, expected) in ["ALL_IN_VALUE", "ANY_IN_VALUE", "NONE_IN_VALUE"]
            .into_iter()
            .zip(expected)
        {
            check(action, &[(key.clone(), value.clone(), expected)]).await;
        }
    }
}

#[tokio::test]
async fn a_remainder_is_in_a_range() {
    let range = |base: u64, start: u64, end: u64| json!({ "BASE": base, "START": start, "END": end });
    check(
        "MODULO_RANGE",
        &[
            (json!(130), range(100, 0, 29), false),
            (json!(129), range(100, 0, 29), true),
            (json!(100), range(100, 0, 29), true),
            (json!(-1), range(100, 99, 99), true),
            (json!(-100), range(100, 0, 0), true),
            (json!(5.5), range(10, 5, 5), false),
            (json!(5.5), range(10, 5, 6), true),
            (json!(-0.5), range(10, 9, 9), false),
            (json!(7), range(1, 0, 0), true),
            (json!(u64::MAX), range(10, 5, 5), true),
            (json!(i64::MIN), range(10, 2, 2), true),
            (json!(5), range(u64::MAX, 5, 5), true),
            (json!("5"), range(100, 0, 99), false),
            (json!(true), range(100, 0, 99), false),
            (json!(null), range(100, 0, 99), false),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_key_that_the_context_lacks_never_matches() {
    for action in [
        "EQUALS",
        "NOT_EQUALS",
        "NOT_IN",
        "KEY_NOT_IN_VALUE",
        "VALUE_NOT_IN_KEY",
        "NONE_IN_VALUE",
    ] {
        let environment = TestEnvironment::new();
        let condition = json!({ "action": action, "key": "k", "value": ["a"] });
        assert!(
            !matches_in(&condition, &json!({ "other": 1 }), &environment).await,
            "{action}"
        );
        assert_eq!(environment.warnings(), [""; 0], "{action}");
    }
}

#[tokio::test]
async fn all_conditions_of_a_rule_must_match_and_the_first_rule_that_matches_counts() {
    let condition = |key: &str| format!(r#"{{"action": "EQUALS", "key": "{key}", "value": 1}}"#);
    let rule = |name: &str, keys: &[&str]| {
        let conditions: Vec<_> = keys.iter().map(|key| condition(key)).collect();
        format!(
            r#""{name}": {{"when_match": "{name}", "conditions": [{}]}}"#,
            conditions.join(",")
        )
    };
    // Not in alphabetical order.
    let rules = [
        rule("z", &["x", "y"]),
        rule("m", &["y"]),
        rule("a", &["x"]),
        rule("b", &["x"]),
    ]
    .join(",");
    let document = format!(r#"{{"f": {{"default": "none", "boolean_type": false, "rules": {{{rules}}}}}}}"#);
    let environment = TestEnvironment::new();
    let source = powertools_lambda_feature_flags::TextSource::new(document);
    let flags = powertools_lambda_feature_flags::FeatureFlags::builder(source)
        .environment(&environment)
        .build();
    for (context, expected, rule) in [
        (json!({"x": 1, "y": 1}), "z", Some("z")),
        (json!({"y": 1}), "m", Some("m")),
        (json!({"x": 1}), "a", Some("a")),
        (json!({}), "none", None),
    ] {
        let snapshot = flags.snapshot(&context).await.unwrap();
        assert_eq!(snapshot.value("f", String::new()), expected, "{context}");
        assert_eq!(snapshot.evaluate("f").unwrap().rule(), rule);
    }
}

#[tokio::test]
async fn operands_that_cannot_be_compared_are_one_warning_without_their_values() {
    let environment = TestEnvironment::new();
    let condition = json!({ "action": "STARTSWITH", "key": "user", "value": "secret" });
    let flags = flags(&with_conditions(&json!([condition])), &environment);
    for _ in 0..3 {
        assert!(!flags.is_enabled("f", &json!({ "user": 4711 })).await);
    }
    assert_eq!(
        environment.warnings(),
        [
            r#"feature flags in the text: feature "f", rule "r": STARTSWITH cannot compare the value of the key "user", because the types do not fit: the condition does not match"#
        ]
    );
}
