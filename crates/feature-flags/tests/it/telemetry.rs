//! The flags that an invocation evaluates, in its telemetry.

use std::sync::{Arc, Mutex};

use lambda_runtime::LambdaInvocation;
use powertools_lambda_core::test_util::{TestEnvironment, context};
use powertools_lambda_core::{Fact, Invocation, InvocationExt, Utility};
use powertools_lambda_feature_flags::{FeatureFlags, TextSource};

/// Keeps every fact.
#[derive(Default)]
struct Facts(Mutex<Vec<String>>);

impl Utility for Facts {
    type State = ();

    fn state(&self, _invocation: &Invocation) {}

    fn on_start(&self, _invocation: &Invocation, _state: &(), _request: &LambdaInvocation) {}

    fn on_fact(&self, _invocation: &Invocation, _state: &(), fact: &Fact<'_>) {
        let shown = match fact {
            Fact::Key { key, value } => format!("key {key} {value:?}"),
            Fact::Annotation { key, value } => format!("annotation {key} {value:?}"),
            other => format!("{other:?}"),
        };
        self.0.lock().unwrap().push(shown);
    }
}

const DOCUMENT: &str = r#"{"cart": {"default": true}, "max-items": {"default": 3, "boolean_type": false},
    "groups": {"default": ["a"], "boolean_type": false}}"#;

async fn facts(telemetry: bool) -> Vec<String> {
    let environment = TestEnvironment::new();
    let source = TextSource::new(DOCUMENT);
    let flags = FeatureFlags::builder(source.clone())
        .telemetry(telemetry)
        .environment(&environment)
        .build();
    let utility = Arc::new(Facts::default());
    let invocation = Invocation::new(context(), environment.environment());
    invocation.join(&utility);
    let work = async {
        for _ in 0..2 {
            flags.is_enabled("cart", &()).await;
            flags.value("max-items", &(), 0).await;
        }
        flags.value("groups", &(), Vec::<String>::new()).await;
        flags.is_enabled("unknown", &()).await;
        source.set(r#"{"cart": {"default": false}}"#);
        flags.is_enabled("cart", &()).await;
    };
    invocation.in_scope(|| work.in_invocation()).await;
    // Outside an invocation.
    flags.is_enabled("cart", &()).await;
    std::mem::take(&mut *utility.0.lock().unwrap())
}

#[tokio::test]
async fn each_flag_is_a_key_and_an_annotation_once_per_value() {
    assert_eq!(
        facts(true).await,
        [
            "key feature_flag_cart Bool(true)",
            "annotation feature_flag_cart Bool(true)",
            "key feature_flag_max-items Integer(3)",
            "annotation feature_flag_max_items Integer(3)",
            r#"key feature_flag_groups Text("[\"a\"]")"#,
            r#"annotation feature_flag_groups Text("[\"a\"]")"#,
            "key feature_flag_cart Bool(false)",
            "annotation feature_flag_cart Bool(false)",
        ]
    );
}

#[tokio::test]
async fn telemetry_is_off_by_default() {
    assert_eq!(facts(false).await, [""; 0]);
}
