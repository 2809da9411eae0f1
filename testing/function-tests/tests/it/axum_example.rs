//! Runs the example `axum` both ways: as a function, and as a local server.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use runtime_api::{FunctionProcess, Invocation, Outcome, RuntimeApi, Stdout};
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_axum-example");

/// A process without Lambda's variables; it is killed on drop.
struct LocalServer(Child);

impl LocalServer {
    fn start(variables: &[(&str, String)]) -> Self {
        let mut command = Command::new(PROGRAM);
        command
            .env_clear()
            .envs(variables.iter().map(|(name, value)| (name, value)));
        let pipes = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self(pipes.spawn().unwrap())
    }

    /// Waits until the process ends by itself; returns whether it succeeded, and its standard error.
    fn ended(mut self) -> (bool, String) {
        let errors = std::io::read_to_string(self.0.stderr.take().unwrap()).unwrap();
        (self.0.wait().unwrap().success(), errors)
    }
}

impl Drop for LocalServer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn http_api(path: &str) -> Value {
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
        "headers": {"host": "id.execute-api.eu-west-1.amazonaws.com"},
        "requestContext": {"http": {"method": "GET", "path": path}, "stage": "$default", "requestId": "r-1"},
        "isBase64Encoded": false
    })
}

#[test]
fn the_example_is_a_function() {
    for concurrency in ["1", "4"] {
        let api = RuntimeApi::start().unwrap();
        let variables = [("AWS_LAMBDA_MAX_CONCURRENCY", concurrency.to_owned())];
        let process = FunctionProcess::start(Path::new(PROGRAM), &api, &variables, Stdout::Kept).unwrap();
        for number in 0..8 {
            let event = http_api(&format!("/orders/{number}"));
            api.push(Invocation::new(number.to_string(), event.to_string()));
        }
        let answers = api.wait_for(8, Duration::from_mins(1));
        assert_eq!(answers.len(), 8, "{:?}", process.errors());
        for answer in answers {
            let Outcome::Response(body) = answer.outcome else {
                panic!("{:?}", answer.outcome)
            };
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(
                (&body["statusCode"], &body["body"]),
                (&json!(200), &json!(format!("{{\"id\":\"{}\"}}", answer.request_id)))
            );
        }
        let records = process.lines().join("\n");
        assert!(
            records.contains(r#""http_route":"/orders/{id}""#) && records.contains(r#""correlation_id":"r-1""#),
            "{records}"
        );
    }
}

#[test]
fn the_example_is_a_local_server_until_ctrl_c() {
    let mut server = LocalServer::start(&[("PORT", "0".to_owned()), ("AWS_LAMBDA_RUNTIME_API", String::new())]);
    let mut lines = BufReader::new(server.0.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let serving = lines.find(|line| line.contains("serving on")).unwrap();
    let address = serving.split("http://").nth(1).unwrap().split(',').next().unwrap();
    for id in ["7", "a%20b"] {
        let mut response = ureq::get(format!("http://{address}/orders/{id}")).call().unwrap();
        let body = response.body_mut().read_to_string().unwrap();
        assert_eq!(body, format!("{{\"id\":\"{}\"}}", id.replace("%20", " ")));
        assert!(response.headers().contains_key("content-length"));
    }
    let missing = ureq::get(format!("http://{address}/nothing")).call();
    assert!(matches!(missing, Err(ureq::Error::StatusCode(404))), "{missing:?}");
    // The records are those of an invocation, in their form for development.
    let mut next = || lines.by_ref().take_while(|line| line != "}").collect::<Vec<_>>();
    next(); // the rest of the first record
    let record = next();
    let record = record.join("\n");
    for key in [
        "\"function_request_id\": \"",
        "\"http_route\": \"/orders/{id}\"",
        "\"order looked up\"",
    ] {
        assert!(record.contains(key), "{record}");
    }
    assert!(!record.contains("xray_trace_id"), "{record}");
    let id = server.0.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert!(server.0.wait().unwrap().success());
}

#[test]
fn a_port_that_is_taken_is_an_error_that_names_port_and_variable() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (succeeded, errors) = LocalServer::start(&[("PORT", port.clone())]).ended();
    assert!(
        !succeeded && errors.contains(&port) && errors.contains("PORT"),
        "{errors}"
    );
}

#[test]
fn a_process_with_the_name_of_a_function_is_not_served_locally() {
    let variables = [
        ("AWS_LAMBDA_FUNCTION_NAME", "order-fn".to_owned()),
        ("PORT", "0".to_owned()),
    ];
    let (succeeded, errors) = LocalServer::start(&variables).ended();
    assert!(
        !succeeded && errors.contains("AWS_LAMBDA_RUNTIME_API is not set"),
        "{errors}"
    );
}
