//! AppConfig: the recorded cases by name, and cases that are not recorded.

use std::time::Duration;

use aws_smithy_types::body::SdkBody;
use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_parameters::appconfig::AppConfig;
use powertools_lambda_parameters::{GetError, Parameters};
use serde_json::{Value, json};

use crate::common::replay::Replay;

const SECOND: Duration = Duration::from_secs(1);

type Answer = http::Response<SdkBody>;

fn began(token: &str) -> Answer {
    let body = json!({ "InitialConfigurationToken": token }).to_string();
    http::Response::builder().status(201).body(SdkBody::from(body)).unwrap()
}

fn latest(body: &str, token: &str, interval: u32) -> Answer {
    http::Response::builder()
        .header("next-poll-configuration-token", token)
        .header("next-poll-interval-in-seconds", interval)
        .body(SdkBody::from(body))
        .unwrap()
}

fn error(status: u16, code: &str) -> Answer {
    let answer = http::Response::builder()
        .status(status)
        .header("x-amzn-errortype", code);
    answer.body(SdkBody::from(r#"{"Message":"no"}"#)).unwrap()
}

fn on(environment: &TestEnvironment, replay: &Replay) -> Parameters<AppConfig> {
    let store = AppConfig::new(aws_sdk_appconfigdata::Client::new(&replay.config()), "dev").application("my-app");
    Parameters::builder(store).environment(environment).build()
}

/// The token of each poll, and "session" for each new session.
fn polls(replay: &Replay) -> Vec<String> {
    let calls = replay.operations();
    let token = |uri: &String| {
        uri.split_once("configuration_token=")
            .map(|(_, token)| token.to_owned())
    };
    calls
        .iter()
        .map(|uri| token(uri).unwrap_or_else(|| "session".to_owned()))
        .collect()
}

async fn poll(parameters: &Parameters<AppConfig>) -> Result<Value, GetError> {
    let json = parameters.get("conf").max_age(Duration::ZERO).json::<Value>().await?;
    Ok((*json).clone())
}

#[tokio::test]
async fn case_01_tokens_are_threaded_and_nothing_means_unchanged() {
    let replay = Replay::raw([
        began("init-1"),
        latest(r#"{"a":1}"#, "t1", 0),
        latest("", "t2", 0),
        latest(r#"{"a":2}"#, "t3", 0),
    ]);
    let parameters = on(&TestEnvironment::new(), &replay);
    assert_eq!(poll(&parameters).await.unwrap(), json!({ "a": 1 }));
    assert_eq!(poll(&parameters).await.unwrap(), json!({ "a": 1 }));
    assert_eq!(poll(&parameters).await.unwrap(), json!({ "a": 2 }));
    assert_eq!(polls(&replay), ["session", "init-1", "t1", "t2"]);
    assert_eq!(
        replay.calls()[0].1,
        json!({
            "ApplicationIdentifier": "my-app", "EnvironmentIdentifier": "dev", "ConfigurationProfileIdentifier": "conf",
        })
    );
}

/// Different on purpose: one poll serves every transform.
#[tokio::test]
async fn case_06_transforms_share_a_poll() {
    let replay = Replay::raw([began("init-1"), latest(r#"{"a":1}"#, "t1", 0)]);
    let parameters = on(&TestEnvironment::new(), &replay);
    let age = Duration::from_mins(5);
    assert_eq!(parameters.get("conf").max_age(age).bytes().await.unwrap(), r#"{"a":1}"#);
    assert_eq!(
        *parameters.get("conf").max_age(age).json::<Value>().await.unwrap(),
        json!({ "a": 1 })
    );
    assert_eq!(polls(&replay), ["session", "init-1"]);
}

/// Different on purpose: the error has a clear text.
#[tokio::test]
async fn case_02_an_empty_first_answer_is_a_clear_error() {
    let replay = Replay::raw([began("init-1"), latest("", "t1", 0)]);
    let error = poll(&on(&TestEnvironment::new(), &replay)).await.unwrap_err();
    assert!(error.is_not_found());
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "AppConfig returned an empty configuration");
}

#[tokio::test]
async fn the_interval_is_honoured_for_any_age() {
    let environment = TestEnvironment::new();
    let replay = Replay::raw([began("init-1"), latest("1", "t1", 60), latest("2", "t2", 60)]);
    let parameters = on(&environment, &replay);
    assert_eq!(poll(&parameters).await.unwrap(), 1);
    environment.clock().advance(59 * SECOND);
    assert_eq!(poll(&parameters).await.unwrap(), 1);
    assert_eq!(&*parameters.get("conf").force_fetch().await.unwrap(), "1");
    assert_eq!(polls(&replay).len(), 2);
    environment.clock().advance_wall(SECOND);
    assert_eq!(poll(&parameters).await.unwrap(), 2);
}

/// Different on purpose: Python sends an expired token for the life of the environment.
#[tokio::test]
async fn case_04_an_unknown_token_begins_a_new_session() {
    let replay = Replay::raw([
        began("init-1"),
        latest("1", "t1", 0),
        error(400, "BadRequestException"),
        began("init-2"),
        latest("", "u1", 0),
        latest("2", "u2", 0),
    ]);
    let parameters = on(&TestEnvironment::new(), &replay);
    assert_eq!(poll(&parameters).await.unwrap(), 1);
    assert_eq!(
        poll(&parameters).await.unwrap(),
        1,
        "the last content is kept across sessions"
    );
    assert_eq!(poll(&parameters).await.unwrap(), 2);
    assert_eq!(polls(&replay), ["session", "init-1", "t1", "session", "init-2", "u1"]);
}

#[tokio::test]
async fn a_session_is_renewed_before_its_token_expires() {
    let environment = TestEnvironment::new();
    let replay = Replay::raw([
        began("init-1"),
        latest("1", "t1", 0),
        latest("2", "t2", 0),
        began("init-2"),
        latest("3", "u1", 0),
    ]);
    let parameters = on(&environment, &replay);
    assert_eq!(poll(&parameters).await.unwrap(), 1);
    environment.clock().advance((23 * 3_600 + 44 * 60) * SECOND);
    assert_eq!(poll(&parameters).await.unwrap(), 2);
    environment.clock().advance_wall(60 * SECOND);
    assert_eq!(poll(&parameters).await.unwrap(), 3);
    assert_eq!(polls(&replay), ["session", "init-1", "t1", "session", "init-2"]);
}

#[tokio::test]
async fn a_poll_that_fails_keeps_its_token_and_the_content() {
    let replay = Replay::raw([
        began("init-1"),
        latest("1", "t1", 0),
        error(500, "InternalServerException"),
        latest("", "t2", 0),
    ]);
    let parameters = on(&TestEnvironment::new(), &replay);
    assert_eq!(poll(&parameters).await.unwrap(), 1);
    assert!(poll(&parameters).await.unwrap_err().is_unavailable());
    assert_eq!(poll(&parameters).await.unwrap(), 1);
    assert_eq!(polls(&replay), ["session", "init-1", "t1", "t1"]);
}

#[tokio::test]
async fn a_token_that_is_refused_twice_is_an_error_and_not_a_loop() {
    let replay = Replay::raw([
        began("init-1"),
        error(400, "BadRequestException"),
        began("init-2"),
        error(400, "BadRequestException"),
    ]);
    assert!(poll(&on(&TestEnvironment::new(), &replay)).await.is_err());
    assert_eq!(polls(&replay).len(), 4);
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let replay = Replay::raw([error(404, "ResourceNotFoundException")]);
    assert!(
        poll(&on(&TestEnvironment::new(), &replay))
            .await
            .unwrap_err()
            .is_not_found()
    );
}

#[tokio::test]
async fn a_restored_snapshot_begins_a_separate_session() {
    let replay = Replay::raw([
        began("init-1"),
        latest("1", "t1", 60),
        began("init-2"),
        latest("2", "u1", 60),
    ]);
    let parameters = on(&TestEnvironment::new(), &replay);
    assert_eq!(poll(&parameters).await.unwrap(), 1);
    parameters.after_restore();
    assert_eq!(poll(&parameters).await.unwrap(), 2);
}

#[tokio::test]
async fn the_application_is_the_service_by_default() {
    for (environment, application) in [
        (
            TestEnvironment::new().var("POWERTOOLS_SERVICE_NAME", "orders"),
            Some("orders"),
        ),
        (TestEnvironment::new(), None),
    ] {
        let replay = Replay::raw([began("init-1"), latest("1", "t1", 60)]);
        let store = AppConfig::new(aws_sdk_appconfigdata::Client::new(&replay.config()), "dev");
        let store = store.poll_interval(Duration::from_secs(30));
        let parameters = Parameters::builder(store).environment(&environment).build();
        match (parameters.get("conf").await, application) {
            (Ok(_), Some(application)) => {
                let call = replay.calls()[0].1.clone();
                assert_eq!(call["ApplicationIdentifier"], application);
                assert_eq!(call["RequiredMinimumPollIntervalInSeconds"], 30);
            }
            (Err(error), None) => {
                let source = std::error::Error::source(&error).unwrap().to_string();
                assert_eq!(
                    source,
                    "no application: call `application`, or set POWERTOOLS_SERVICE_NAME"
                );
            }
            (outcome, _) => panic!("{outcome:?}"),
        }
    }
}
