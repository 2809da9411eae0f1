//! Tests of the function, with a map in place of each store.

use std::time::Duration;

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use powertools_lambda::parameters::ssm::SsmOptions;
use powertools_lambda::parameters::{Parameters, ProviderError};
use powertools_lambda::test_util::{MapProvider, TestFunction};
use serde_json::{Value, json};

use crate::config::Stores;
use crate::show_config;

/// The function, and the maps that it reads.
struct Shop {
    test: TestFunction,
    ssm: MapProvider<SsmOptions>,
    stores: Stores<MapProvider<SsmOptions>, MapProvider, MapProvider, MapProvider>,
}

impl Shop {
    fn new() -> Self {
        let test = TestFunction::builder()
            .var("POWERTOOLS_PARAMETERS_MAX_AGE", "60")
            .build();
        let ssm = MapProvider::default()
            .text("/shop/currency", "EUR")
            .text("/shop/limits", r#"{"orders": 10}"#)
            .text("/shop/api-key", "k3y");
        let secrets = MapProvider::new().text("shop/database", r#"{"user": "shop", "password": "hunter2"}"#);
        let table = MapProvider::new().text("greeting", "hello");
        let appconfig = MapProvider::new().text("features", r#"{"checkout": {"enabled": true}}"#);
        // The environment has the clock, which decides when a value is too old.
        let environment = test.environment();
        let stores = Stores {
            ssm: Parameters::builder(ssm.clone()).environment(environment).build(),
            secrets: Parameters::builder(secrets).environment(environment).build(),
            table: Parameters::builder(table).environment(environment).build(),
            appconfig: Parameters::builder(appconfig).environment(environment).build(),
        };
        Self { test, ssm, stores }
    }

    async fn invoke(&self) -> Result<Value, Diagnostic> {
        let handler = service_fn(|_: LambdaEvent<Value>| show_config(&self.stores));
        self.test.invoke(handler, &json!({})).await
    }
}

#[tokio::test]
async fn the_response_has_the_configuration() {
    let shop = Shop::new();
    let expected = json!({
        "currency": "EUR", "orders": 10, "api_key": true, "database": { "user": "shop", "password": true },
        "greeting": "hello", "checkout": true,
    });
    assert_eq!(shop.invoke().await.unwrap(), expected);
}

#[tokio::test]
async fn secrets_are_not_logged() {
    let shop = Shop::new();
    shop.invoke().await.unwrap();

    let records = shop.test.records();
    assert_eq!((records.len(), records[0].message()), (1, "configured"));
    assert_eq!(records[0]["currency"], "EUR");
    assert_eq!(
        records[0]["database"],
        r#"Database { user: "shop", password: Secret(..) }"#
    );
    let lines = shop.test.environment().lines();
    let secret = lines
        .iter()
        .find(|line| line.contains("hunter2") || line.contains("k3y"));
    assert_eq!(secret, None);
}

#[tokio::test]
async fn a_value_is_read_again_after_its_maximum_age() {
    let shop = Shop::new();
    assert_eq!(shop.invoke().await.unwrap()["currency"], "EUR");

    shop.ssm.put("/shop/currency", "CHF");
    shop.test.clock().advance(Duration::from_secs(59));
    assert_eq!(shop.invoke().await.unwrap()["currency"], "EUR");
    shop.test.clock().advance(Duration::from_secs(1));
    assert_eq!(shop.invoke().await.unwrap()["currency"], "CHF");

    let calls = shop.ssm.calls();
    assert_eq!(calls.iter().filter(|name| *name == "/shop/currency").count(), 2);
}

#[tokio::test]
async fn a_missing_parameter_fails_the_invocation_by_name() {
    let shop = Shop::new();
    shop.ssm.remove("/shop/currency");
    let error = shop.invoke().await.unwrap_err();

    assert_eq!(error.error_message, r#"parameter "/shop/currency" not found in a map"#);
    let records = shop.test.records();
    assert_eq!((records.len(), records[0].level()), (1, "ERROR"));
    assert_eq!(records[0].exception_name(), Some("GetError"));
    assert_eq!(records[0].exception(), Some(error.error_message.as_str()));
    assert!(shop.test.span("handler").is_fault());
}

#[tokio::test]
async fn a_value_of_another_form_fails_the_invocation_without_being_shown() {
    let shop = Shop::new();
    shop.ssm.put("/shop/limits", r#"{"orders": "ten"}"#);
    let error = shop.invoke().await.unwrap_err();

    assert_eq!(
        error.error_message,
        r#"cannot get "/shop/limits" from a map: the value cannot be decoded"#
    );
    let records = shop.test.records();
    let exception = records[0].exception().unwrap();
    assert!(
        exception.contains("expected u32") && !exception.contains("ten"),
        "{exception}"
    );
}

#[tokio::test]
async fn the_function_recovers_when_its_store_does() {
    let shop = Shop::new();
    shop.ssm.fail(|| ProviderError::unavailable("connection refused"));
    assert!(shop.invoke().await.is_err());

    shop.ssm.succeed();
    assert!(shop.invoke().await.is_ok());
}
