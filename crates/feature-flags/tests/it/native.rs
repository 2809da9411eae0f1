//! AppConfig's own flags, in the form in which they are retrieved.

use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_feature_flags::DocumentFormat;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::common::{flags, refused};

#[derive(Debug, Default, Deserialize, PartialEq)]
struct Cart {
    limit: u32,
    #[serde(default)]
    theme: String,
}

fn document() -> Value {
    json!({
        "cart": {"enabled": true, "limit": 5, "theme": "dark"},
        "beta": {"enabled": false},
        // As local servers deliver it: AWS leaves the attributes of a disabled flag out.
        "search": {"enabled": false, "limit": 7},
        "banner": {"_variants": [{"name": "QA", "enabled": true}]},
    })
}

#[tokio::test]
async fn a_flag_is_enabled_and_has_attributes() {
    let environment = TestEnvironment::new();
    let flags = flags(&document(), &environment);
    let snapshot = flags.snapshot(&()).await.unwrap();
    assert!(snapshot.is_enabled("cart"));
    assert!(!snapshot.is_enabled("beta"));
    assert!(!snapshot.is_enabled_or("search", true));
    assert_eq!(snapshot.enabled(), ["cart"]);
    let cart = snapshot.value("cart", Cart::default());
    assert_eq!((cart.limit, cart.theme.as_str()), (5, "dark"));
    assert!(
        snapshot.value("cart", false),
        "as a boolean, it is whether the flag is enabled"
    );
    assert_eq!(snapshot.value("cart", json!(null))["theme"], "dark");
    assert_eq!(snapshot.evaluate("cart").unwrap().rule(), None);
    assert_eq!(environment.warnings(), [""; 0]);
}

#[tokio::test]
async fn a_disabled_flag_has_the_callers_attributes_without_a_warning() {
    let environment = TestEnvironment::new();
    let flags = flags(&document(), &environment);
    let snapshot = flags.snapshot(&()).await.unwrap();
    for name in ["beta", "search"] {
        assert_eq!(
            snapshot
                .value(
                    name,
                    Cart {
                        limit: 1,
                        theme: String::new()
                    }
                )
                .limit,
            1,
            "{name}"
        );
        assert_eq!(snapshot.value::<Option<Cart>>(name, None), None, "{name}");
        assert!(!snapshot.value(name, true), "{name}");
        let error = snapshot.evaluate(name).unwrap().value::<Cart>().unwrap_err();
        assert!(error.is_disabled());
        assert_eq!(
            error.to_string(),
            format!("feature {name:?} is disabled, so it has no attributes")
        );
    }
    assert_eq!(environment.warnings(), [""; 0]);
}

#[tokio::test]
async fn a_flag_with_variants_is_the_default_and_a_warning_that_names_the_agent() {
    let environment = TestEnvironment::new();
    let flags = flags(&document(), &environment);
    for _ in 0..2 {
        assert!(flags.is_enabled_or("banner", &(), true).await);
        assert_eq!(flags.value("banner", &(), 3).await, 3);
    }
    let error = flags
        .snapshot(&())
        .await
        .unwrap()
        .evaluate("banner")
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "feature \"banner\" has variants, which only the AppConfig agent can choose: read the flags with `AgentSource`"
    );
    assert_eq!(
        environment.warnings(),
        [format!("feature flags in the text: {error}: the default is used")]
    );
}

#[tokio::test]
async fn an_invalid_flag_is_refused_with_the_place() {
    for (document, expected) in [
        (json!({"cart": {}}), r#"feature "cart": `enabled` is missing"#),
        (
            json!({"cart": {"enabled": "yes"}}),
            r#"feature "cart": `enabled` must be true or false"#,
        ),
        (
            json!({"cart": true}),
            r#"feature "cart": a flag must be an object with `enabled`"#,
        ),
    ] {
        let error = refused(&document.to_string(), Some(DocumentFormat::AppConfig))
            .await
            .unwrap();
        assert_eq!(error.to_string(), expected);
    }
}

#[tokio::test]
async fn a_struct_has_flags_and_their_attributes() {
    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct Some {
        cart: Cart,
        beta: bool,
        search: Option<Cart>,
        banner: bool,
    }
    let environment = TestEnvironment::new();
    let flags = flags(&document(), &environment);
    let some: Some = flags.load(&()).await;
    assert_eq!(
        (some.cart.limit, some.beta, some.search, some.banner),
        (5, false, None, false)
    );
    assert_eq!(environment.warnings().len(), 1, "only that of the variants");
}
