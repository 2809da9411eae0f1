//! The four stores in a local AWS, with the real SDK and with a proxy that injects faults.
//!
//! Environment variables have the addresses; `cargo xtask test end-to-end` starts both and runs only this binary.

#![cfg(all(feature = "appconfig", feature = "dynamodb", feature = "secrets", feature = "ssm"))]
#![recursion_limit = "256"] // the SDK's futures are deep
#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::disallowed_methods)] // where the local AWS is stands in the environment

use std::time::{Duration, Instant};

use aws_sdk_appconfig::types::ReplicateTo;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use aws_sdk_ssm::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_smithy_http_client::Builder;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use powertools_lambda_parameters::appconfig::AppConfig;
use powertools_lambda_parameters::secrets::SecretsManager;
use powertools_lambda_parameters::ssm::Ssm;
use powertools_lambda_parameters::{GetError, Parameters, Value};
use serde_json::json;

/// The address of the local AWS, and that of the proxy in front of it, which injects faults.
const AWS: &str = "POWERTOOLS_TEST_AWS";
const FAULTS: &str = "POWERTOOLS_TEST_AWS_FAULTS";

fn config(variable: &str) -> SdkConfig {
    let endpoint = std::env::var(variable).expect("the address of the local AWS");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            "test", "test", None, None, "test",
        )))
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(10)))
        .timeout_config(
            TimeoutConfig::builder()
                .operation_attempt_timeout(Duration::from_secs(2))
                .build(),
        )
        .http_client(Builder::new().build_http())
        .endpoint_url(endpoint)
        .build()
}

fn aws() -> SdkConfig {
    config(AWS)
}

#[tokio::test]
#[ignore = "needs the local AWS: cargo xtask test end-to-end"]
async fn parameter_store_pages_decrypts_and_says_what_is_missing() {
    let ssm = Parameters::ssm(&aws());
    for number in 0..23 {
        assert_eq!(
            ssm.set(&format!("/pages/p{number:02}"), format!("v{number}"))
                .await
                .unwrap(),
            1
        );
    }
    ssm.set("/pages/deep/er", "d").await.unwrap();
    ssm.set("/pages/secret", "s3cr3t").secure().await.unwrap();

    let plain = ssm.get_multiple("/pages").await.unwrap();
    assert_eq!(plain.len(), 24);
    assert_eq!((&*plain["p00"], &*plain["p22"]), ("v0", "v22"));
    assert!(!plain.contains_key("deep/er"));
    let all = ssm.get_multiple("/pages").recursive(true).decrypt(true).await.unwrap();
    assert_eq!((&*all["deep/er"], &*all["secret"]), ("d", "s3cr3t"));

    assert_ne!(
        &*ssm.get("/pages/secret").await.unwrap(),
        "s3cr3t",
        "it comes encrypted"
    );
    assert_eq!(
        ssm.get("/pages/secret").decrypt(true).secret().await.unwrap().expose(),
        "s3cr3t"
    );
    assert!(ssm.get("/pages/missing").await.unwrap_err().is_not_found());

    let names: Vec<String> = (0..23).map(|number| format!("/pages/p{number:02}")).collect();
    let names = names.iter().map(String::as_str).chain(["/pages/missing"]);
    let each = ssm
        .get_by_names(names)
        .names_with(|options| options.decrypt = true, ["/pages/secret"])
        .each()
        .await;
    assert_eq!(each.len(), 25);
    assert_eq!(&**each["/pages/secret"].as_ref().unwrap(), "s3cr3t");
    assert_eq!(&**each["/pages/p22"].as_ref().unwrap(), "v22");
    assert!(each["/pages/missing"].as_ref().is_err_and(GetError::is_not_found));
}

#[tokio::test]
#[ignore = "needs the local AWS: cargo xtask test end-to-end"]
async fn what_was_set_is_read_and_an_old_version_still_is() {
    let ssm = Parameters::builder(Ssm::from(&aws()))
        .max_age(Duration::from_hours(1))
        .build();
    assert_eq!(ssm.set("/set/a", "one").await.unwrap(), 1);
    assert_eq!(&*ssm.get("/set/a").await.unwrap(), "one");
    assert!(ssm.set("/set/a", "two").await.is_err(), "it is there already");
    assert_eq!(ssm.set("/set/a", "two").overwrite().await.unwrap(), 2);
    assert_eq!(&*ssm.get("/set/a").await.unwrap(), "two");
    assert_eq!(&*ssm.get("/set/a:1").await.unwrap(), "one");
    let arn = ssm
        .provider()
        .client()
        .get_parameter()
        .name("/set/a")
        .send()
        .await
        .unwrap();
    let arn = arn.parameter.and_then(|parameter| parameter.arn).unwrap();
    let names = ["/set/a", "/set/a:1", "/set/a:2", &arn];
    let values = ssm.get_by_names(names).force_fetch().await.unwrap();
    assert_eq!(names.map(|name| &*values[name]), ["two", "one", "two", "two"]);
}

#[tokio::test]
#[ignore = "needs the local AWS: cargo xtask test end-to-end"]
async fn secrets_come_by_version_and_stage_and_many_at_once() {
    let secrets = Parameters::secrets(&aws());
    let first = secrets.set("many/one", "old").await.unwrap();
    secrets.set("many/one", "new").await.unwrap();
    secrets.set("many/bytes", Value::binary([0, 1, 255])).await.unwrap();
    secrets.set("many/one-more", "nobody asked for it").await.unwrap();

    assert_eq!(secrets.get("many/one").await.unwrap().expose(), "new");
    assert_eq!(
        secrets
            .get("many/one")
            .version_stage("AWSPREVIOUS")
            .await
            .unwrap()
            .expose(),
        "old"
    );
    assert_eq!(secrets.get("many/one").version_id(first).await.unwrap().expose(), "old");
    assert_eq!(secrets.get("many/bytes").bytes().await.unwrap(), &[0, 1, 255][..]);
    assert!(secrets.get("many/bytes").await.unwrap_err().is_decode());
    assert!(secrets.get("many/missing").await.unwrap_err().is_not_found());

    let each = secrets
        .get_by_names(["many/one", "many/bytes", "many/missing"])
        .bytes()
        .each()
        .await;
    assert_eq!(each.len(), 3);
    assert_eq!(each["many/one"].as_ref().unwrap(), "new");
    assert_eq!(each["many/bytes"].as_ref().unwrap(), &[0, 1, 255][..]);
    assert!(each["many/missing"].as_ref().is_err_and(GetError::is_not_found));

    let arn = secrets
        .provider()
        .client()
        .get_secret_value()
        .secret_id("many/one")
        .send()
        .await;
    let arn = arn.unwrap().arn.unwrap();
    let names = ["many/one", &arn, &arn[..arn.len() - 7]];
    let values = secrets.get_by_names(names).force_fetch().await.unwrap();
    assert_eq!(names.map(|name| values[name].expose().as_str()), ["new"; 3]);
}

#[tokio::test]
#[ignore = "needs the local AWS: cargo xtask test end-to-end"]
async fn a_secret_that_was_rotated_is_read_again() {
    let secrets = Parameters::builder(SecretsManager::from(&aws()))
        .max_age(Duration::from_hours(1))
        .build();
    secrets.set("rotated", "old").await.unwrap();
    assert_eq!(secrets.get("rotated").await.unwrap().expose(), "old");
    Parameters::secrets(&aws()).set("rotated", "new").await.unwrap(); // a second cache
    assert_eq!(secrets.get("rotated").await.unwrap().expose(), "old");
    let done = secrets.get("rotated").attempt(|password| async move {
        match password.expose().as_str() {
            "new" => Ok("in"),
            _ => Err(Box::<dyn std::error::Error>::from("wrong password")),
        }
    });
    assert_eq!(done.await.unwrap(), "in");
    assert_eq!(secrets.get("rotated").await.unwrap().expose(), "new");
}

#[tokio::test]
#[ignore = "needs the local AWS: cargo xtask test end-to-end"]
async fn a_table_has_items_by_key_and_partitions_page_by_page() {
    let client = aws_sdk_dynamodb::Client::new(&aws());
    let attribute = |name: &str| {
        let attribute = AttributeDefinition::builder().attribute_name(name);
        attribute.attribute_type(ScalarAttributeType::S).build().unwrap()
    };
    let key = |name: &str, kind| {
        KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(kind)
            .build()
            .unwrap()
    };
    let table = client
        .create_table()
        .table_name("settings")
        .billing_mode(BillingMode::PayPerRequest);
    let table = table
        .attribute_definitions(attribute("id"))
        .attribute_definitions(attribute("sk"));
    table
        .key_schema(key("id", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .send()
        .await
        .unwrap();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    for number in 0..25 {
        let item = client.put_item().table_name("settings").item("id", text("shop"));
        let item = item.item("sk", text(&format!("p{number:02}")));
        item.item("value", AttributeValue::N(number.to_string()))
            .send()
            .await
            .unwrap();
    }
    let table = Parameters::dynamodb(&aws(), "settings");
    assert_eq!(*table.get("shop").sort_key("p07").json::<u8>().await.unwrap(), 7);
    assert!(table.get("shop").sort_key("nope").await.unwrap_err().is_not_found());
    let all = table
        .get_multiple("shop")
        .page_size(10)
        .consistent()
        .json::<u8>()
        .await
        .unwrap();
    assert_eq!(all.len(), 25);
    assert_eq!(*all["p24"], 24);
    assert!(table.get_multiple("nothing").await.unwrap().is_empty());
    let error = Parameters::dynamodb(&aws(), "no-table").get("a").await.unwrap_err();
    assert!(!error.is_not_found() && !error.is_unavailable(), "{error:?}");
}

#[tokio::test]
#[ignore = "needs the local AWS: cargo xtask test end-to-end"]
async fn a_configuration_is_polled_and_its_new_version_arrives() {
    let client = aws_sdk_appconfig::Client::new(&aws());
    let application = client
        .create_application()
        .name("e2e")
        .send()
        .await
        .unwrap()
        .id
        .unwrap();
    let environment = client
        .create_environment()
        .application_id(&application)
        .name("live")
        .send()
        .await
        .unwrap();
    let environment = environment.id.unwrap();
    let profile = client
        .create_configuration_profile()
        .application_id(&application)
        .name("main");
    let profile = profile.location_uri("hosted").send().await.unwrap().id.unwrap();
    let strategy = client
        .create_deployment_strategy()
        .name("at-once")
        .deployment_duration_in_minutes(0);
    let strategy = strategy
        .growth_factor(100.0)
        .replicate_to(ReplicateTo::None)
        .send()
        .await
        .unwrap()
        .id
        .unwrap();
    let deploy = async |content: &str| {
        let version = client
            .create_hosted_configuration_version()
            .application_id(&application);
        let version = version
            .configuration_profile_id(&profile)
            .content_type("application/json");
        let version = version
            .content(content.as_bytes().to_vec().into())
            .send()
            .await
            .unwrap()
            .version_number;
        let deployment = client
            .start_deployment()
            .application_id(&application)
            .environment_id(&environment);
        let deployment = deployment
            .configuration_profile_id(&profile)
            .deployment_strategy_id(&strategy);
        deployment
            .configuration_version(version.to_string())
            .send()
            .await
            .unwrap();
    };
    let store = |client| AppConfig::new(client, "live").application("e2e");
    let appconfig = Parameters::new(store(aws_sdk_appconfigdata::Client::new(&aws())));
    deploy(r#"{"orders": 1}"#).await;
    let read = async || {
        appconfig
            .get("main")
            .max_age(Duration::ZERO)
            .json::<serde_json::Value>()
            .await
    };
    assert_eq!(*read().await.unwrap(), json!({ "orders": 1 }));
    assert_eq!(
        *read().await.unwrap(),
        json!({ "orders": 1 }),
        "within the poll interval"
    );
    assert!(appconfig.get("no-profile").await.unwrap_err().is_not_found());

    deploy(r#"{"orders": 2}"#).await;
    appconfig.after_restore(); // a session of its own sees it at once; the old one's interval is a minute
    assert_eq!(*read().await.unwrap(), json!({ "orders": 2 }));
}

/// Faults of the proxy, one after the other, because its rules apply to all calls.
#[tokio::test]
#[ignore = "needs the local AWS: cargo xtask test end-to-end"]
async fn faults_are_retried_by_the_sdk_and_otherwise_told_apart_or_bridged() {
    Parameters::ssm(&aws()).set("/faults/a", "v").await.unwrap();
    Parameters::secrets(&aws()).set("faults/a", "v").await.unwrap();
    let faulty = || config(FAULTS);
    let once = |mut rule: serde_json::Value| {
        rule["times"] = 1.into();
        rule
    };
    // The proxy loads its models at the first fault, which takes seconds.
    rules(&json!([
        once(json!({ "service": "ssm", "error": { "code": "ThrottlingException" } })),
        once(json!({ "service": "secretsmanager", "error": { "code": "ThrottlingException" } })),
    ]))
    .await;
    let started = Instant::now();
    while Parameters::ssm(&faulty()).get("/faults/a").await.is_err()
        || Parameters::secrets(&faulty()).get("faults/a").await.is_err()
    {
        assert!(started.elapsed() < Duration::from_mins(1), "the proxy does not answer");
    }

    for fault in [
        once(json!({ "service": "ssm", "error": { "code": "ThrottlingException" } })),
        once(json!({ "service": "ssm", "error": { "code": "InternalServerError", "status": 500 } })),
        once(json!({ "service": "ssm", "reset": true })),
        once(json!({ "service": "ssm", "latency": 3_000 })),
    ] {
        rules(&json!([fault])).await;
        let value = Parameters::ssm(&faulty()).get("/faults/a").await;
        assert_eq!(&*value.unwrap(), "v", "the SDK tries again after {fault}");
    }

    rules(&json!([{ "service": "ssm", "error": { "code": "ThrottlingException" } }])).await;
    let error = Parameters::ssm(&faulty()).get("/faults/a").await.unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");
    rules(&json!([{ "service": "secretsmanager", "error": { "code": "AccessDeniedException", "status": 400 } }])).await;
    let error = Parameters::secrets(&faulty()).get("faults/a").await.unwrap_err();
    assert!(error.is_access_denied(), "{error:?}");

    // An older answer bridges an outage, and the store is not asked in the meantime.
    rules(&json!([])).await;
    let builder = Parameters::builder(Ssm::from(&faulty())).max_age(Duration::from_millis(1));
    let ssm = builder
        .stale_if_error(Duration::from_mins(10))
        .failure_age(Duration::from_mins(10))
        .build();
    assert_eq!(&*ssm.get("/faults/a").await.unwrap(), "v");
    rules(&json!([{ "service": "ssm", "reset": true }])).await;
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(&*ssm.get("/faults/a").await.unwrap(), "v");
    let asked = Instant::now();
    assert_eq!(&*ssm.get("/faults/a").await.unwrap(), "v");
    assert!(asked.elapsed() < Duration::from_millis(5), "no call was made");
    rules(&json!([])).await;

    // It also bridges a store that takes the call and does not answer in time.
    let builder = Parameters::builder(Ssm::from(&faulty())).max_age(Duration::from_millis(1));
    let ssm = builder.stale_if_error(Duration::from_mins(10)).build();
    assert_eq!(&*ssm.get("/faults/a").await.unwrap(), "v");
    rules(&json!([{ "service": "ssm", "latency": 10_000 }])).await;
    tokio::time::sleep(Duration::from_millis(5)).await;
    let asked = Instant::now();
    assert_eq!(&*ssm.get("/faults/a").await.unwrap(), "v");
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    rules(&json!([])).await;
}

/// Replaces the proxy's rules.
async fn rules(rules: &serde_json::Value) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = std::env::var(FAULTS).expect("the address of the proxy");
    let address = address.strip_prefix("http://").unwrap_or(&address);
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let body = rules.to_string();
    let request = format!(
        "POST /_microburst/rules HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 2"), "{answer}");
}
