//! No `Debug` and no `Display` of this crate shows a value, for all stores and failures.

use std::error::Error;
use std::fmt::{Debug, Display, Write};
use std::time::Duration;

use aws_smithy_types::body::SdkBody;
use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_parameters::appconfig::AppConfig;
use powertools_lambda_parameters::decode::Decode;
use powertools_lambda_parameters::dynamodb::DynamoDb;
use powertools_lambda_parameters::request::Get;
use powertools_lambda_parameters::secrets::SecretsManager;
use powertools_lambda_parameters::ssm::Ssm;
use powertools_lambda_parameters::test_util::MapProvider;
use powertools_lambda_parameters::{GetError, Parameters, Provider, ProviderError, Secret, Value};
use serde_json::json;

use crate::common::replay::Replay;

const SECRET: &str = "hunter2";

/// A value that is neither JSON nor Base64 nor of any type.
#[derive(Debug, serde::Deserialize)]
#[allow(dead_code)]
struct Typed {
    hunter: u8,
}

/// Everything that was printed.
#[derive(Default)]
struct Prints(String);

impl Prints {
    fn debug(&mut self, value: &(impl Debug + ?Sized)) {
        write!(self.0, "{value:?}\n{value:#?}\n").unwrap();
    }

    /// An error with its chain, with `Display` and with `Debug`, as loggers print it.
    fn error(&mut self, error: &(impl Error + 'static)) {
        let mut next: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(error) = next {
            self.debug(error);
            writeln!(self.0, "{error}").unwrap();
            next = error.source();
        }
    }

    fn result<T: Debug>(&mut self, result: Result<T, GetError>, may_show: bool) {
        match result {
            Ok(value) if !may_show => self.debug(&value),
            Ok(_) => {}
            Err(error) => self.error(&error),
        }
    }

    fn assert_silent(&self, about: &str) {
        for shown in [SECRET, "104, 117, 110", "aHVudGVyMg"] {
            let at = self.0.find(shown);
            let around = at.map(|at| &self.0[at.saturating_sub(200)..(at + 50).min(self.0.len())]);
            assert!(
                at.is_none(),
                "{about} shows {shown:?}: …{}…",
                around.unwrap_or_default()
            );
        }
    }
}

/// Reads in every form and prints every result, except plain text and types of the user, which may print themselves.
async fn print_all<P: Provider + Debug>(prints: &mut Prints, parameters: &Parameters<P>, name: &str)
where
    P::Default: Debug,
{
    prints.debug(parameters);
    prints.debug(parameters.provider());
    print_request(prints, parameters.get(name));
    print_request(prints, parameters.get(name).json::<Typed>());
    prints.debug(&parameters.get_multiple(name).fields::<Typed>());
    prints.debug(&parameters.get_by_names([name]).each());
    prints.result(parameters.get(name).text().await, true);
    prints.result(parameters.get(name).secret().await, false);
    prints.result(parameters.get(name).bytes().await, true);
    prints.result(parameters.get(name).auto().await, false);
    prints.result(parameters.get(name).json::<Typed>().await, false);
    prints.result(parameters.get(name).json::<u8>().await, false);
    prints.result(
        parameters.get(name).json::<std::collections::BTreeMap<u8, u8>>().await,
        false,
    );
    prints.result(parameters.get(name).base64().await, true);
    let custom = parameters.get(name).transform(|_: &Value| Err::<u8, _>("does not fit"));
    prints.result(custom.await, false);
    prints.result(parameters.get_multiple(name).json::<Typed>().await, false);
    prints.result(parameters.get_multiple(name).fields::<Typed>().await, false);
    if let Err(error) = parameters.get_by_names([name]).json::<Typed>().await {
        prints.error(&error);
    }
}

fn print_request<P: Provider, D: Decode + Debug>(prints: &mut Prints, request: Get<'_, P, D>) {
    prints.debug(&request);
    prints.debug(&request.into_future());
}

#[tokio::test]
async fn a_store_of_ones_own_and_every_failure() {
    for text in [
        SECRET.to_owned(),
        format!(r#"{{"hunter":"{SECRET}"}}"#),
        format!(r#"{{"{SECRET}":1}}"#),
    ] {
        for suffix in ["", ".json", ".binary"] {
            let (mut prints, name) = (Prints::default(), format!("/a{suffix}"));
            let store = MapProvider::new()
                .text(&name, &text)
                .text(format!("{name}/hunter"), &text);
            print_all(&mut prints, &Parameters::new(store.clone()), &name).await;
            store.fail(|| ProviderError::unavailable("busy"));
            print_all(&mut prints, &Parameters::new(store), &name).await;
            prints.assert_silent(&text);
        }
    }
    let mut prints = Prints::default();
    let bytes = [SECRET.as_bytes(), &[0xff]].concat();
    print_all(
        &mut prints,
        &Parameters::new(MapProvider::new().binary("/b", bytes.clone())),
        "/b",
    )
    .await;
    prints.debug(&Value::text(SECRET));
    prints.debug(&Value::binary(bytes.clone()));
    prints.debug(&Secret::from(SECRET));
    prints.debug(&Secret::new(bytes));
    prints.debug(&ProviderError::refused("no").with_source("reason"));
    prints.assert_silent("bytes");
}

/// Answers that are valid, not JSON, truncated or of the wrong shape, and failures; each contains the secret.
fn answers(good: &serde_json::Value) -> Vec<(u16, String)> {
    let good = good.to_string();
    vec![
        (200, good.clone()),
        (200, good[..good.len() - 2].to_owned()),
        (
            200,
            format!(r#"{{"Parameter": "{SECRET}", "SecretString": ["{SECRET}"], "Item": "{SECRET}"}}"#),
        ),
        (200, SECRET.to_owned()),
        (200, format!(r#""{SECRET}\q""#)),
        (500, format!("<html>{SECRET}</html>")),
        (
            400,
            json!({ "__type": "AccessDeniedException", "message": "no", "value": SECRET }).to_string(),
        ),
        (
            400,
            json!({ "__type": "ParameterNotFound", "message": "no", "value": SECRET }).to_string(),
        ),
    ]
}

fn replay_of((status, body): &(u16, String)) -> Replay {
    Replay::raw((0..40).map(|_| {
        let answer = http::Response::builder()
            .status(*status)
            .header("next-poll-configuration-token", "t");
        answer.body(SdkBody::from(body.as_str())).unwrap()
    }))
}

fn on<P: Provider>(provider: P) -> Parameters<P> {
    let environment = TestEnvironment::new();
    Parameters::builder(provider)
        .environment(&environment)
        .max_age(Duration::ZERO)
        .build()
}

#[tokio::test]
async fn every_store_of_aws_and_every_failure() {
    let parameter = json!({ "Name": "/a", "Value": SECRET });
    let ssm = json!({ "Parameter": parameter, "Parameters": [parameter] });
    let secret = json!({ "Name": "/a", "SecretString": SECRET });
    let secrets = json!({ "Name": "/a", "SecretString": SECRET, "SecretValues": [secret] });
    let item = json!({ "sk": { "S": "x" }, "value": { "S": SECRET } });
    let items = json!({ "Item": item, "Items": [item] });
    let mut prints = Prints::default();
    for answer in answers(&ssm) {
        let replay = replay_of(&answer);
        let ssm = on(Ssm::from(&replay.config()));
        print_all(&mut prints, &ssm, "/a").await;
        let set = ssm.set("/a", SECRET).secure();
        prints.debug(&set);
        if let Err(error) = set.await {
            prints.error(&error);
        }
    }
    prints.assert_silent("SSM");
    for answer in answers(&secrets) {
        let replay = replay_of(&answer);
        let secrets = on(SecretsManager::from(&replay.config()));
        print_all(&mut prints, &secrets, "/a").await;
        let set = secrets.set("/a", SECRET);
        prints.debug(&set);
        if let Err(error) = set.await {
            prints.error(&error);
        }
    }
    prints.assert_silent("Secrets Manager");
    for answer in answers(&items) {
        let replay = replay_of(&answer);
        let table = on(DynamoDb::new(aws_sdk_dynamodb::Client::new(&replay.config()), "table"));
        print_all(&mut prints, &table, "/a").await;
    }
    prints.assert_silent("DynamoDB");
    for answer in answers(&json!({ "InitialConfigurationToken": "t" })) {
        let replay = replay_of(&answer);
        let store = AppConfig::new(aws_sdk_appconfigdata::Client::new(&replay.config()), "dev").application("a");
        print_all(&mut prints, &on(store), "/a").await;
    }
    prints.assert_silent("AppConfig");
}

/// AWS repeats a value that it considers invalid.
#[tokio::test]
async fn a_message_that_repeats_the_value_is_left_out() {
    let message = format!("1 validation error detected: Value '{SECRET}' at 'value' failed to satisfy constraint");
    let replay = Replay::new([(400, json!({ "__type": "ValidationException", "message": message }))]);
    let error = on(Ssm::from(&replay.config())).set("/a", SECRET).await.unwrap_err();
    let mut prints = Prints::default();
    prints.error(&error);
    prints.assert_silent("set");
    assert_eq!(
        error.source().unwrap().to_string(),
        "the store's message contains the value and is not shown"
    );
    let shown: &dyn Display = &error;
    assert_eq!(shown.to_string(), r#"cannot set "/a" in SSM Parameter Store"#);
}
