//! [`Client`]: calls the local AWS over plain HTTP.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use ureq::Agent;
use ureq::http::{self, Response};

/// A request to a function behind API Gateway.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) headers: &'a [(&'a str, String)],
    /// JSON, or empty.
    pub(crate) body: &'a str,
}

/// The answer to a request.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    /// Returns the first header with this name, which must be in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name)?;
        Some(&found.1)
    }

    pub(crate) fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.body)
            .with_context(|| format!("the answer is not JSON: {} {}", self.status, self.body))
    }
}

/// How long a connection is kept without a request: less than MiniStack keeps it.
pub(crate) const MAX_IDLE_AGE: Duration = Duration::from_secs(2);

/// How long an answer may take. API Gateway's own limit is 29 seconds.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Calls a local AWS. MiniStack takes the service from the credential's scope and does not check signatures.
pub(crate) struct Client {
    endpoint: String,
    agent: Agent,
}

impl Client {
    pub(crate) fn new(endpoint: String) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .max_idle_age(MAX_IDLE_AGE)
            .timeout_global(Some(TIMEOUT))
            .build();
        Self {
            endpoint,
            agent: config.into(),
        }
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.agent
            .get(format!("{}/health", self.endpoint))
            .call()
            .is_ok_and(|answer| answer.status() == 200)
    }

    /// Puts an object into S3, and creates its bucket if needed.
    pub(crate) fn put_object(&self, bucket: &str, key: &str, body: &[u8]) -> Result<()> {
        for (path, body) in [(bucket.to_owned(), &[][..]), (format!("{bucket}/{key}"), body)] {
            let request = self.agent.put(format!("{}/{path}", self.endpoint));
            let answer = request.header("authorization", credential("s3")).send(body)?;
            text_of(answer).with_context(|| format!("s3://{path} cannot be written"))?;
        }
        Ok(())
    }

    /// Calls an action of a service with the Query protocol, and returns the XML of the answer.
    pub(crate) fn query(&self, service: &str, action: &str, parameters: &[(&str, &str)]) -> Result<String> {
        let form = [("Action", action), ("Version", "2010-05-15")]
            .into_iter()
            .chain(parameters.iter().copied());
        let request = self
            .agent
            .post(format!("{}/", self.endpoint))
            .header("authorization", credential(service));
        text_of(request.send_form(form)?).with_context(|| format!("{service} {action} failed"))
    }

    /// Calls an action of a service with the JSON 1.1 protocol.
    pub(crate) fn json(&self, service: &str, target: &str, body: &Value) -> Result<Value> {
        let request = self
            .agent
            .post(format!("{}/", self.endpoint))
            .header("authorization", credential(service));
        let request = request
            .header("x-amz-target", target)
            .content_type("application/x-amz-json-1.1");
        let text = text_of(request.send(body.to_string())?).with_context(|| format!("{target} failed"))?;
        Ok(serde_json::from_str(&text)?)
    }

    /// Calls a service with a REST protocol.
    pub(crate) fn rest(&self, service: &str, method: &str, path: &str, body: &Value) -> Result<Value> {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let answer = self.send(&Request {
            method,
            path,
            headers: &[("authorization", credential(service))],
            body: &body,
        })?;
        ensure!(
            answer.status < 300,
            "{method} {path} failed with {}: {}",
            answer.status,
            answer.body
        );
        answer.json()
    }

    /// Sends a request and returns the answer with any status.
    pub(crate) fn send(&self, request: &Request<'_>) -> Result<Answer> {
        let mut builder = http::Request::builder()
            .method(request.method)
            .uri(format!("{}/{}", self.endpoint, request.path));
        for (name, value) in request.headers {
            builder = builder.header(*name, value);
        }
        let mut answer = if request.body.is_empty() {
            self.agent.run(builder.body(())?)?
        } else {
            let builder = builder.header("content-type", "application/json");
            self.agent.run(builder.body(request.body)?)?
        };
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)));
        Ok(Answer {
            status: answer.status().as_u16(),
            headers: headers.collect(),
            body: answer.body_mut().read_to_string()?,
        })
    }

    /// Invokes a function and waits for its response. Fails if the function fails.
    pub(crate) fn invoke(&self, function: &str, event: &Value) -> Result<Value> {
        let body = event.to_string();
        let answer = self.send(&Request {
            method: "POST",
            path: &format!("2015-03-31/functions/{function}/invocations"),
            headers: &[("authorization", credential("lambda"))],
            body: &body,
        })?;
        let failed = answer.header("x-amz-function-error").is_some() || answer.status >= 300;
        ensure!(!failed, "{function} failed with {}: {}", answer.status, answer.body);
        serde_json::from_str(&answer.body).with_context(|| format!("{function} answered {}", answer.body))
    }

    /// Returns the names of the log groups that begin with `prefix`.
    pub(crate) fn log_groups(&self, prefix: &str) -> Result<Vec<String>> {
        let ask = serde_json::json!({ "logGroupNamePrefix": prefix, "limit": 50 });
        let answer = self.json("logs", "Logs_20140328.DescribeLogGroups", &ask)?;
        ensure!(answer["nextToken"].is_null(), "more than 50 log groups");
        let groups = answer["logGroups"].as_array().into_iter().flatten();
        Ok(groups
            .filter_map(|group| group["logGroupName"].as_str().map(str::to_owned))
            .collect())
    }

    /// Returns all lines of a log group. Within a stream, they are in the order in which they were written.
    pub(crate) fn log_lines(&self, group: &str) -> Result<Vec<String>> {
        let mut lines = BTreeMap::new();
        let mut next = Value::Null;
        for page in 0.. {
            let mut body = serde_json::json!({ "logGroupName": group });
            if let Some(token) = next.as_str() {
                body["nextToken"] = token.into();
            }
            let answer = self.json("logs", "Logs_20140328.FilterLogEvents", &body)?;
            for (at, event) in answer["events"].as_array().into_iter().flatten().enumerate() {
                let text = event["message"].as_str().unwrap_or_default().trim_end().to_owned();
                lines.insert((event["timestamp"].as_i64().unwrap_or_default(), page, at), text);
            }
            next = answer["nextToken"].clone();
            if next.is_null() {
                break;
            }
        }
        Ok(lines
            .into_values()
            .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
            .collect())
    }
}

fn credential(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=test/20260115/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}

fn text_of(mut answer: Response<ureq::Body>) -> Result<String> {
    let text = answer.body_mut().read_to_string()?;
    if !answer.status().is_success() {
        bail!("{}: {text}", answer.status());
    }
    Ok(text)
}
