//! Checks a router behind API Gateway, function URLs and a load balancer of a local AWS, and deploys the axum example.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::{self, Response};

use super::checks::{self, Check};
use crate::local_aws::{Client, LocalAws, MAX_IDLE_AGE, stack};
use crate::{ui, workspace};

const TEMPLATE: &str = "xtask/src/test/end_to_end/http/template.yaml";

/// The functions' programs.
const PROGRAMS: [&str; 2] = ["http_routes", "axum-example"];

const CHECKS: [Check<Run>; 9] = [
    (
        "paths, queries, headers and cookies arrive as the client sent them",
        requests_arrive,
    ),
    ("bodies arrive and return as they are", bodies_are_kept),
    ("binary responses have their bytes", binary_responses_have_their_bytes),
    ("repeated headers and cookies are sent", repeated_headers_are_sent),
    ("HEAD and empty responses have no body", head_and_empty_have_no_body),
    ("errors are responses", errors_are_responses),
    (
        "the function lives on after a panic and a response that is too large",
        the_function_lives_on,
    ),
    (
        "a streaming function URL gets the same responses",
        the_streaming_url_gets_the_same,
    ),
    (
        "the axum example answers, and its log has the route",
        the_example_answers,
    ),
];

/// A deployed stack.
struct Run {
    aws: LocalAws,
    agent: Agent,
    /// Each source's name in the response of `/echo`, and its address.
    sources: [(&'static str, String); 4],
    streaming: String,
    example: String,
}

pub(super) fn run() -> Result<()> {
    // With the tests of the whole workspace, so that the features are those of the previous step and nothing is compiled twice.
    let mut arguments = vec!["build", "--quiet", "--workspace", "--all-features", "--test", "it"];
    arguments.extend(PROGRAMS.iter().flat_map(|program| ["--bin", program]));
    let status = workspace::cargo(&arguments).status()?;
    ensure!(status.success(), "the functions do not build");
    let folder = workspace::target()?.join("debug");
    let aws = LocalAws::start(&[])?;
    let read = |name: &str| fs::read(folder.join(name)).with_context(|| format!("the program {name} cannot be read"));
    let outputs = ui::task(format!("Deploying {TEMPLATE} through CloudFormation"), || {
        stack::deploy(aws.client(), "http", &workspace::root().join(TEMPLATE), read)
    })?;
    let endpoint = aws.client().endpoint().to_owned();
    let output = |name: &str| {
        outputs
            .get(name)
            .with_context(|| format!("the stack has no output {name}"))
    };
    let url = |name: &str| -> Result<String> {
        let host = output(name)?.split("://").nth(1).unwrap_or_default();
        let id = host.split('.').next().unwrap_or_default();
        Ok(format!("{endpoint}/_aws/lambda-url/{id}"))
    };
    complete(
        aws.client(),
        output("RestApiId")?,
        output("TargetGroup")?,
        output("Function")?,
    )?;
    let rest = format!("{endpoint}/restapis/{}/Prod/_user_request_", output("RestApiId")?);
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .max_idle_age(MAX_IDLE_AGE)
        .timeout_global(Some(Duration::from_mins(1)));
    let run = Run {
        agent: config.build().into(),
        example: format!("{rest}/orders/7"),
        sources: [
            ("RestApi", rest),
            (
                "HttpApi",
                format!("{endpoint}/_aws/execute-api/{}/$default", output("HttpApiId")?),
            ),
            ("FunctionUrl", url("Url")?),
            ("Alb", format!("{endpoint}/_alb/orders")),
        ],
        streaming: url("StreamingUrl")?,
        aws,
    };
    checks::run(&run, &CHECKS).with_context(|| format!("the log of MiniStack is {}", run.aws.log().display()))
}

/// Sets what MiniStack does not read in the template: the API's binary media types, and the target of the load balancer.
fn complete(client: &Client, api: &str, target_group: &str, function: &str) -> Result<()> {
    let binary = json!({"patchOperations": [{"op": "replace", "path": "/binaryMediaTypes", "value": ["*/*"]}]});
    client.rest("apigateway", "PATCH", &format!("restapis/{api}"), &binary)?;
    let target = [("TargetGroupArn", target_group), ("Targets.member.1.Id", function)];
    client.query("elasticloadbalancing", "RegisterTargets", &target)?;
    Ok(())
}

impl Run {
    fn send(&self, method: &str, address: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Response<Vec<u8>>> {
        let mut request = http::Request::builder().method(method).uri(address);
        // A REST API decodes Base64 if the request accepts one of its binary types.
        for (name, value) in [("accept", "*/*")].iter().chain(headers) {
            request = request.header(*name, *value);
        }
        let sent = if body.is_empty() {
            self.agent.run(request.body(())?)
        } else {
            self.agent.run(request.body(body)?)
        };
        let (parts, mut body) = sent.with_context(|| format!("{method} {address}"))?.into_parts();
        Ok(Response::from_parts(parts, body.read_to_vec()?))
    }

    fn get(&self, address: &str) -> Result<Response<Vec<u8>>> {
        self.send("GET", address, &[], &[])
    }
}

fn requests_arrive(run: &Run) -> Result<()> {
    for (source, address) in &run.sources {
        let address = format!("{address}/echo/a%20b/k%C3%A4se?q=a%20b&r=c%26d&q=e");
        let headers = [("cookie", "a=1; b=2"), ("x-id", "7")];
        let response = run.send("PUT", &address, &headers, b"{}")?;
        let echo: Value = serde_json::from_slice(response.body()).with_context(|| format!("{source}: {response:?}"))?;
        let mut query: Vec<(String, String)> = serde_json::from_value(echo["query"].clone())?;
        query.sort();
        let mut expected = vec![("q", "a b"), ("q", "e"), ("r", "c&d")];
        if *source == "Alb" {
            // Without multi-value headers, its event has only the last value.
            expected.remove(0);
        }
        let pairs: Vec<_> = query
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        ensure!(pairs == expected, "{source}: {echo}");
        let rest = json!({"source": source, "method": "PUT", "rest": "a b/käse", "cookie": "a=1; b=2", "x_id": "7"});
        for (member, value) in rest.as_object().into_iter().flatten() {
            ensure!(echo[member] == *value, "{source}: {member} of {echo}");
        }
    }
    Ok(())
}

fn bodies_are_kept(run: &Run) -> Result<()> {
    for (source, address) in &run.sources {
        for (content_type, body) in [
            ("text/plain", "käse".as_bytes()),
            ("application/octet-stream", b"\x00\xff\xfe"),
            ("application/json", b"{\"a\":1}"),
        ] {
            let response = run.send(
                "POST",
                &format!("{address}/bytes"),
                &[("content-type", content_type)],
                body,
            )?;
            ensure!(response.body() == body, "{source}, {content_type}: {response:?}");
        }
        let response = run.send("POST", &format!("{address}/bytes"), &[], &[])?;
        ensure!(
            response.status() == 200 && response.body().is_empty(),
            "{source}: {response:?}"
        );
    }
    Ok(())
}

fn binary_responses_have_their_bytes(run: &Run) -> Result<()> {
    for (source, address) in &run.sources {
        let response = run.get(&format!("{address}/binary"))?;
        let content_type = response.headers()["content-type"].to_str()?;
        ensure!(
            response.body().starts_with(b"\x89PNG") && content_type == "image/png",
            "{source}: {response:?}"
        );
    }
    Ok(())
}

fn repeated_headers_are_sent(run: &Run) -> Result<()> {
    for (source, address) in &run.sources {
        let response = run.get(&format!("{address}/headers"))?;
        let all = |name| {
            response
                .headers()
                .get_all(name)
                .iter()
                .filter_map(|value| value.to_str().ok())
        };
        let cookies: Vec<_> = all("set-cookie").collect();
        // Without multi-value headers, a load balancer takes only one value.
        let expected: &[_] = if *source == "Alb" { &["a=1"] } else { &["a=1", "b=2"] };
        ensure!(cookies == expected, "{source}: {response:?}");
        let vary = all("vary").collect::<Vec<_>>().join(", ");
        ensure!(vary == "origin, accept", "{source}: {response:?}");
    }
    Ok(())
}

fn head_and_empty_have_no_body(run: &Run) -> Result<()> {
    for (source, address) in &run.sources {
        let response = run.send("HEAD", &format!("{address}/binary"), &[], &[])?;
        ensure!(
            response.status() == 200 && response.body().is_empty(),
            "{source}: {response:?}"
        );
        let response = run.get(&format!("{address}/empty"))?;
        ensure!(
            response.status() == 204 && response.body().is_empty(),
            "{source}: {response:?}"
        );
    }
    Ok(())
}

fn errors_are_responses(run: &Run) -> Result<()> {
    for (source, address) in &run.sources {
        let response = run.get(&format!("{address}/refused"))?;
        let problem: Value = serde_json::from_slice(response.body())?;
        ensure!(
            response.status() == 409 && problem["detail"] == "not enough in stock",
            "{source}: {response:?}"
        );
        ensure!(run.get(&format!("{address}/nothing"))?.status() == 404, "{source}");
    }
    Ok(())
}

fn the_function_lives_on(run: &Run) -> Result<()> {
    for (source, address) in &run.sources {
        for (path, expected) in [("bug", 502), ("empty", 204), ("large", 500), ("empty", 204)] {
            let status = run.get(&format!("{address}/{path}"))?.status();
            ensure!(status == expected, "{source}, {path}: {status}");
        }
    }
    let lines = run.aws.client().log_lines("/aws/lambda/http-routes")?;
    for record in [r#""message":"panicked""#, "the response is too large for"] {
        let records = lines.iter().filter(|line| line.contains(record)).count();
        ensure!(records == run.sources.len(), "{records} records have {record}");
    }
    Ok(())
}

fn the_streaming_url_gets_the_same(run: &Run) -> Result<()> {
    // MiniStack takes only text from a function that streams.
    for path in ["headers", "empty", "refused", "nothing"] {
        let [streamed, buffered] =
            [&run.streaming, &run.sources[2].1].map(|address| run.get(&format!("{address}/{path}")));
        let (streamed, buffered) = (streamed?, buffered?);
        ensure!(
            streamed.status() == buffered.status() && streamed.body() == buffered.body(),
            "{path}: {streamed:?} and {buffered:?}"
        );
    }
    Ok(())
}

fn the_example_answers(run: &Run) -> Result<()> {
    let response = run.get(&run.example)?;
    ensure!(response.body() == br#"{"id":"7"}"#, "{response:?}");
    let lines = run.aws.client().log_lines("/aws/lambda/axum-example")?;
    let record = lines.iter().find(|line| line.contains("order looked up"));
    let record = record.context("the log has no record of the example")?;
    ensure!(record.contains(r#""http_route":"/orders/{id}""#), "{record}");
    Ok(())
}
