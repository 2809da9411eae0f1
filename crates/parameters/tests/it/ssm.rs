//! Parameter Store: the recorded cases by name, and cases that are not recorded.

use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_parameters::ssm::Ssm;
use powertools_lambda_parameters::{GetError, Parameters};
use serde_json::{Value, json};

use crate::common::replay::Replay;

fn ssm(replay: &Replay) -> Parameters<Ssm> {
    on(&TestEnvironment::new(), replay)
}

fn on(environment: &TestEnvironment, replay: &Replay) -> Parameters<Ssm> {
    Parameters::builder(Ssm::from(&replay.config()))
        .environment(environment)
        .build()
}

fn parameter(name: &str, value: &str) -> Value {
    json!({ "Parameter": parameter_of(name, value) })
}

fn parameter_of(name: &str, value: &str) -> Value {
    json!({ "Name": name, "Value": value, "Type": "String", "Version": 1 })
}

fn parameters(values: &[(&str, &str)]) -> Value {
    let found: Vec<_> = values.iter().map(|(name, value)| parameter_of(name, value)).collect();
    json!({ "Parameters": found })
}

#[tokio::test]
async fn case_41_a_missing_parameter_is_an_error_with_the_sdks_as_its_source() {
    let replay = Replay::new([Replay::error("ParameterNotFound")]);
    let error = ssm(&replay).get("/nope").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"parameter "/nope" not found in SSM Parameter Store"#
    );
    let source = std::error::Error::source(&error).unwrap();
    let source = source
        .downcast_ref::<aws_sdk_ssm::operation::get_parameter::GetParameterError>()
        .unwrap();
    assert!(source.is_parameter_not_found());
    assert_eq!(
        replay.calls(),
        [(
            "GetParameter".to_owned(),
            json!({ "Name": "/nope", "WithDecryption": false })
        )]
    );
}

#[tokio::test]
async fn case_44_force_fetch_asks_again() {
    let replay = Replay::ok([parameter("/app/p00", "v0"), parameter("/app/p00", "v0")]);
    let ssm = ssm(&replay);
    ssm.get("/app/p00").await.unwrap();
    ssm.get("/app/p00").force_fetch().await.unwrap();
    assert_eq!(replay.operations(), ["GetParameter", "GetParameter"]);
}

/// Different on purpose: one call serves every transform.
#[tokio::test]
async fn case_46_transforms_share_a_call() {
    let replay = Replay::ok([parameter("/app/conf.json", r#"{"k":1}"#)]);
    let ssm = ssm(&replay);
    assert_eq!(&*ssm.get("/app/conf.json").await.unwrap(), r#"{"k":1}"#);
    for _ in 0..2 {
        assert_eq!(
            *ssm.get("/app/conf.json").json::<Value>().await.unwrap(),
            json!({ "k": 1 })
        );
    }
    assert_eq!(replay.operations(), ["GetParameter"]);
}

#[tokio::test]
async fn case_47_everything_below_a_path_page_by_page() {
    let page = |from: usize, to: usize, next: Option<&str>| {
        let found: Vec<_> = (from..to)
            .map(|n| parameter_of(&format!("/app/p{n:02}"), &format!("v{n}")))
            .collect();
        json!({ "Parameters": found, "NextToken": next })
    };
    let replay = Replay::ok([page(0, 10, Some("t1")), page(10, 20, Some("t2")), page(20, 23, None)]);
    let values = ssm(&replay).get_multiple("/app").await.unwrap();
    assert_eq!(values.len(), 23);
    assert_eq!((&*values["p00"], &*values["p22"]), ("v0", "v22"));
    let call = |token: Option<&str>| {
        let mut call = json!({ "Path": "/app", "WithDecryption": false, "Recursive": false });
        if let Some(token) = token {
            call["NextToken"] = token.into();
        }
        ("GetParametersByPath".to_owned(), call)
    };
    assert_eq!(replay.calls(), [call(None), call(Some("t1")), call(Some("t2"))]);
}

/// Different on purpose: every option that changes the answer is part of the cache's key.
#[tokio::test]
async fn case_49_a_recursive_list_is_another_one() {
    let replay = Replay::ok([parameters(&[("/app/p00", "v0")]), parameters(&[("/app/sub/deep", "d")])]);
    let ssm = ssm(&replay);
    assert!(!ssm.get_multiple("/app").await.unwrap().contains_key("sub/deep"));
    assert!(
        ssm.get_multiple("/app")
            .recursive(true)
            .await
            .unwrap()
            .contains_key("sub/deep")
    );
    assert_eq!(replay.calls()[1].1["Recursive"], true);
}

/// A defect of the four other languages: `get` followed by a decrypting `get` returned the encrypted text.
#[tokio::test]
async fn case_45_a_decrypted_value_is_another_one() {
    let replay = Replay::ok([
        parameter("/app/secret", "kms:AQECAHh"),
        parameter("/app/secret", "s3cr3t"),
    ]);
    let ssm = ssm(&replay);
    for _ in 0..2 {
        assert_eq!(&*ssm.get("/app/secret").await.unwrap(), "kms:AQECAHh");
        assert_eq!(
            ssm.get("/app/secret").decrypt(true).secret().await.unwrap().expose(),
            "s3cr3t"
        );
    }
    assert_eq!(replay.operations().len(), 2);
}

/// Different on purpose: decrypted names share a call, too. The next test shows the case that Python avoids.
#[tokio::test]
async fn case_54_decrypted_names_and_plain_ones_are_asked_for_apart() {
    let replay = Replay::ok([
        parameters(&[("/app/secret", "s3cr3t")]),
        parameters(&[("/app/p01", "v1"), ("/app/p00", "v0")]),
    ]);
    let ssm = ssm(&replay);
    let values = ssm
        .get_by_names(["/app/p00", "/app/p01"])
        .names_with(|options| options.decrypt = true, ["/app/secret"])
        .await
        .unwrap();
    assert_eq!(
        format!("{values:?}"),
        r#"{"/app/p00": "v0", "/app/p01": "v1", "/app/secret": "s3cr3t"}"#
    );
    assert_eq!(
        replay.calls(),
        [
            (
                "GetParameters".to_owned(),
                json!({ "Names": ["/app/secret"], "WithDecryption": true })
            ),
            ("GetParameters".to_owned(), json!({ "Names": ["/app/p00", "/app/p01"] })),
        ]
    );
}

#[tokio::test]
async fn a_key_that_cannot_be_used_fails_the_names_it_encrypts_and_no_others() {
    let replay = Replay::new([
        Replay::error("InvalidKeyId"),
        (200, parameter("/good", "g")),
        Replay::error("InvalidKeyId"),
        (200, parameters(&[("/plain", "v")])),
    ]);
    let ssm = ssm(&replay);
    let each = ssm
        .get_by_names(["/plain"])
        .names_with(|options| options.decrypt = true, ["/good", "/bad"])
        .each()
        .await;
    assert_eq!(&**each["/plain"].as_ref().unwrap(), "v");
    assert_eq!(&**each["/good"].as_ref().unwrap(), "g");
    let error = each["/bad"].as_ref().unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"cannot get "/bad" from SSM Parameter Store: the store refused the request"#
    );
    assert_eq!(
        replay.operations(),
        ["GetParameters", "GetParameter", "GetParameter", "GetParameters"]
    );
}

#[tokio::test]
async fn case_55_all_decrypted_is_one_call() {
    let replay = Replay::ok([parameters(&[("/app/p00", "v0"), ("/app/secret", "s3cr3t")])]);
    let values = ssm(&replay)
        .get_by_names(["/app/p00", "/app/secret"])
        .decrypt(true)
        .await
        .unwrap();
    assert_eq!(&*values["/app/secret"], "s3cr3t");
    let call = json!({ "Names": ["/app/p00", "/app/secret"], "WithDecryption": true });
    assert_eq!(replay.calls(), [("GetParameters".to_owned(), call)]);
}

#[tokio::test]
async fn case_53_more_names_than_a_call_takes_are_several_calls_and_none_is_lost() {
    let names: Vec<String> = (0..23).map(|number| format!("/app/p{number:02}")).collect();
    let chunks = names.chunks(10).map(|chunk| {
        let values: Vec<_> = chunk.iter().map(|name| (name.as_str(), &name[6..])).collect();
        parameters(&values)
    });
    let replay = Replay::ok(chunks);
    let values = ssm(&replay)
        .get_by_names(names.iter().map(String::as_str))
        .await
        .unwrap();
    assert_eq!(values.len(), 23);
    assert!(values.iter().all(|(name, value)| name.ends_with(&**value)));
    let sizes: Vec<_> = replay
        .calls()
        .iter()
        .map(|(_, call)| call["Names"].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [10, 10, 3]);
}

#[tokio::test]
async fn case_58_each_without_failures_has_no_key_for_them() {
    let replay = Replay::ok([parameters(&[("/app/p00", "v0")])]);
    let each = ssm(&replay).get_by_names(["/app/p00"]).each().await;
    assert_eq!(each.len(), 1);
    assert_eq!(&**each["/app/p00"].as_ref().unwrap(), "v0");
}

#[tokio::test]
async fn case_56_names_that_are_missing_are_named() {
    let replay =
        Replay::ok([json!({ "Parameters": [parameter_of("/app/p00", "v0")], "InvalidParameters": ["/nope"] })]);
    let error = ssm(&replay).get_by_names(["/app/p00", "/nope"]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"parameter "/nope" not found in SSM Parameter Store"#
    );
    assert_eq!(error.errors().len(), 1);
}

#[tokio::test]
async fn case_60_names_that_are_cached_are_not_asked_for() {
    let replay = Replay::ok([
        parameters(&[("/app/p00", "v0"), ("/app/p01", "v1")]),
        parameters(&[("/app/p02", "v2")]),
    ]);
    let ssm = ssm(&replay);
    ssm.get_by_names(["/app/p00", "/app/p01"]).await.unwrap();
    let values = ssm.get_by_names(["/app/p00", "/app/p01", "/app/p02"]).await.unwrap();
    assert_eq!(values.len(), 3);
    assert_eq!(replay.calls()[1].1, json!({ "Names": ["/app/p02"] }));
}

/// Different on purpose: a value that does not decode is an error with its name, and no replacement is cached.
#[tokio::test]
async fn case_62_a_value_that_does_not_decode_is_that_names_error() {
    let replay = Replay::ok([parameters(&[("/app/p00", "v0")])]);
    let ssm = ssm(&replay);
    let each = ssm.get_by_names(["/app/p00"]).json::<Value>().each().await;
    assert!(each["/app/p00"].as_ref().is_err_and(GetError::is_decode));
    assert_eq!(&*ssm.get("/app/p00").await.unwrap(), "v0");
    assert_eq!(replay.operations().len(), 1);
}

/// Different on purpose: both use the values that the other has read.
#[tokio::test]
async fn case_63_names_and_get_share_the_cache() {
    let replay = Replay::ok([parameters(&[("/app/p00", "v0")])]);
    let ssm = ssm(&replay);
    ssm.get_by_names(["/app/p00"]).await.unwrap();
    assert_eq!(&*ssm.get("/app/p00").await.unwrap(), "v0");
    assert_eq!(replay.operations(), ["GetParameters"]);
}

#[tokio::test]
async fn case_64_set_says_what_python_says_and_returns_the_version() {
    let replay = Replay::ok([json!({ "Version": 1, "Tier": "Standard" }), json!({ "Version": 2 })]);
    let ssm = ssm(&replay);
    assert_eq!(ssm.set("/new", "v").await.unwrap(), 1);
    assert_eq!(
        ssm.set("/new", "w")
            .overwrite()
            .kms_key("alias/shop")
            .description("d")
            .await
            .unwrap(),
        2
    );
    let first = json!({
        "Name": "/new", "Value": "v", "Overwrite": false, "Type": "String", "Tier": "Standard", "Description": "",
    });
    let second = json!({
        "Name": "/new", "Value": "w", "Overwrite": true, "Type": "SecureString", "Tier": "Standard", "Description": "d",
        "KeyId": "alias/shop",
    });
    assert_eq!(
        replay.calls(),
        [("PutParameter".to_owned(), first), ("PutParameter".to_owned(), second)]
    );
}

/// Different on purpose: a read after a write returns the written value.
#[tokio::test]
async fn case_66_set_invalidates() {
    let replay = Replay::ok([
        parameter("/app/p05", "v5"),
        json!({ "Version": 2 }),
        parameter("/app/p05", "NEW"),
    ]);
    let ssm = ssm(&replay);
    assert_eq!(&*ssm.get("/app/p05").await.unwrap(), "v5");
    ssm.set("/app/p05", "NEW").overwrite().await.unwrap();
    assert_eq!(&*ssm.get("/app/p05").await.unwrap(), "NEW");
}

/// Different on purpose: throttling is an error for each name, of our own type.
#[tokio::test]
async fn case_68_throttling_is_each_names_error() {
    let replay = Replay::new([Replay::error("ThrottlingException")]);
    let error = ssm(&replay).get_by_names(["/a", "/b"]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"cannot get 2 parameters from SSM Parameter Store: ["/a", "/b"]"#
    );
    assert!(error.errors().iter().all(GetError::is_unavailable));
    assert_eq!(replay.operations().len(), 1, "a busy store is not asked name by name");
}

#[tokio::test]
async fn failures_are_told_apart() {
    for (answer, predicate) in [
        (
            Replay::error("AccessDeniedException"),
            GetError::is_access_denied as fn(&GetError) -> bool,
        ),
        (Replay::error("ParameterVersionNotFound"), GetError::is_not_found),
        (
            (500, json!({ "__type": "InternalServerError" })),
            GetError::is_unavailable,
        ),
        ((503, json!({})), GetError::is_unavailable),
        ((200, json!({ "Parameter": 1 })), GetError::is_unavailable),
    ] {
        let replay = Replay::new([answer.clone()]);
        let error = ssm(&replay).get("/a").await.unwrap_err();
        assert!(predicate(&error), "{answer:?}: {error:?}");
    }
}

#[tokio::test]
async fn the_variable_decides_on_decryption_where_the_request_says_nothing() {
    let environment = TestEnvironment::new().var("POWERTOOLS_PARAMETERS_SSM_DECRYPT", "yes");
    let replay = Replay::ok([
        parameter("/a", "v"),
        parameters(&[]),
        parameters(&[("/a", "v")]),
        parameter("/b", "v"),
    ]);
    let ssm = on(&environment, &replay);
    ssm.get("/a").await.unwrap();
    ssm.get_multiple("/a").await.unwrap();
    ssm.get_by_names(["/a"]).force_fetch().await.unwrap();
    ssm.get("/b").decrypt(false).await.unwrap();
    let decrypted: Vec<_> = replay
        .calls()
        .into_iter()
        .map(|(_, call)| call["WithDecryption"].clone())
        .collect();
    assert_eq!(decrypted, [true, true, true, false]);
}
