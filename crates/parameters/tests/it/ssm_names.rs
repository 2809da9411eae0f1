//! Parameter Store: the names of a parameter, and its type.

use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_parameters::ssm::Ssm;
use powertools_lambda_parameters::{GetError, Parameters};
use serde_json::{Value, json};

use crate::common::replay::Replay;

fn ssm(replay: &Replay) -> Parameters<Ssm> {
    Parameters::builder(Ssm::from(&replay.config()))
        .environment(TestEnvironment::new().environment().clone())
        .build()
}

fn parameter(name: &str, value: &str) -> Value {
    json!({ "Parameter": { "Name": name, "Value": value, "Type": "String", "Version": 1 } })
}

const ARN: &str = "arn:aws:ssm:eu-west-1:123456789012:parameter";

/// An answer says which parameter it is, not as which it was requested.
#[tokio::test]
async fn a_parameter_is_found_by_each_of_its_names() {
    let version = |name: &str, version: u32, selector: &str, value: &str| json!({ "Name": name, "ARN": format!("{ARN}{name}"), "Version": version, "Selector": selector, "Value": value });
    let answer = json!({
        "Parameters": [
            version("/a", 3, ":3", "third"),
            version("/a", 2, ":live", "live"),
            version("/a", 4, "", "latest"),
            { "Name": "/b", "Version": 2, "Value": "second" }, // a store that repeats neither ARN nor selector
            { "Name": format!("{ARN}/shared"), "ARN": format!("{ARN}/shared"), "Version": 1, "Value": "shared" },
        ],
        "InvalidParameters": ["/none"],
    });
    let replay = Replay::ok([answer]);
    let asked = ["/a", "/a:3", "/a:live", "/b:2", "/none"].map(str::to_owned);
    let by_arn = ["/a", "/a:3", "/a:live", "/shared"].map(|name| format!("{ARN}{name}"));
    let each = ssm(&replay)
        .get_by_names(asked.iter().chain(&by_arn).map(String::as_str))
        .each()
        .await;
    for (name, value) in [("/a", "latest"), ("/a:3", "third"), ("/a:live", "live")] {
        assert_eq!(&**each[name].as_ref().unwrap(), value);
        assert_eq!(
            &**each[&format!("{ARN}{name}")].as_ref().unwrap(),
            value,
            "by ARN: {name}"
        );
    }
    assert_eq!(&**each["/b:2"].as_ref().unwrap(), "second");
    assert_eq!(&**each[&format!("{ARN}/shared")].as_ref().unwrap(), "shared");
    assert!(each["/none"].as_ref().is_err_and(GetError::is_not_found));
    assert_eq!(replay.operations(), ["GetParameters"]);
}

/// What cannot be recognised is not taken for missing.
#[tokio::test]
async fn a_name_that_is_neither_answered_nor_refused_is_asked_for_alone() {
    let replay = Replay::new([
        (
            200,
            json!({ "Parameters": [{ "Name": "/a", "Version": 9, "Value": "labelled" }] }),
        ),
        (200, parameter("/a", "labelled")),
        Replay::error("ParameterNotFound"),
    ]);
    let each = ssm(&replay).get_by_names(["/a:live", "/gone"]).each().await;
    assert_eq!(&**each["/a:live"].as_ref().unwrap(), "labelled");
    assert!(each["/gone"].as_ref().is_err_and(GetError::is_not_found));
    assert_eq!(replay.operations(), ["GetParameters", "GetParameter", "GetParameter"]);
}

#[tokio::test]
async fn a_write_by_name_is_seen_by_a_read_by_arn() {
    let replay = Replay::ok([parameter("/a", "old"), json!({ "Version": 2 }), parameter("/a", "new")]);
    let (ssm, arn) = (ssm(&replay), format!("{ARN}/a"));
    assert_eq!(&*ssm.get(&arn).await.unwrap(), "old");
    ssm.set("/a", "new").overwrite().await.unwrap();
    assert_eq!(&*ssm.get(&arn).await.unwrap(), "new");
}

/// Only the store knows that a text with commas is a list.
#[tokio::test]
async fn a_string_list_is_a_list_in_a_struct() {
    #[derive(Debug, serde::Deserialize)]
    struct Shop {
        countries: Vec<String>,
        #[serde(flatten)]
        rest: Rest,
    }
    #[derive(Debug, serde::Deserialize)]
    struct Rest {
        ports: Vec<u16>,
        pair: (String, u8),
        motto: String,
    }
    let list = |name: &str, value: &str| json!({ "Name": name, "Value": value, "Type": "StringList", "Version": 1 });
    let answer = json!({ "Parameters": [
        list("/shop/countries", "DE,FR"),
        list("/shop/ports", "80,443"),
        list("/shop/pair", "a,1"),
        list("/shop/motto", "fast,safe"),
    ] });
    let replay = Replay::ok([answer]);
    let store = ssm(&replay);
    let shop = store.get_multiple("/shop").fields::<Shop>().await.unwrap();
    assert_eq!(shop.countries, ["DE", "FR"]);
    assert_eq!(shop.rest.ports, [80, 443]);
    assert_eq!(shop.rest.pair, ("a".to_owned(), 1));
    assert_eq!(shop.rest.motto, "fast,safe");
    assert_eq!(&*store.get_multiple("/shop").await.unwrap()["countries"], "DE,FR");

    let string = json!({ "Parameters": [parameter("/shop/countries", "DE,FR")["Parameter"]] });
    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code)]
    struct Countries {
        countries: Vec<String>,
    }
    let replay = Replay::ok([string]);
    let other = ssm(&replay);
    let error = other.get_multiple("/shop").fields::<Countries>().await.unwrap_err();
    assert_eq!(error.name(), "/shop/countries");
}
