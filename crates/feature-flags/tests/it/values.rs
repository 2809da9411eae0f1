//! Values, defaults, typed structs and contexts.

use std::collections::{BTreeMap, HashMap};

use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_feature_flags::{EvaluationContext, FeatureFlags, TextSource};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::common::flags;

fn document() -> Value {
    let premium = json!([{"action": "EQUALS", "key": "tier", "value": "premium"}]);
    json!({
        "always_on": {"default": true},
        "off": {"default": false},
        "cart": {"default": false, "rules": {"r": {"when_match": true, "conditions": premium}}},
        "ruled_off": {"default": true, "rules": {"r": {"when_match": false, "conditions": premium}}},
        "limit": {"default": 10, "boolean_type": false, "rules": {"r": {"when_match": 25, "conditions": premium}}},
        "groups": {"default": [], "boolean_type": false, "rules": {"r": {"when_match": ["x"], "conditions": premium}}},
        "kebab-case": {"default": "a", "boolean_type": false},
        "null": {"default": 1, "boolean_type": false, "rules": {"r": {"when_match": null, "conditions": premium}}},
    })
}

#[tokio::test]
async fn a_value_is_of_any_type() {
    let environment = TestEnvironment::new();
    let flags = flags(&document(), &environment);
    let premium = EvaluationContext::new().key("tier", "premium");
    let basic = EvaluationContext::new().key("tier", "basic");
    assert_eq!(flags.value("limit", &premium, 0_u32).await, 25);
    assert_eq!(flags.value::<u64>("limit", &basic, 0).await, 10);
    assert_eq!(flags.value("groups", &premium, Vec::<String>::new()).await, ["x"]);
    assert_eq!(flags.value("kebab-case", &basic, String::new()).await, "a");
    assert_eq!(flags.value("null", &premium, Some(3)).await, None);
    assert_eq!(flags.value("null", &basic, Some(3)).await, Some(1));
    assert!(flags.value("cart", &premium, false).await);
    assert_eq!(flags.value("limit", &premium, Value::Null).await, 25);
    assert_eq!(environment.warnings(), [""; 0]);
}

#[tokio::test]
async fn a_flag_without_a_usable_value_is_the_default_and_one_warning() {
    let environment = TestEnvironment::new();
    let flags = flags(&document(), &environment);
    for _ in 0..3 {
        assert!(!flags.is_enabled("unknown", &()).await);
        assert!(flags.is_enabled_or("unknown", &(), true).await);
        assert_eq!(flags.value("unknown", &(), 3).await, 3);
        assert!(flags.value("limit", &(), true).await);
    }
    assert_eq!(
        environment.warnings(),
        [
            r#"feature flags in the text: feature "unknown" is not in the document: the default is used"#,
            r#"feature flags in the text: feature "limit" has a value of another type: invalid type: integer `10`, expected a boolean: the default is used"#,
        ]
    );
}

#[tokio::test]
async fn enabled_are_all_flags_with_a_value_that_counts_as_true() {
    let flags = flags(&document(), &TestEnvironment::new());
    let premium = json!({"tier": "premium"});
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    let expected = ["always_on", "cart", "groups", "kebab-case", "limit"];
    assert_eq!(sorted(flags.enabled(&premium).await), expected);
    assert_eq!(
        sorted(flags.enabled(&()).await),
        ["always_on", "kebab-case", "limit", "null", "ruled_off"]
    );
    for (name, expected) in [
        ("groups", [true, false]),
        ("null", [false, true]),
        ("limit", [true, true]),
    ] {
        let found = [
            flags.is_enabled(name, &premium).await,
            flags.is_enabled(name, &()).await,
        ];
        assert_eq!(found, expected, "{name}");
    }
}

#[tokio::test]
async fn enabled_flags_are_in_the_order_of_the_document() {
    let flags = FeatureFlags::new(TextSource::new(r#"{"b": {"default": true}, "a": {"default": true}}"#));
    assert_eq!(flags.enabled(&()).await, ["b", "a"]);
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(default)]
struct Flags {
    cart: bool,
    limit: u32,
    groups: Vec<String>,
    unknown: bool,
    #[serde(rename = "kebab-case")]
    kebab_case: u8,
}

impl Default for Flags {
    fn default() -> Self {
        Self {
            cart: false,
            limit: 1,
            groups: Vec::new(),
            unknown: true,
            kebab_case: 7,
        }
    }
}

#[tokio::test]
async fn a_struct_has_its_defaults_for_fields_without_a_usable_value() {
    let environment = TestEnvironment::new();
    let flags = flags(&document(), &environment);
    for _ in 0..2 {
        let read: Flags = flags.load(&json!({"tier": "premium"})).await;
        let expected = Flags {
            cart: true,
            limit: 25,
            groups: vec!["x".to_owned()],
            ..Flags::default()
        };
        assert_eq!(read, expected);
    }
    assert_eq!(
        environment.warnings(),
        [
            r#"feature flags in the text: feature "unknown" is not in the document: the default is used"#,
            r#"feature flags in the text: feature "kebab-case" has a value of another type: invalid type: string "a", expected u8: the default is used"#,
        ]
    );
}

#[tokio::test]
async fn a_struct_that_cannot_be_read_is_its_default_and_one_warning() {
    #[derive(Debug, Default, Deserialize)]
    struct WithoutDefaults {
        unknown: u32,
    }
    let environment = TestEnvironment::new();
    let flags = flags(&document(), &environment);
    let read: WithoutDefaults = flags.load(&()).await;
    assert_eq!(read.unknown, 0);
    let number: u32 = flags.load(&()).await;
    assert_eq!(number, 0);
    let warnings = environment.warnings();
    assert!(
        warnings[1].contains("missing field `unknown`: its default is used; add `#[serde(default)]`"),
        "{warnings:?}"
    );
    assert!(
        warnings[2].contains("u32 cannot be read: invalid type: map"),
        "{warnings:?}"
    );
}

#[tokio::test]
async fn a_map_has_all_flags() {
    let flags = flags(&document(), &TestEnvironment::new());
    let all: BTreeMap<String, Value> = flags.load(&()).await;
    assert_eq!(all.len(), 8);
    assert_eq!(all["limit"], 10);
    let booleans: BTreeMap<String, bool> = flags.load(&()).await;
    let names: Vec<_> = booleans.keys().collect();
    assert_eq!(
        names,
        ["always_on", "cart", "off", "ruled_off"],
        "the others are not booleans"
    );
}

#[derive(Serialize)]
struct Caller<'a> {
    tier: &'a str,
    items: Option<u32>,
}

#[tokio::test]
async fn a_context_is_anything_that_serializes_to_an_object() {
    let flags = flags(&document(), &TestEnvironment::new());
    let caller = Caller {
        tier: "premium",
        items: None,
    };
    assert!(flags.is_enabled("cart", &caller).await);
    assert!(flags.is_enabled("cart", &HashMap::from([("tier", "premium")])).await);
    assert!(flags.is_enabled("cart", &json!({"tier": "premium"})).await);
    assert!(
        flags
            .is_enabled("cart", &EvaluationContext::from([("tier", "premium")]))
            .await
    );
    assert!(
        flags
            .is_enabled("cart", &EvaluationContext::from_serialize(&caller).unwrap())
            .await
    );
    assert!(!flags.is_enabled("cart", &()).await);
    assert!(!flags.is_enabled("cart", &None::<Caller<'_>>).await);
    let mut context: EvaluationContext = [("a", 1), ("b", 2), ("a", 3)].into_iter().collect();
    assert_eq!(context, EvaluationContext::new().key("b", 2).key("a", 1).key("a", 3));
    context.insert("b", 4);
    let pairs: BTreeMap<_, _> = context
        .iter()
        .map(|(key, value)| (key, value.as_i64().unwrap()))
        .collect();
    assert_eq!(pairs, BTreeMap::from([("a", 3), ("b", 4)]));
    let many: EvaluationContext = (0..1_000).map(|number| (format!("key-{number}"), number)).collect();
    assert!((0..1_000).all(|number| many.get(&format!("key-{number}")) == Some(&json!(number))));
    assert_eq!(many.get("key-1000"), None);
}

#[test]
fn a_context_shows_its_keys_and_not_its_values() {
    let context = EvaluationContext::new().key("email", "ada@example.com");
    assert_eq!(format!("{context:?}"), r#"{"email"}"#);
}

#[tokio::test]
async fn what_is_not_a_context_is_an_error_or_one_warning() {
    let environment = TestEnvironment::new();
    let flags = flags(&document(), &environment);
    let error = flags.snapshot(&["tier"]).await.unwrap_err();
    assert_eq!(error.to_string(), "the feature flags in the text cannot be evaluated");
    assert!(error.document().is_none());
    let mut keys_that_are_no_texts = HashMap::new();
    keys_that_are_no_texts.insert([1_u8, 2], 1);
    assert!(flags.snapshot(&keys_that_are_no_texts).await.is_err());
    for _ in 0..2 {
        assert!(!flags.is_enabled("cart", "premium").await);
        assert!(flags.is_enabled("always_on", "premium").await);
    }
    assert_eq!(
        environment.warnings(),
        [
            "feature flags in the text: the context is not a JSON object of keys and values: pass a struct, a map or an `EvaluationContext`: flags are evaluated without a context"
        ]
    );
}

#[tokio::test]
async fn a_bucket_is_a_number_for_modulo_range() {
    let range = json!({"BASE": 100, "START": 0, "END": 29});
    let condition = json!({"action": "MODULO_RANGE", "key": "bucket", "value": range});
    let flags = flags(
        &crate::common::with_conditions(&json!([condition])),
        &TestEnvironment::new(),
    );
    let mut enabled = 0;
    for user in 0..1_000 {
        let context = EvaluationContext::new().bucket("bucket", "cart-2026", &user.to_string());
        enabled += u32::from(flags.is_enabled("f", &context).await);
    }
    assert!((250..350).contains(&enabled), "{enabled} of 1,000 are not 30 %");
}

#[test]
fn everything_can_be_spawned() {
    fn is_send<T: Send>(_: &T) {}
    let flags = FeatureFlags::new(TextSource::new("{}"));
    let context = EvaluationContext::new();
    is_send(&flags.is_enabled("f", &context));
    is_send(&flags.value("f", &json!({}), 1));
    is_send(&flags.enabled(&context));
    is_send(&flags.load::<Flags>(&context));
    is_send(&flags.snapshot(&context));
}
