//! The forms of parameters, one by one and several at a time.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_parameters::decode::Decoded;
use powertools_lambda_parameters::ssm::SsmOptions;
use powertools_lambda_parameters::test_util::MapProvider;
use powertools_lambda_parameters::{GetError, Parameters, Provider, Secret, Value};

fn on(store: &MapProvider) -> Parameters<MapProvider> {
    Parameters::builder(store.clone())
        .environment(TestEnvironment::new().environment().clone())
        .build()
}

#[tokio::test]
async fn one_call_serves_every_form() {
    let store = MapProvider::new().text("/a.json", "1234");
    let parameters = on(&store);
    assert_eq!(&*parameters.get("/a.json").await.unwrap(), "1234");
    assert_eq!(&*parameters.get("/a.json").text().await.unwrap(), "1234");
    assert_eq!(parameters.get("/a.json").secret().await.unwrap().expose(), "1234");
    assert_eq!(parameters.get("/a.json").bytes().await.unwrap(), "1234");
    assert_eq!(*parameters.get("/a.json").json::<u16>().await.unwrap(), 1234);
    assert_eq!(*parameters.get("/a.json").json::<u32>().await.unwrap(), 1234);
    assert_eq!(
        parameters.get("/a.json").base64().await.unwrap(),
        &[0xd7, 0x6d, 0xf8][..]
    );
    assert!(matches!(parameters.get("/a.json").auto().await.unwrap(), Decoded::Json(json) if *json == 1234));
    let length = parameters
        .get("/a.json")
        .transform(|value| value.as_str().map(str::len))
        .await
        .unwrap();
    assert_eq!(*length, 4);
    assert_eq!(store.calls(), ["/a.json"]);
}

#[tokio::test]
async fn a_value_is_decoded_once_and_not_at_each_call() {
    static DECODED: AtomicUsize = AtomicUsize::new(0);
    #[derive(Debug)]
    struct Counted;
    impl<'de> serde::Deserialize<'de> for Counted {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            DECODED.fetch_add(1, Ordering::Relaxed);
            u32::deserialize(deserializer).map(|_| Self)
        }
    }
    let parameters = on(&MapProvider::new().text("/a", "1"));
    let first = parameters.get("/a").json::<Counted>().await.unwrap();
    let second = parameters.get("/a").json::<Counted>().await.unwrap();
    assert!(Arc::ptr_eq(&first, &second));
    assert_eq!(DECODED.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_closure_that_captures_runs_each_time() {
    let parameters = on(&MapProvider::new().text("/a", "text"));
    for prefix in ["x", "y"] {
        let made = parameters
            .get("/a")
            .transform(move |value: &Value| value.as_str().map(|text| format!("{prefix}{text}")));
        assert_eq!(*made.await.unwrap(), format!("{prefix}text"));
    }
}

#[tokio::test]
async fn bytes_that_are_not_text_are_an_error_only_as_text() {
    let parameters = on(&MapProvider::new()
        .binary("/a", [0, 159, 255])
        .binary("/b", *b"text")
        .text("/c", ""));
    let error = parameters.get("/a").await.unwrap_err();
    assert!(error.is_decode());
    assert_eq!(error.transform(), Some("text"));
    assert_eq!(
        error.source().unwrap().to_string(),
        "transform text: invalid utf-8 sequence of 1 bytes from index 1"
    );
    assert_eq!(parameters.get("/a").bytes().await.unwrap(), &[0, 159, 255][..]);
    assert_eq!(&*parameters.get("/b").await.unwrap(), "text");
    assert_eq!(&*parameters.get("/c").await.unwrap(), "", "an empty value is a value");
    assert!(parameters.get("/c").json::<u8>().await.unwrap_err().is_decode());
}

#[tokio::test]
async fn an_error_names_parameter_store_and_transform() {
    let parameters = on(&MapProvider::new().text("/a", "{"));
    let error = parameters.get("/a").json::<u8>().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"cannot get "/a" from a map: the value cannot be decoded"#
    );
    assert_eq!(
        (error.name(), error.store(), error.transform()),
        ("/a", "a map", Some("json"))
    );
    let error = parameters.get("/nowhere").await.unwrap_err();
    assert_eq!(error.to_string(), r#"parameter "/nowhere" not found in a map"#);
    assert!(error.is_not_found() && !error.is_decode() && error.transform().is_none());
}

#[tokio::test]
async fn everything_below_a_path_is_a_map_without_the_path() {
    let store = MapProvider::new()
        .text("/shop/a", "1")
        .text("/shop/b/c", "2")
        .text("/other", "3");
    let parameters = on(&store);
    let values = parameters.get_multiple("/shop").await.unwrap();
    assert_eq!(format!("{values:?}"), r#"{"a": "1", "b/c": "2"}"#);
    let numbers = parameters.get_multiple("/shop").json::<u8>().await.unwrap();
    assert_eq!(*numbers["b/c"], 2);
    assert!(Arc::ptr_eq(
        &numbers,
        &parameters.get_multiple("/shop").json::<u8>().await.unwrap()
    ));
    assert_eq!(store.calls(), ["/shop"]);
    assert!(
        parameters.get_multiple("/nothing").await.unwrap().is_empty(),
        "nothing is no error"
    );
    assert_eq!(
        &*parameters.get("/shop").await.unwrap_err().to_string(),
        r#"parameter "/shop" not found in a map"#
    );
}

#[tokio::test]
async fn one_value_that_does_not_decode_fails_the_map_and_each_shows_the_others() {
    let parameters = on(&MapProvider::new().text("/shop/a", "1").text("/shop/b", "x"));
    let error = parameters.get_multiple("/shop").json::<u8>().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"cannot get "/shop/b" from a map: the value cannot be decoded"#
    );
    let each = parameters.get_multiple("/shop").json::<u8>().each().await.unwrap();
    assert_eq!(**each["a"].as_ref().unwrap(), 1);
    assert!(each["b"].as_ref().unwrap_err().is_decode());
}

#[tokio::test]
async fn names_come_as_a_map_or_each_with_its_own_result() {
    let store = MapProvider::new().text("/a", "1").text("/b", "x");
    let parameters = on(&store);
    let values = parameters.get_by_names(["/a", "/b", "/a"]).await.unwrap();
    assert_eq!(format!("{values:?}"), r#"{"/a": "1", "/b": "x"}"#);
    assert_eq!(store.calls(), ["/a,/b"]);

    let error = parameters.get_by_names(["/a", "/c", "/d"]).await.unwrap_err();
    assert_eq!(error.to_string(), r#"cannot get 2 parameters from a map: ["/c", "/d"]"#);
    assert!(error.errors().iter().all(GetError::is_not_found));
    assert_eq!(
        store.calls(),
        ["/a,/b", "/c,/d"],
        "what is cached is not asked for again"
    );

    let each = parameters.get_by_names(["/a", "/b", "/c"]).json::<u8>().each().await;
    assert_eq!(**each["/a"].as_ref().unwrap(), 1);
    assert!(each["/b"].as_ref().unwrap_err().is_decode());
    assert!(each["/c"].as_ref().unwrap_err().is_not_found());

    let one = parameters.get_by_names(["/c"]).await.unwrap_err();
    assert_eq!(one.to_string(), r#"parameter "/c" not found in a map"#);
    assert!(parameters.get_by_names([]).await.unwrap().is_empty());
    assert_eq!(store.calls().len(), 2);
}

#[tokio::test]
async fn prefetch_fills_the_cache_and_swallows_failures() {
    let store = MapProvider::new().text("/a", "1");
    let parameters = on(&store);
    parameters.prefetch(["/a", "/missing"]).await;
    assert_eq!(&*parameters.get("/a").await.unwrap(), "1");
    assert_eq!(store.calls(), ["/a,/missing"]);
}

#[derive(Debug, serde::Deserialize)]
struct Config {
    currency: String,
    database: Database,
}

#[derive(Debug, serde::Deserialize)]
struct Database {
    port: u16,
    password: Secret,
}

#[tokio::test]
async fn a_path_is_a_struct_with_a_field_for_each_name() {
    let store = MapProvider::new()
        .text("/shop/currency", "EUR")
        .text("/shop/database/port", "5432")
        .text("/shop/database/password", "hunter2");
    let parameters = on(&store);
    let config = parameters.get_multiple("/shop").fields::<Config>().await.unwrap();
    assert_eq!(config.currency, "EUR");
    assert_eq!(
        (config.database.port, config.database.password.expose().as_str()),
        (5432, "hunter2")
    );
    assert!(Arc::ptr_eq(
        &config,
        &parameters.get_multiple("/shop").fields::<Config>().await.unwrap()
    ));

    store.put("/shop/database/port", "hunter2");
    parameters.clear();
    let error = parameters.get_multiple("/shop").fields::<Config>().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"cannot get "/shop/database/port" from a map: the value cannot be decoded"#
    );
    assert_eq!(error.source().unwrap().to_string(), "transform fields: expected u16");
}

powertools_lambda_parameters::config! {
    /// The shop's configuration.
    #[derive(Debug)]
    struct Declared(ssm: Parameters<MapProvider>, secrets: Parameters<MapProvider>) {
        currency: Arc<str> = ssm.get("/shop/currency"),
        limit: Arc<u32> = ssm.get("/shop/limit").json(),
        password: Secret = secrets.get("shop/password").secret(),
    }
}

#[tokio::test]
async fn a_configuration_is_declared_once_and_read_at_once() {
    let store = MapProvider::new()
        .text("/shop/currency", "EUR")
        .text("/shop/limit", "10");
    let (ssm, secrets) = (on(&store), on(&MapProvider::new().text("shop/password", "hunter2")));
    let config = Declared::load(&ssm, &secrets).await.unwrap();
    assert_eq!(
        format!("{config:?}"),
        r#"Declared { currency: "EUR", limit: 10, password: Secret(..) }"#
    );
    Declared::load(&ssm, &secrets).await.unwrap();
    assert_eq!(store.calls().len(), 2);
    store.put("/shop/limit", "many");
    ssm.clear();
    assert_eq!(Declared::load(&ssm, &secrets).await.unwrap_err().name(), "/shop/limit");
}

#[tokio::test]
async fn work_that_fails_is_repeated_once_if_the_value_was_replaced() {
    #[derive(Debug, PartialEq)]
    enum Failed {
        WrongPassword(String),
        Unread,
    }
    impl From<GetError> for Failed {
        fn from(_: GetError) -> Self {
            Self::Unread
        }
    }
    let store = MapProvider::new().text("db", "old");
    let parameters = on(&store);
    let tries = AtomicUsize::new(0);
    let log_in = |password: Secret| {
        tries.fetch_add(1, Ordering::Relaxed);
        async move {
            match password.expose().as_str() {
                "new" => Ok("in"),
                other => Err(Failed::WrongPassword(other.to_owned())),
            }
        }
    };
    let attempt = || parameters.get("db").secret().attempt(log_in);

    assert_eq!(attempt().await, Err(Failed::WrongPassword("old".to_owned())));
    assert_eq!(tries.swap(0, Ordering::Relaxed), 1, "the same value is not tried twice");

    store.put("db", "new");
    assert_eq!(attempt().await, Ok("in"));
    assert_eq!(tries.swap(0, Ordering::Relaxed), 2);
    assert_eq!(attempt().await, Ok("in"));
    assert_eq!(tries.swap(0, Ordering::Relaxed), 1, "the new one is cached");

    store.put("db", "other");
    parameters.clear();
    assert_eq!(attempt().await, Err(Failed::WrongPassword("other".to_owned())));
    store.remove("db");
    assert_eq!(
        attempt().await,
        Err(Failed::WrongPassword("other".to_owned())),
        "the work's own error"
    );
    parameters.clear();
    assert_eq!(attempt().await, Err(Failed::Unread));
}

#[tokio::test]
async fn a_map_takes_the_place_of_a_store_whose_options_are_set() {
    async fn api_key(ssm: &Parameters<impl Provider<Options = SsmOptions>>) -> Result<Secret, GetError> {
        ssm.get("/shop/api-key").decrypt(true).secret().await
    }
    let store = MapProvider::<SsmOptions>::default().text("/shop/api-key", "hunter2");
    assert_eq!(api_key(&Parameters::new(store)).await.unwrap().expose(), "hunter2");
}

/// The README shows this output.
#[tokio::test]
async fn a_secret_field_of_a_configuration_does_not_print() {
    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code)]
    struct Config {
        currency: String,
        api_key: Secret,
    }
    let parameters = on(&MapProvider::new().text("/shop/config", r#"{"currency": "EUR", "api_key": "hunter2"}"#));
    let config = parameters.get("/shop/config").json::<Config>().await.unwrap();
    let printed = format!(
        "{config:?}, and the key has {} characters",
        config.api_key.expose().len()
    );
    assert_eq!(
        printed,
        r#"Config { currency: "EUR", api_key: Secret(..) }, and the key has 7 characters"#
    );
    guide_check::check(
        "crates/parameters/README.md",
        include_str!("../../README.md"),
        "",
        |readme| {
            readme.left_out("[dependencies]", "lines of a manifest");
            readme.left_out("use std::time::Duration;", "a documentation test runs it");
            readme.output_below(1, "text", &printed);
        },
    );
}
