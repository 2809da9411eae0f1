//! `Parts`, what HTTP requests of all sources have in common.

use serde_json::{Map, Value};

use super::super::encode::{base64, form_decoded, percent};
use super::super::sample::{SOURCE_IP, TRACE_ID, USER_AGENT};

/// Characters of a query that clients send unencoded, and `%`, with which the encoded ones begin.
const QUERY: &str = "%!$&'()*+,;=:@/?[]";

/// Method, path, headers, query and body of a request.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub(super) method: String,
    pub(super) path: String,
    headers: Vec<(String, String)>,
    /// The query as the client sends it, encoded.
    query: String,
    body: Option<Body>,
}

#[derive(Clone, Debug)]
enum Body {
    Text(String),
    Binary(Vec<u8>),
}

impl Parts {
    /// Takes the path with or without a query, both as a client sends them.
    pub(super) fn new(method: impl Into<String>, path: &str) -> Self {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        Self {
            method: method.into(),
            path: path.to_owned(),
            headers: Vec::new(),
            query: percent(query, QUERY),
            body: None,
        }
    }

    pub(super) fn header(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.headers.push((name.into(), value.into()));
    }

    /// Adds a parameter, which is encoded as a client does it.
    pub(super) fn query(&mut self, name: impl Into<String>, value: impl Into<String>) {
        if !self.query.is_empty() {
            self.query.push('&');
        }
        self.query.push_str(&percent(&name.into(), ""));
        self.query.push('=');
        self.query.push_str(&percent(&value.into(), ""));
    }

    pub(super) fn text(&mut self, text: impl Into<String>) {
        self.body = Some(Body::Text(text.into()));
    }

    pub(super) fn json(&mut self, text: String) {
        if !self.has_header("content-type") {
            self.header("content-type", "application/json");
        }
        self.text(text);
    }

    pub(super) fn binary(&mut self, bytes: impl Into<Vec<u8>>) {
        self.body = Some(Body::Binary(bytes.into()));
    }

    /// Returns the headers: those that every client and proxy adds, unless the test set them, then the test's.
    pub(super) fn headers(&self, host: &str) -> Vec<(String, String)> {
        let added = [
            ("accept", "*/*"),
            ("host", host),
            ("user-agent", USER_AGENT),
            ("x-amzn-trace-id", TRACE_ID),
            ("x-forwarded-for", SOURCE_IP),
            ("x-forwarded-port", "443"),
            ("x-forwarded-proto", "https"),
        ];
        let added = added.into_iter().filter(|(name, _)| !self.has_header(name));
        let added = added.map(|(name, value)| (name.to_owned(), value.to_owned()));
        added.chain(self.headers.iter().cloned()).collect()
    }

    /// Returns the headers with their names in lower case, as every source but REST and `WebSocket` APIs sends them.
    pub(super) fn lower_case_headers(&self, host: &str) -> Vec<(String, String)> {
        let mut headers = self.headers(host);
        for (name, _) in &mut headers {
            name.make_ascii_lowercase();
        }
        headers
    }

    fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(there, _)| there.eq_ignore_ascii_case(name))
    }

    /// Returns the query as the client sends it.
    pub(super) fn raw_query(&self) -> &str {
        &self.query
    }

    /// Returns the parameters of the query as API Gateway and function URLs send them: decoded.
    pub(super) fn query_pairs(&self) -> Vec<(String, String)> {
        self.pairs(form_decoded)
    }

    /// Returns the parameters of the query as a load balancer sends them, which does not decode them.
    pub(super) fn encoded_query_pairs(&self) -> Vec<(String, String)> {
        self.pairs(str::to_owned)
    }

    fn pairs(&self, read: impl Fn(&str) -> String) -> Vec<(String, String)> {
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty());
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (read(name), read(value))
        };
        pairs.map(pair).collect()
    }

    /// Returns the body, or `null` for a request without one, and whether it is encoded.
    pub(super) fn body(self) -> (Value, bool) {
        match self.body {
            None => (Value::Null, false),
            Some(Body::Text(text)) => (text.into(), false),
            Some(Body::Binary(bytes)) => (base64(bytes).into(), true),
        }
    }
}

/// Returns an object with the last value of each name.
pub(super) fn last_values(pairs: &[(String, String)]) -> Value {
    let pairs = pairs.iter().map(|(name, value)| (name.clone(), value.clone().into()));
    Value::Object(pairs.collect())
}

/// Returns an object with the values of each name, joined by commas.
pub(super) fn joined_values(pairs: &[(String, String)]) -> Value {
    let mut object = Map::new();
    for (name, value) in pairs {
        let joined = match object.get(name).and_then(Value::as_str) {
            Some(before) => format!("{before},{value}"),
            None => value.clone(),
        };
        object.insert(name.clone(), joined.into());
    }
    Value::Object(object)
}

/// Returns an object with an array of values for each name.
pub(super) fn all_values(pairs: &[(String, String)]) -> Value {
    let mut object = Map::new();
    for (name, value) in pairs {
        let values = object.entry(name.clone()).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(values) = values {
            values.push(value.clone().into());
        }
    }
    Value::Object(object)
}

/// Returns `null` instead of an empty object, as REST APIs send it.
pub(super) fn or_null(object: Value) -> Value {
    match object {
        Value::Object(fields) if fields.is_empty() => Value::Null,
        other => other,
    }
}

/// Gives a builder, which has a field `parts`, the methods of all requests.
macro_rules! request_methods {
    ($builder:ident) => {
        impl $builder {
            /// Adds a header. Headers that every client and proxy adds, such as `host`, are replaced.
            pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
                self.parts.header(name, value);
                self
            }

            /// Adds a query parameter, which is encoded as a client encodes it. A query in the path is encoded already.
            pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
                self.parts.query(name, value);
                self
            }

            /// Sets the body. Default: none.
            pub fn body(mut self, text: impl Into<String>) -> Self {
                self.parts.text(text);
                self
            }

            /// Sets the body to the JSON of `body`, with the content type `application/json` unless one was set.
            ///
            /// # Panics
            ///
            /// Panics if `body` cannot be serialized.
            #[track_caller]
            pub fn json_body(mut self, body: &(impl serde::Serialize + ?Sized)) -> Self {
                self.parts.json($crate::test_util::events::event::to_text(body));
                self
            }

            /// Sets a body of bytes, which is base64 in the event.
            pub fn binary_body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
                self.parts.binary(bytes);
                self
            }
        }
    };
}
pub(super) use request_methods;
