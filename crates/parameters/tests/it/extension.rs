//! The two Lambda extensions, simulated by a server on 127.0.0.1.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_parameters::extension::{AppConfigAgent, SecretsExtension, SsmExtension};
use powertools_lambda_parameters::{GetError, Parameters, Provider};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::Instant;

/// The extension takes the request and never answers.
const SILENCE: (u16, &str) = (0, "");

/// Answers each connection with the next answer and records the requests.
struct Extension {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Extension {
    async fn start(answers: impl IntoIterator<Item = (u16, &'static str)>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, answers) = (Arc::clone(&requests), answers.into_iter().collect::<Vec<_>>());
        tokio::spawn(async move {
            for (status, body) in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    request.push(stream.read_u8().await.unwrap());
                }
                seen.lock().unwrap().push(String::from_utf8(request).unwrap());
                if (status, body) == SILENCE {
                    std::future::pending::<()>().await;
                }
                let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { port, requests }
    }

    fn environment(&self) -> TestEnvironment {
        let port = self.port.to_string();
        TestEnvironment::new()
            .var("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", &port)
            .var("AWS_APPCONFIG_EXTENSION_HTTP_PORT", &port)
            .var("AWS_SESSION_TOKEN", "session-token")
            .var("HTTP_PROXY", "http://192.0.2.1:1")
            .var("POWERTOOLS_SERVICE_NAME", "shop")
    }

    fn on<P: Provider>(&self, provider: P) -> Parameters<P> {
        Parameters::builder(provider)
            .environment(self.environment().environment().clone())
            .build()
    }

    fn first_lines(&self) -> Vec<String> {
        let requests = self.requests.lock().unwrap();
        requests
            .iter()
            .map(|request| request.lines().next().unwrap().to_owned())
            .collect()
    }
}

#[tokio::test]
async fn a_parameter_comes_by_name_with_the_functions_token() {
    let extension = Extension::start(
        [(
            200,
            r#"{"Parameter":{"Name":"/shop/a b","Value":"1"},"ResultMetadata":{}}"#,
        ); 2],
    )
    .await;
    let ssm = extension.on(SsmExtension::default());
    assert_eq!(&*ssm.get("/shop/a b").await.unwrap(), "1");
    assert_eq!(&*ssm.get("/shop/a b").await.unwrap(), "1");
    assert_eq!(&*ssm.get("/shop/a b").decrypt(true).await.unwrap(), "1");
    assert_eq!(
        extension.first_lines(),
        [
            "GET /systemsmanager/parameters/get?name=%2Fshop%2Fa%20b HTTP/1.1",
            "GET /systemsmanager/parameters/get?name=%2Fshop%2Fa%20b&withDecryption=true HTTP/1.1",
        ]
    );
    let request = extension.requests.lock().unwrap()[0].to_ascii_lowercase();
    assert!(
        request.contains("x-aws-parameters-secrets-token: session-token"),
        "{request}"
    );
}

#[tokio::test]
async fn a_secret_comes_as_text_or_bytes_by_version() {
    let extension = Extension::start([
        (200, r#"{"ARN":"a","Name":"db","SecretString":"hunter2"}"#),
        (200, r#"{"Name":"db","SecretBinary":"AAH/"}"#),
        (200, r#"{"Name":"db"}"#),
    ])
    .await;
    let secrets = extension.on(SecretsExtension::default());
    assert_eq!(secrets.get("db").await.unwrap().expose(), "hunter2");
    assert_eq!(
        secrets.get("db").version_stage("AWSPREVIOUS").bytes().await.unwrap(),
        &[0, 1, 255][..]
    );
    assert!(secrets.get("none").await.unwrap_err().is_not_found());
    assert_eq!(
        extension.first_lines()[1],
        "GET /secretsmanager/get?secretId=db&versionStage=AWSPREVIOUS HTTP/1.1"
    );
}

#[tokio::test]
async fn configuration_comes_by_application_environment_and_profile() {
    let extension = Extension::start([(200, r#"{"a":1}"#), (200, r#"{"enabled":true}"#)]).await;
    let agent = extension.on(AppConfigAgent::new("prod"));
    assert_eq!(
        *agent.get("main").json::<serde_json::Value>().await.unwrap(),
        serde_json::json!({ "a": 1 })
    );
    agent.get("flags").flag("new-checkout").flag("b c").await.unwrap();
    assert_eq!(
        extension.first_lines(),
        [
            "GET /applications/shop/environments/prod/configurations/main HTTP/1.1",
            "GET /applications/shop/environments/prod/configurations/flags?flag=new-checkout&flag=b%20c HTTP/1.1",
        ]
    );
}

#[tokio::test]
async fn an_extension_that_is_still_starting_is_asked_again() {
    let extension = Extension::start([
        (400, "not ready to serve traffic, please wait"),
        (400, "not ready to serve traffic, please wait"),
        (200, r#"{"Parameter":{"Value":"1"}}"#),
    ])
    .await;
    assert_eq!(&*extension.on(SsmExtension::default()).get("/a").await.unwrap(), "1");
}

#[tokio::test]
async fn failures_are_told_apart() {
    for (status, body, predicate) in [
        (
            400,
            "ParameterNotFound: /a",
            GetError::is_not_found as fn(&GetError) -> bool,
        ),
        (400, "AccessDeniedException: no", GetError::is_access_denied),
        (401, "", GetError::is_access_denied),
        (500, "an unexpected error", GetError::is_unavailable),
        (400, "an unexpected error", GetError::is_unavailable),
        (404, "<html>not found</html>", GetError::is_unavailable),
        (302, "", GetError::is_unavailable),
        (200, "no JSON", GetError::is_unavailable),
    ] {
        let extension = Extension::start([(status, body)]).await;
        let error = extension.on(SsmExtension::default()).get("/a").await.unwrap_err();
        assert!(predicate(&error), "{status} {body}: {error:?}");
    }
    let extension = Extension::start([(404, "no such configuration")]).await;
    assert!(
        extension
            .on(AppConfigAgent::new("prod"))
            .get("a")
            .await
            .unwrap_err()
            .is_not_found()
    );
}

#[tokio::test]
async fn an_extension_that_is_not_there_is_said_to_be_missing() {
    let extension = Extension::start([]).await;
    tokio::task::yield_now().await; // the listener is dropped: it has nothing to answer
    let error = loop {
        let error = extension.on(SsmExtension::default()).get("/a").await.unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        if source.contains("is not running") {
            break source;
        }
    };
    assert_eq!(
        error,
        format!(
            "the extension at 127.0.0.1:{} is not running; add its layer to the function",
            extension.port
        )
    );
}

#[tokio::test]
async fn an_extension_that_takes_a_request_and_never_answers_costs_a_second_if_there_is_an_older_answer() {
    let extension = Extension::start([(200, "old"), SILENCE]).await;
    let environment = extension.environment();
    let builder = Parameters::builder(AppConfigAgent::new("prod")).environment(&environment);
    let agent = builder.stale_if_error(Duration::from_hours(1)).build();
    assert_eq!(&*agent.get("main").await.unwrap(), "old");
    environment.clock().advance(Duration::from_mins(1));
    let asked = Instant::now();
    assert_eq!(&*agent.get("main").await.unwrap(), "old");
    assert!(asked.elapsed() < Duration::from_millis(2_500), "{:?}", asked.elapsed());
    assert_eq!(extension.first_lines().len(), 2);
}

#[tokio::test]
async fn the_context_of_flags_is_sent_and_each_context_has_its_own_answer() {
    let extension = Extension::start([(200, "all"), (200, "4711"), (200, "4712"), (200, "entity")]).await;
    let agent = extension.on(AppConfigAgent::new("prod"));
    for _ in 0..2 {
        assert_eq!(&*agent.get("flags").await.unwrap(), "all");
        let one = agent
            .get("flags")
            .context("userId", "4711")
            .context("city", "São Paulo");
        assert_eq!(&*one.await.unwrap(), "4711");
        // The order makes no difference, and the last value of a key counts.
        let again = agent.get("flags").context("city", "São Paulo").context("userId", "0");
        assert_eq!(&*again.context("userId", "4711").await.unwrap(), "4711");
        assert_eq!(&*agent.get("flags").context("userId", "4712").await.unwrap(), "4712");
        let entity = agent.get("flags").flag("a").entity_id("4711");
        assert_eq!(&*entity.await.unwrap(), "entity");
    }
    let requests = extension.requests.lock().unwrap().clone();
    let header = |request: &String, name: &str| {
        let name = format!("{name}: ");
        request
            .lines()
            .find_map(|line| line.strip_prefix(&name).map(str::to_owned))
    };
    let contexts: Vec<_> = requests.iter().map(|request| header(request, "context")).collect();
    let context = |text: &str| Some(text.to_owned());
    assert_eq!(
        contexts,
        [
            None,
            context("city=São Paulo,userId=4711"),
            context("userId=4712"),
            None
        ]
    );
    assert_eq!(header(&requests[3], "entity-id").as_deref(), Some("4711"));
}

#[tokio::test]
async fn a_context_that_cannot_be_sent_is_refused_without_its_value() {
    let extension = Extension::start([]).await;
    let agent = extension.on(AppConfigAgent::new("prod"));
    for (key, value) in [
        ("a", "hunter2,b=c"),
        ("a", "hunter2\r\nx: y"),
        ("a=b", "hunter2"),
        ("a,b", "hunter2"),
        ("", "hunter2"),
    ] {
        let error = agent.get("flags").context(key, value).await.unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(
            source.starts_with(&format!("the agent cannot receive the context {key:?}")),
            "{source}"
        );
        assert!(!format!("{error:?} {source}").contains("hunter2"), "{error:?}");
    }
    let error = agent.get("flags").entity_id("a\nb").await.unwrap_err();
    assert_eq!(
        std::error::Error::source(&error).unwrap().to_string(),
        "the entity id contains a control character"
    );
}

#[tokio::test]
async fn a_version_or_label_of_a_parameter_is_asked_for_in_the_query() {
    let extension = Extension::start([(200, r#"{"Parameter":{"Value":"1"}}"#); 3]).await;
    let ssm = extension.on(SsmExtension::default());
    let arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/a";
    for name in ["/a:3", "/a:live", &format!("{arn}:12")] {
        ssm.get(name).await.unwrap();
    }
    let name = "arn%3Aaws%3Assm%3Aeu-west-1%3A123456789012%3Aparameter%2Fa";
    assert_eq!(
        extension.first_lines(),
        [
            "GET /systemsmanager/parameters/get?name=%2Fa&version=3 HTTP/1.1".to_owned(),
            "GET /systemsmanager/parameters/get?name=%2Fa&label=live HTTP/1.1".to_owned(),
            format!("GET /systemsmanager/parameters/get?name={name}&version=12 HTTP/1.1"),
        ]
    );
}

#[tokio::test]
async fn an_older_answer_bridges_answers_that_are_not_understood() {
    let extension = Extension::start([
        (200, r#"{"Parameter":{"Value":"old"}}"#),
        (400, "<html>"),
        (200, "{}"),
        (404, ""),
        (400, "ValidationException: no"),
    ])
    .await;
    let environment = extension.environment();
    let builder = Parameters::builder(SsmExtension::default()).environment(&environment);
    let ssm = builder.stale_if_error(Duration::from_hours(1)).build();
    for _ in 0..4 {
        assert_eq!(&*ssm.get("/a").await.unwrap(), "old");
        environment.clock().advance(Duration::from_secs(10));
    }
    let error = ssm.get("/a").await.unwrap_err();
    assert!(!error.is_unavailable(), "{error:?}");
}
