//! [`Browser`]: a headless Chromium, driven over its `DevTools` protocol, for pictures of the page and for its tests.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

/// How long the browser may take to answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// Returns the first Chromium in the folders of a `PATH`.
pub fn find(path: Option<OsString>) -> Option<PathBuf> {
    let folders: Vec<_> = std::env::split_paths(&path?).collect();
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    names.iter().find_map(|name| {
        folders
            .iter()
            .map(|folder| folder.join(name))
            .find(|path| path.is_file())
    })
}

/// A browser with one page. It is closed on drop.
pub struct Browser {
    child: Child,
    commands: ChildStdin,
    messages: Receiver<Value>,
    session: String,
    last: u64,
    events: VecDeque<Value>,
    profile: PathBuf,
}

impl Browser {
    /// Starts a browser with a new profile in `profile`, which is removed on drop.
    ///
    /// # Errors
    ///
    /// If the browser does not start.
    pub fn start(program: &Path, profile: &Path) -> Result<Self> {
        // The protocol uses the descriptors 3 and 4; without unsafe code, only a shell can put pipes there.
        let mut child = Command::new("sh")
            .args(["-c", r#"exec "$0" "$@" 3<&0 4>&1 >/dev/null"#])
            .arg(program)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
            ])
            .args([
                "--disable-background-networking",
                "--disable-extensions",
                "--hide-scrollbars",
            ])
            .args(["--remote-debugging-pipe", "about:blank"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("Chromium cannot be started")?;
        let (commands, output) = (child.stdin.take(), child.stdout.take());
        let (commands, output) = commands.zip(output).context("Chromium has no pipes")?;
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(output).split(0).map_while(Result::ok) {
                let message = serde_json::from_slice(&message).unwrap_or(Value::Null);
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let mut browser = Self {
            child,
            commands,
            messages,
            session: String::new(),
            last: 0,
            events: VecDeque::new(),
            profile: profile.to_owned(),
        };
        browser.attach()?;
        Ok(browser)
    }

    fn attach(&mut self) -> Result<()> {
        let target = self.call("Target.createTarget", &json!({"url": "about:blank"}))?;
        let target = json!({"targetId": target["targetId"], "flatten": true});
        let session = self.call("Target.attachToTarget", &target)?;
        self.session = session["sessionId"].as_str().unwrap_or_default().to_owned();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.call(&format!("{domain}.enable"), &json!({}))?;
        }
        Ok(())
    }

    /// Opens a file and waits until its scripts have run.
    ///
    /// # Errors
    ///
    /// If it cannot be opened.
    pub fn open(&mut self, page: &Path) -> Result<()> {
        let page = page
            .canonicalize()
            .with_context(|| format!("{} cannot be opened", page.display()))?;
        self.events.clear();
        let opened = self.call("Page.navigate", &json!({"url": format!("file://{}", page.display())}))?;
        if let Some(error) = opened["errorText"].as_str() {
            bail!("{} cannot be opened: {error}", page.display());
        }
        self.wait_for("Page.loadEventFired")
    }

    /// Runs an expression in the page and returns its value.
    ///
    /// # Errors
    ///
    /// If it throws.
    pub fn evaluate(&mut self, expression: &str) -> Result<Value> {
        let arguments =
            json!({"expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true});
        let answer = self.call("Runtime.evaluate", &arguments)?;
        match answer.get("exceptionDetails") {
            Some(details) => Err(anyhow!("{expression}: {details}")),
            None => Ok(answer["result"]["value"].clone()),
        }
    }

    /// Sets the size of the window in pixels, and the dark or light color scheme.
    ///
    /// # Errors
    ///
    /// If the browser has exited.
    pub fn window(&mut self, width: u32, height: u32, dark: bool) -> Result<()> {
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.call("Emulation.setDeviceMetricsOverride", &metrics)?;
        let scheme = json!({"name": "prefers-color-scheme", "value": if dark { "dark" } else { "light" }});
        self.call("Emulation.setEmulatedMedia", &json!({"features": [scheme]}))?;
        Ok(())
    }

    /// Returns a picture of the window as PNG.
    ///
    /// # Errors
    ///
    /// If the browser has exited.
    pub fn picture(&mut self) -> Result<Vec<u8>> {
        let picture = self.call("Page.captureScreenshot", &json!({"format": "png"}))?;
        Ok(BASE64.decode(picture["data"].as_str().unwrap_or_default())?)
    }

    /// Presses a key.
    ///
    /// # Errors
    ///
    /// If the browser has exited.
    pub fn press(&mut self, key: &str, code: u32) -> Result<()> {
        for kind in ["rawKeyDown", "keyUp"] {
            let event = json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code});
            self.call("Input.dispatchKeyEvent", &event)?;
        }
        Ok(())
    }

    /// Returns the problems since the page was opened: console errors, exceptions, and requests for anything else.
    ///
    /// # Errors
    ///
    /// If the browser has exited.
    pub fn problems(&mut self) -> Result<Vec<String>> {
        // Everything that arrived before the answer has happened by now.
        self.evaluate("1")?;
        let problem = |event: &Value| {
            let about = &event["params"];
            match event["method"].as_str()? {
                "Runtime.exceptionThrown" => Some(about["exceptionDetails"].to_string()),
                "Runtime.consoleAPICalled" => Some(about["args"].to_string()),
                "Log.entryAdded" => Some(about["entry"].to_string()),
                "Network.requestWillBeSent" => {
                    let url = about["request"]["url"].as_str()?;
                    (about["type"] != "Document").then(|| format!("a request for {url}"))
                }
                _ => None,
            }
        };
        Ok(self.events.iter().filter_map(problem).collect())
    }

    fn wait_for(&mut self, event: &str) -> Result<()> {
        while !self.events.iter().any(|seen| seen["method"] == event) {
            let message = self
                .messages
                .recv_timeout(PATIENCE)
                .with_context(|| format!("no {event} from Chromium"))?;
            self.events.push_back(message);
        }
        Ok(())
    }

    fn call(&mut self, method: &str, parameters: &Value) -> Result<Value> {
        self.last += 1;
        let mut command = json!({"id": self.last, "method": method, "params": parameters});
        if !self.session.is_empty() {
            command["sessionId"] = self.session.as_str().into();
        }
        self.commands.write_all(format!("{command}\0").as_bytes())?;
        loop {
            let message = self
                .messages
                .recv_timeout(PATIENCE)
                .with_context(|| format!("no answer to {method}"))?;
            if message["id"] != self.last {
                self.events.push_back(message);
            } else if let Some(error) = message.get("error") {
                bail!("{method}: {error}");
            } else {
                return Ok(message["result"].clone());
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Asks the browser to close first, so that it ends its own processes.
        self.session.clear();
        if self.call("Browser.close", &json!({})).is_err() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}
