//! Secrets Manager: the recorded cases by name, and cases that are not recorded.

use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_parameters::secrets::SecretsManager;
use powertools_lambda_parameters::{GetError, Parameters, Value};
use serde_json::json;

use crate::common::replay::Replay;

fn secrets(replay: &Replay) -> Parameters<SecretsManager> {
    Parameters::builder(SecretsManager::from(&replay.config()))
        .environment(TestEnvironment::new().environment().clone())
        .build()
}

fn secret(name: &str, text: &str) -> serde_json::Value {
    json!({ "ARN": format!("arn:{name}-a1B2c3"), "Name": name, "SecretString": text })
}

#[tokio::test]
async fn case_70_a_secret_is_a_secret() {
    let replay = Replay::ok([secret("s1", r#"{"u":"a"}"#)]);
    let value = secrets(&replay).get("s1").await.unwrap();
    assert_eq!(value.expose(), r#"{"u":"a"}"#);
    assert_eq!(format!("{value:?}"), "Secret(..)");
    assert_eq!(
        replay.calls(),
        [("GetSecretValue".to_owned(), json!({ "SecretId": "s1" }))]
    );
}

#[tokio::test]
async fn case_71_json() {
    let replay = Replay::ok([secret("s1", r#"{"u":"a"}"#)]);
    let value = secrets(&replay).get("s1").json::<serde_json::Value>().await.unwrap();
    assert_eq!(*value, json!({ "u": "a" }));
}

#[tokio::test]
async fn case_72_a_binary_secret_is_bytes_and_as_text_an_error() {
    let replay = Replay::ok([json!({ "Name": "s2", "SecretBinary": "AAH/" })]);
    let secrets = secrets(&replay);
    assert_eq!(secrets.get("s2").bytes().await.unwrap(), &[0, 1, 255][..]);
    assert!(secrets.get("s2").await.unwrap_err().is_decode());
}

#[tokio::test]
async fn an_empty_secret_is_a_text_even_beside_bytes() {
    let replay = Replay::ok([
        json!({ "Name": "s", "SecretString": "", "SecretBinary": "AAH/" }),
        json!({ "Name": "t" }),
    ]);
    let secrets = secrets(&replay);
    assert_eq!(secrets.get("s").await.unwrap().expose(), "");
    assert!(secrets.get("t").await.unwrap_err().is_not_found());
}

/// Different on purpose: version and stage are part of the cache's key.
#[tokio::test]
async fn case_73_versions_are_told_apart() {
    let replay = Replay::ok([secret("s1", "current"), secret("s1", "previous"), secret("s1", "v2")]);
    let secrets = secrets(&replay);
    for _ in 0..2 {
        assert_eq!(
            secrets.get("s1").version_stage("AWSCURRENT").await.unwrap().expose(),
            "current"
        );
        assert_eq!(
            secrets.get("s1").version_stage("AWSPREVIOUS").await.unwrap().expose(),
            "previous"
        );
        assert_eq!(secrets.get("s1").version_id("v2").await.unwrap().expose(), "v2");
    }
    let calls: Vec<_> = replay.calls().into_iter().map(|(_, call)| call).collect();
    assert_eq!(
        calls,
        [
            json!({ "SecretId": "s1", "VersionStage": "AWSCURRENT" }),
            json!({ "SecretId": "s1", "VersionStage": "AWSPREVIOUS" }),
            json!({ "SecretId": "s1", "VersionId": "v2" }),
        ]
    );
}

/// Different on purpose: exactly the requested ids, and an error for each id.
#[tokio::test]
async fn case_75_several_secrets_are_those_that_were_asked_for() {
    let replay = Replay::ok([
        json!({
            "SecretValues": [secret("s1", "one")],
            "Errors": [{ "SecretId": "gone", "ErrorCode": "ResourceNotFoundException", "Message": "no" }],
            "NextToken": "t1",
        }),
        json!({
            "SecretValues": [secret("s2", "two")],
            "Errors": [{ "SecretId": "denied", "ErrorCode": "AccessDeniedException", "Message": "no" }],
        }),
    ]);
    let secrets = secrets(&replay);
    let each = secrets.get_by_names(["s1", "s2", "gone", "denied"]).each().await;
    assert_eq!(each["s1"].as_ref().unwrap().expose(), "one");
    assert_eq!(each["s2"].as_ref().unwrap().expose(), "two");
    assert!(each["gone"].as_ref().is_err_and(GetError::is_not_found));
    assert!(each["denied"].as_ref().is_err_and(GetError::is_access_denied));
    assert_eq!(
        secrets.get("s1").await.unwrap().expose(),
        "one",
        "cached under its own name"
    );
    let ids = json!(["s1", "s2", "gone", "denied"]);
    assert_eq!(
        replay.calls(),
        [
            ("BatchGetSecretValue".to_owned(), json!({ "SecretIdList": ids })),
            (
                "BatchGetSecretValue".to_owned(),
                json!({ "SecretIdList": ids, "NextToken": "t1" })
            ),
        ]
    );
}

#[tokio::test]
async fn more_secrets_than_a_call_takes_are_several_calls() {
    let names: Vec<String> = (0..45).map(|number| format!("s{number}")).collect();
    let replay = Replay::ok(
        names
            .chunks(20)
            .map(|chunk| json!({ "SecretValues": chunk.iter().map(|name| secret(name, name)).collect::<Vec<_>>() })),
    );
    let values = secrets(&replay)
        .get_by_names(names.iter().map(String::as_str))
        .await
        .unwrap();
    assert_eq!(values.len(), 45);
    assert!(values.iter().all(|(name, value)| name == value.expose()));
    assert_eq!(replay.operations().len(), 3);
}

#[tokio::test]
async fn a_function_that_may_not_ask_for_several_asks_one_by_one() {
    let replay = Replay::new([
        Replay::error("AccessDeniedException"),
        (200, secret("s1", "one")),
        Replay::error("ResourceNotFoundException"),
    ]);
    let each = secrets(&replay).get_by_names(["s1", "gone"]).each().await;
    assert_eq!(each["s1"].as_ref().unwrap().expose(), "one");
    assert!(each["gone"].as_ref().is_err_and(GetError::is_not_found));
    assert_eq!(
        replay.operations(),
        ["BatchGetSecretValue", "GetSecretValue", "GetSecretValue"]
    );
}

/// Different on purpose: without names, there is no call and the map is empty.
#[tokio::test]
async fn case_76_no_names_are_no_call() {
    let replay = Replay::ok([]);
    assert!(secrets(&replay).get_by_names([]).await.unwrap().is_empty());
    assert!(replay.calls().is_empty());
}

#[tokio::test]
async fn cases_77_and_78_set_writes_a_version_or_a_new_secret() {
    let replay = Replay::new([
        (200, secret("s1", "old")),
        (200, json!({ "VersionId": "v2" })),
        (200, secret("s1", "new")),
        Replay::error("ResourceNotFoundException"),
        (200, json!({ "VersionId": "v1" })),
        Replay::error("LimitExceededException"),
    ]);
    let secrets = secrets(&replay);
    assert_eq!(secrets.get("s1").await.unwrap().expose(), "old");
    assert_eq!(
        secrets.set("s1", "new").client_request_token("token-1").await.unwrap(),
        "v2"
    );
    assert_eq!(secrets.get("s1").await.unwrap().expose(), "new");
    assert_eq!(secrets.set("s3", Value::binary([0, 1, 255])).await.unwrap(), "v1");
    let error = secrets.set("s1", "again").await.unwrap_err();
    assert_eq!(error.to_string(), r#"cannot set "s1" in Secrets Manager"#);
    let calls = replay.calls();
    assert_eq!(
        calls[1].1,
        json!({ "SecretId": "s1", "SecretString": "new", "ClientRequestToken": "token-1" })
    );
    assert_eq!(calls[4].0, "CreateSecret");
    assert_eq!(
        (&calls[4].1["Name"], &calls[4].1["SecretBinary"]),
        (&json!("s3"), &json!("AAH/"))
    );
}

#[tokio::test]
async fn a_secret_is_found_by_name_by_arn_and_by_arn_without_its_suffix() {
    let arn = |name: &str| format!("arn:aws:secretsmanager:eu-west-1:123456789012:secret:{name}");
    let secret = |name: &str, suffix: &str| json!({ "ARN": arn(&format!("{name}{suffix}")), "Name": name, "SecretString": name });
    // The partial ARN of the second secret is the whole ARN of the first.
    let answer = json!({
        "SecretValues": [secret("shop", "-a1B2c3"), secret("shop-a1B2c3", "-X9y8Z7")],
        "Errors": [{ "SecretId": arn("locked-Q1w2E3"), "ErrorCode": "DecryptionFailure", "Message": "no" }],
    });
    for answer in [answer.clone(), {
        let mut other_order = answer;
        other_order["SecretValues"].as_array_mut().unwrap().reverse();
        other_order
    }] {
        let replay = Replay::ok([answer]);
        let asked = [
            "shop",
            &arn("shop"),
            &arn("shop-a1B2c3"),
            "shop-a1B2c3",
            &arn("shop-a1B2c3-X9y8Z7"),
            "locked",
        ];
        let each = secrets(&replay).get_by_names(asked).each().await;
        let values = asked.map(|name| each[name].as_ref().map_or("failed", |value| value.expose().as_str()));
        assert_eq!(values, ["shop", "shop", "shop", "shop-a1B2c3", "shop-a1B2c3", "failed"]);
        assert_eq!(replay.operations(), ["BatchGetSecretValue"]);
    }
}
