//! The examples of the guide (`docs/guide.md`): runs their code, and checks that the guide shows the real output.

// example: imports
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use powertools_lambda_parameters::secrets::SecretsManager;
use powertools_lambda_parameters::ssm::Ssm;
use powertools_lambda_parameters::{self as parameters, Parameters, Secret};
use serde::Deserialize;
// end

use std::collections::BTreeMap;

use powertools_lambda_parameters::dynamodb::DynamoDb;
use serde_json::{Value, json};

use crate::common::replay::Replay;

type Error = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, Deserialize)]
struct Limits {
    orders: u32,
}

fn ssm(answers: &[Value]) -> Parameters<Ssm> {
    Parameters::ssm(&Replay::ok(answers.to_vec()).config())
}

fn secrets(answers: &[Value]) -> Parameters<SecretsManager> {
    Parameters::secrets(&Replay::ok(answers.to_vec()).config())
}

fn table(answers: &[Value]) -> Parameters<DynamoDb> {
    Parameters::dynamodb(&Replay::ok(answers.to_vec()).config(), "settings")
}

fn one(value: &str) -> Value {
    json!({ "Parameter": { "Name": "any", "Type": "String", "Value": value } })
}

fn several(values: &[(&str, &str)]) -> Value {
    let parameter = |(name, value): &(&str, &str)| json!({ "Name": name, "Type": "String", "Value": value });
    json!({ "Parameters": values.iter().map(parameter).collect::<Vec<_>>() })
}

fn secret(value: &str) -> Value {
    json!({ "Name": "shop/database", "SecretString": value })
}

#[rustfmt::skip] // the guide's columns
async fn forms() -> Result<String, Error> {
    fn list(value: &parameters::Value) -> Result<Vec<String>, std::str::Utf8Error> {
        let text = str::from_utf8(value.as_bytes())?;
        Ok(text.split(',').map(str::to_owned).collect())
    }
    let limits = r#"{"orders": 10}"#;
    let ssm = ssm(&["EUR", limits, "bG9nbw==", limits, "DE,FR", "k3y"].map(one));
    let secrets = secrets(&[secret("hunter2")]);
    // example: forms
    ssm.get("/shop/currency").await?;                      // Arc<str>
    ssm.get("/shop/limits").json::<Limits>().await?;       // Arc<Limits>
    ssm.get("/shop/logo").base64().await?;                 // Bytes
    ssm.get("/shop/logo").bytes().await?;                  // Bytes, not decoded
    ssm.get("/shop/limits.json").auto().await?;            // Decoded, by the name's suffix
    ssm.get("/shop/countries").transform(list).await?;     // Arc<T>, from a function Fn(&Value) -> Result<T, E>
    ssm.get("/shop/api-key").decrypt(true).secret().await?;    // Secret
    secrets.get("shop/database").await?;                   // Secret, the default of Secrets Manager
    // end
    Ok(String::new())
}

async fn credential() -> Result<String, Error> {
    let secrets = secrets(&[secret(r#"{"user": "shop", "password": "hunter2"}"#)]);
    // example: credential
    #[derive(Debug, Deserialize)]
    struct Database {
        user: String,
        password: Secret,
    }

    let database = secrets.get("shop/database").json::<Database>().await?;
    let shown = format!("{database:?}");
    // end
    assert_eq!((&*database.user, &**database.password.expose()), ("shop", "hunter2"));
    Ok(shown)
}

#[rustfmt::skip] // the guide's columns
async fn ages() -> Result<String, Error> {
    let sdk = Replay::ok([one("EUR")]).config();
    // example: ages
    let ssm = Parameters::builder(Ssm::from(&sdk))
        .max_age(Duration::from_mins(1))
        .stale_while_revalidate(Duration::from_secs(30))   // returned while a new one is fetched in the background
        .stale_if_error(Duration::from_hours(1))           // returned if the store is unavailable or slow
        .failure_age(Duration::from_secs(1))               // how long "not found" is cached
        .capacity(1_000)
        .build();
    // end
    ssm.get("/shop/currency").await?;
    ssm.get("/shop/currency").await?;
    Ok(String::new())
}

async fn many() -> Result<String, Error> {
    let ssm = ssm(&[
        several(&[("/shop/currency", "EUR"), ("/shop/eu/vat", "19")]),
        several(&[("/c", "3")]),
        several(&[("/a", "1"), ("/b", "2")]),
        several(&[("/d", "x")]),
    ]);
    let item = |sort: &str, value: &str| json!({ "id": {"S": "shop"}, "sk": {"S": sort}, "value": {"S": value} });
    let table = table(&[json!({ "Items": [item("currency", "EUR"), item("greeting", "hello")] })]);
    // example: many
    let shop = ssm.get_multiple("/shop").recursive(true).decrypt(true).await?;
    let some = ssm
        .get_by_names(["/a", "/b"])
        .names_with(|options| options.decrypt = true, ["/c"])
        .await?;
    let each = ssm.get_by_names(["/a", "/d"]).json::<u32>().each().await;
    let rows = table.get_multiple("shop").consistent().await?;
    // end
    let each: BTreeMap<_, _> = each.iter().map(|(name, result)| (name, result.as_ref().ok())).collect();
    Ok(format!("{shop:?}\n{some:?}\n{each:?}\n{rows:?}"))
}

#[rustfmt::skip] // the guide's columns
#[allow(dead_code)] // the fields are printed
async fn fields() -> Result<String, Error> {
    let ssm = ssm(&[several(&[
        ("/shop/currency", "EUR"),
        ("/shop/database/password", "hunter2"),
        ("/shop/database/user", "shop"),
        ("/shop/limits", r#"{"orders": 10}"#),
    ])]);
    #[derive(Debug, Deserialize)]
    struct Database {
        user: String,
        password: Secret,
    }
    // example: declaration
    #[derive(Debug, Deserialize)]
    struct Config {
        currency: String,     // /shop/currency
        limits: Limits,       // /shop/limits             {"orders": 10}
        database: Database,   // /shop/database/user, /shop/database/password
    }
    // end
    // example: fields
    let config = ssm
        .get_multiple("/shop")
        .recursive(true)
        .decrypt(true)
        .fields::<Config>()
        .await?;
    // end
    Ok(format!("{config:?}"))
}

#[derive(Debug, Deserialize)]
#[allow(dead_code)] // they are printed
struct Database {
    user: String,
    password: Secret,
}

#[rustfmt::skip] // the guide's columns
async fn declared() -> Result<String, Error> {
    let ssm = ssm(&[one(r#"{"orders": 10}"#)]);
    let secrets = secrets(&[secret(r#"{"user": "shop", "password": "hunter2"}"#)]);
    // example: declared
    parameters::config! {
        #[derive(Debug)]
        struct Config(ssm: Parameters<Ssm>, secrets: Parameters<SecretsManager>) {
            limits: Arc<Limits> = ssm.get("/shop/limits").json(),
            database: Arc<Database> = secrets.get("shop/database").json(),
        }
    }

    Config::load(&ssm, &secrets).await?;                   // in main: the init phase has a full CPU
    let config = Config::load(&ssm, &secrets).await?;      // in the handler: from the cache
    // end
    assert_eq!(config.limits.orders, 10);
    Ok(format!("{config:?}"))
}

async fn rotated() -> Result<String, Error> {
    #[allow(clippy::unused_async)] // the guide's asks a database
    async fn query(database: &Database) -> Result<&'static str, Error> {
        match database.password.expose().as_str() {
            "new" => Ok("3 rows"),
            _ => Err("wrong password".into()),
        }
    }
    let secrets =
        secrets(&["old", "new"].map(|password| secret(&json!({ "user": "shop", "password": password }).to_string())));
    // example: rotated
    let rows = secrets
        .get("shop/database")
        .json::<Database>()
        .attempt(|database| async move { query(&database).await })
        .await?;
    // end
    assert_eq!(rows, "3 rows");
    Ok(String::new())
}

async fn failure() -> Result<String, Error> {
    let ssm = ssm(&[one(r#"{"orders": "hunter2"}"#)]);
    // example: failure
    let error = ssm.get("/shop/limits").json::<Limits>().await.unwrap_err();
    let cause = error.source().unwrap();
    let shown = format!("{error}\n  {cause}");
    // end
    Ok(shown.replace("it::guide", "shop")) // the guide's module is a user's
}

#[tokio::test]
async fn the_guide_shows_this_code_and_what_it_prints() {
    let examples: [(&str, Result<String, Error>); 8] = [
        ("forms", forms().await),
        ("credential", credential().await),
        ("ages", ages().await),
        ("many", many().await),
        ("fields", fields().await),
        ("declared", declared().await),
        ("rotated", rotated().await),
        ("failure", failure().await),
    ];
    // The guide has the paths of the umbrella crate.
    let source = include_str!("guide.rs")
        .replace("powertools_lambda_parameters", "powertools_lambda::parameters")
        .replace("self as parameters", "self");
    let text = include_str!("../../docs/guide.md");
    guide_check::check("crates/parameters/docs/guide.md", text, &source, |guide| {
        guide.code("imports");
        for (name, printed) in examples {
            let printed = printed.unwrap_or_else(|error| panic!("{name}: {error}"));
            guide.code(name);
            if !printed.is_empty() {
                guide.output(name, "text", &printed);
            }
        }
        guide.code("declaration");
        guide.left_out("powertools-lambda = {", "it is a manifest's");
        guide.left_out("$ cargo add aws-config", "it is a command that needs the registry");
        guide.left_out(
            "use aws_config::BehaviorVersion;",
            "it needs credentials; the example has it",
        );
    });
}
