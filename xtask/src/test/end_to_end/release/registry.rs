//! [`Registry`]: a registry on 127.0.0.1 that keeps what is published to it, and forwards all other requests to the configured
//! registry.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::upstream::Upstream;

/// The token that publishing takes.
pub(super) const TOKEN: &str = "of-the-test";

/// A running registry. Its threads end with this process.
pub(super) struct Registry {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    address: SocketAddr,
    upstream: Upstream,
    content: Mutex<Content>,
}

#[derive(Default)]
struct Content {
    /// The lines of the index, by crate. Requests for these crates are not forwarded.
    index: BTreeMap<String, Vec<Value>>,
    /// The tarballs, by crate and version.
    tarballs: BTreeMap<(String, String), Vec<u8>>,
    /// The crates whose publication fails.
    broken: BTreeSet<String>,
    /// The crates and versions that were published, in order.
    published: Vec<String>,
    /// How many requests to publish were received, including those that failed.
    publications: usize,
    /// The methods of the requests that were forwarded.
    passed_on: BTreeMap<String, u64>,
}

struct Request {
    method: String,
    path: String,
    token: Option<String>,
    body: Vec<u8>,
}

struct Response {
    status: &'static str,
    location: Option<String>,
    body: Vec<u8>,
}

impl Registry {
    /// Starts a registry in front of the configured one. The port is that of the last start if it is free: cargo would
    /// compile all dependencies again if they came from another address.
    pub(super) fn start(folder: &Path) -> Result<Self> {
        let file = folder.join("port");
        let last = std::fs::read_to_string(&file).ok().and_then(|text| text.parse().ok());
        let listener = last
            .and_then(|port: u16| TcpListener::bind(("127.0.0.1", port)).ok())
            .map_or_else(|| TcpListener::bind(("127.0.0.1", 0)), Ok)
            .context("no free port on 127.0.0.1")?;
        let address = listener.local_addr()?;
        std::fs::write(&file, address.port().to_string())?;
        let state = Arc::new(State {
            address,
            upstream: Upstream::configured()?,
            content: Mutex::default(),
        });
        let of_threads = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&of_threads);
                // Cargo closes connections as it likes.
                std::thread::spawn(move || drop(state.serve(&stream)));
            }
        });
        Ok(Self { address, state })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns how many requests to publish were received, including those that failed.
    pub(super) fn publications(&self) -> usize {
        self.state.content().publications
    }

    /// Returns the index's address as cargo's configuration has it.
    pub(super) fn index(&self) -> String {
        format!("sparse+http://{}/index/", self.address)
    }

    /// Takes and forgets what was published since the last call, each a name and a version.
    pub(super) fn take_published(&self) -> Vec<String> {
        std::mem::take(&mut self.state.content().published)
    }

    /// Lets the publication of a crate fail, or no longer.
    pub(super) fn set_broken(&self, name: &str, broken: bool) {
        let mut content = self.state.content();
        if broken {
            content.broken.insert(name.to_owned());
        } else {
            content.broken.remove(name);
        }
    }

    /// Adds a crate that someone else published.
    pub(super) fn add_foreign(&self, name: &str, version: &str) {
        let line = json!({"name": name, "vers": version, "deps": [], "cksum": "0".repeat(64), "features": {}, "yanked": false});
        self.state.content().index.insert(name.to_owned(), vec![line]);
    }

    /// Lists a version of an outside crate as yanked.
    pub(super) fn yank(&self, name: &str, version: &str) -> Result<()> {
        let mut lines = self.state.upstream.lines(name)?;
        let line = lines.iter_mut().find(|line| line["vers"] == version);
        line.with_context(|| format!("{name} {version} is not in cargo's cache"))?["yanked"] = json!(true);
        self.state.content().index.insert(name.to_owned(), lines);
        Ok(())
    }

    /// Forgets a crate, whose requests are forwarded from now on.
    pub(super) fn forget(&self, name: &str) {
        self.state.content().index.remove(name);
    }

    /// Checks that only reads reached the configured registry.
    pub(super) fn check_only_reads_passed(&self) -> Result<()> {
        let passed = self.state.content().passed_on.clone();
        ensure!(
            passed.keys().all(|method| method == "GET") && !passed.is_empty(),
            "only reads are passed on to the configured registry: {passed:?}"
        );
        Ok(())
    }
}

impl State {
    fn serve(&self, stream: &TcpStream) -> Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        while let Some(request) = read(&mut reader, stream)? {
            self.answer(&request).write(stream)?;
        }
        Ok(())
    }

    fn answer(&self, request: &Request) -> Response {
        let parts: Vec<_> = request.path.trim_matches('/').split('/').collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", ["index", "config.json"]) => {
                let address = self.address;
                Response::json(&json!({"dl": format!("http://{address}/crates"), "api": format!("http://{address}")}))
            }
            ("GET", ["index", path @ .., name]) => {
                let lines = self.content().index.get(*name).cloned();
                match lines {
                    Some(lines) => {
                        let lines: Vec<_> = lines.iter().map(Value::to_string).collect();
                        Response::ok((lines.join("\n") + "\n").into_bytes())
                    }
                    None => self.pass_on(request, Ok(self.upstream.index_file(path, name))),
                }
            }
            ("GET", ["crates", name, version, "download"]) => {
                let key = ((*name).to_owned(), (*version).to_owned());
                let tarball = self.content().tarballs.get(&key).cloned();
                match tarball.or_else(|| self.upstream.cached_tarball(name, version)) {
                    Some(tarball) => Response::ok(tarball),
                    None => self.pass_on(request, self.upstream.tarball(name, version)),
                }
            }
            ("PUT", ["api", "v1", "crates", "new"]) => match self.publish(request) {
                Ok(()) => Response::json(&json!({
                    "warnings": {"invalid_categories": [], "invalid_badges": [], "other": []}
                })),
                Err(error) => Response {
                    status: "503 Service Unavailable",
                    ..Response::json(&json!({"errors": [{"detail": error.to_string()}]}))
                },
            },
            // No other request is forwarded, so nothing writes to the configured registry.
            _ => Response {
                status: "405 Method Not Allowed",
                ..Response::ok(Vec::new())
            },
        }
    }

    /// Sends cargo to the configured registry, with which it speaks as it always does.
    fn pass_on(&self, request: &Request, location: Result<String>) -> Response {
        *self.content().passed_on.entry(request.method.clone()).or_default() += 1;
        match location {
            Ok(location) => Response {
                status: "307 Temporary Redirect",
                location: Some(location),
                body: Vec::new(),
            },
            Err(error) => Response {
                status: "502 Bad Gateway",
                ..Response::ok(error.to_string().into_bytes())
            },
        }
    }

    fn publish(&self, request: &Request) -> Result<()> {
        self.content().publications += 1;
        ensure!(request.token.as_deref() == Some(TOKEN), "the token is wrong");
        let (metadata, rest) = part(&request.body)?;
        let (tarball, _) = part(rest)?;
        let metadata: Value = serde_json::from_slice(metadata)?;
        // The manifests are those of crates.io.
        let needs = metadata["deps"].as_array().into_iter().flatten();
        let elsewhere: Vec<_> = needs
            .filter(|of| !of["registry"].as_str().is_some_and(|url| url.contains("crates.io")))
            .collect();
        ensure!(elsewhere.is_empty(), "not a dependency on crates.io: {elsewhere:?}");
        let text = |name: &str| metadata[name].as_str().map(str::to_owned).context("a key is missing");
        let (name, version) = (text("name")?, text("vers")?);
        let mut content = self.content();
        ensure!(!content.broken.contains(&name), "the registry is out of order");
        let key = (name.clone(), version.clone());
        ensure!(!content.tarballs.contains_key(&key), "{name} {version} exists");
        let line = index_line(&metadata, tarball);
        content.index.entry(name.clone()).or_default().push(line);
        content.tarballs.insert(key, tarball.to_vec());
        content.published.push(format!("{name} {version}"));
        Ok(())
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Response {
    fn ok(body: Vec<u8>) -> Self {
        Self {
            status: "200 OK",
            location: None,
            body,
        }
    }

    fn json(body: &Value) -> Self {
        Self::ok(body.to_string().into_bytes())
    }

    fn write(&self, mut stream: &TcpStream) -> Result<()> {
        let location = self.location.iter().map(|url| format!("location: {url}\r\n"));
        let location: String = location.collect();
        let head = format!(
            "HTTP/1.1 {}\r\ncontent-length: {}\r\n{location}\r\n",
            self.status,
            self.body.len()
        );
        stream.write_all(&[head.as_bytes(), &self.body].concat())?;
        Ok(())
    }
}

/// Reads a request, or nothing at the end of the connection.
fn read(reader: &mut BufReader<TcpStream>, mut stream: &TcpStream) -> Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (mut length, mut token) = (0, None);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(':') else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse()?,
            "authorization" => token = Some(value.trim().to_owned()),
            "expect" => stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(Request {
        method,
        path,
        token,
        body,
    }))
}

/// Splits off the part whose length is in the first four bytes.
fn part(bytes: &[u8]) -> Result<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>().context("the body is too short")?;
    let length = u32::from_le_bytes(*length) as usize;
    rest.split_at_checked(length).context("the body is too short")
}

/// Makes the index's line of a crate from what cargo sends, as registries do.
fn index_line(metadata: &Value, tarball: &[u8]) -> Value {
    let digits = Sha256::digest(tarball);
    let checksum: Vec<_> = digits.iter().map(|byte| format!("{byte:02x}")).collect();
    let dependencies: Vec<_> = metadata["deps"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|of| {
            let alias = of["explicit_name_in_toml"].as_str();
            without_nulls(json!({
                "name": alias.map_or_else(|| of["name"].clone(), Value::from),
                "package": alias.map(|_| of["name"].clone()),
                "req": of["version_req"],
                "features": of["features"],
                "optional": of["optional"],
                "default_features": of["default_features"],
                "target": of["target"],
                "kind": of["kind"],
                // There is no `registry`, because this registry replaces the one that cargo names.
            }))
        })
        .collect();
    without_nulls(json!({
        "name": metadata["name"],
        "vers": metadata["vers"],
        "deps": dependencies,
        "cksum": checksum.concat(),
        "features": metadata["features"],
        "yanked": false,
        "links": metadata["links"],
        "rust_version": metadata["rust_version"],
        "v": 2,
    }))
}

/// Returns an object without its keys that are null, which are left out in an index.
fn without_nulls(mut object: Value) -> Value {
    if let Some(keys) = object.as_object_mut() {
        keys.retain(|_, value| !value.is_null());
    }
    object
}
