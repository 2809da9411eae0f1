//! [`FakeStore`], a server with parameters and idempotency records, which has faults.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use super::faults::Trouble;
use crate::event::PARAMETER;
use crate::event::wire::{Call, Item, Reply};

/// A server of 127.0.0.1. It ends on drop; its connections end with the function.
pub(super) struct FakeStore {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
}

struct Shared {
    trouble: Trouble,
    random: Mutex<fastrand::Rng>,
    items: Mutex<HashMap<String, Item>>,
}

/// What happens to a call.
enum Fate {
    Answered,
    Throttled,
    /// The connection is reset before the call has an effect.
    Reset,
    /// The call has no effect and no answer.
    Hangs,
    /// The call has its effect, but its answer is lost.
    Unanswered,
}

impl FakeStore {
    pub(super) fn start(trouble: Trouble) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let shared = Arc::new(Shared {
            trouble,
            random: Mutex::new(fastrand::Rng::with_seed(1)),
            items: Mutex::default(),
        });
        let stopped = Arc::clone(&stop);
        std::thread::Builder::new().name("store".to_owned()).spawn(move || {
            for connection in listener.incoming().flatten() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || shared.serve(&connection));
            }
        })?;
        Ok(Self { address, stop })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for FakeStore {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn serve(&self, connection: &TcpStream) {
        let mut reader = BufReader::new(connection);
        let mut line = String::new();
        let _ = connection.set_nodelay(true);
        while reader.read_line(&mut line).is_ok_and(|length| length > 0) {
            let Ok(call) = serde_json::from_str::<Call>(&line) else {
                return;
            };
            line.clear();
            let reply = match self.fate() {
                Fate::Answered => self.apply(call),
                Fate::Throttled => Reply::Throttled,
                Fate::Reset => {
                    let at_once = Some(Duration::ZERO);
                    let _ = rustix::net::sockopt::set_socket_linger(connection, at_once);
                    return;
                }
                Fate::Hangs => {
                    std::thread::sleep(Duration::from_millis(300));
                    return;
                }
                Fate::Unanswered => {
                    self.apply(call);
                    return;
                }
            };
            let mut text = json!(reply).to_string();
            text.push('\n');
            let mut writer = connection;
            if writer.write_all(text.as_bytes()).is_err() {
                return;
            }
        }
    }

    fn fate(&self) -> Fate {
        if self.trouble == Trouble::None {
            return Fate::Answered;
        }
        match self.random.lock().unwrap_or_else(PoisonError::into_inner).u8(..100) {
            0..8 => Fate::Throttled,
            8..14 => Fate::Reset,
            14..16 => Fate::Hangs,
            16..24 => Fate::Unanswered,
            _ => Fate::Answered,
        }
    }

    fn apply(&self, call: Call) -> Reply {
        let mut items = self.items.lock().unwrap_or_else(PoisonError::into_inner);
        match call {
            Call::Get { name } if name == "flags" => Reply::Value(flags()),
            Call::Get { .. } => Reply::Value(PARAMETER.to_owned()),
            Call::Begin {
                key,
                token,
                now,
                locked_until,
                expires_at,
            } => {
                let previous = items.get(&key);
                if let Some(item) = previous.filter(|item| !item.is_over(now)) {
                    return Reply::Exists(item.clone());
                }
                let previous = previous.map(|item| item.completed);
                let item = Item {
                    completed: false,
                    token,
                    locked_until: Some(locked_until),
                    expires_at,
                    answer: None,
                    previous,
                };
                items.insert(key, item);
                Reply::Acquired {
                    taken_over: previous == Some(false),
                }
            }
            Call::Complete {
                key,
                token,
                expires_at,
                answer,
            } => match items.get_mut(&key) {
                Some(item) if !item.completed && item.token == token => {
                    item.completed = true;
                    item.expires_at = expires_at;
                    item.answer = answer;
                    Reply::Done
                }
                item => Reply::Lost(item.map(|item| item.clone())),
            },
            Call::Release { key, token, only_first } => {
                let is_its = items.get(&key).is_some_and(|item| {
                    !item.completed && item.token == token && (!only_first || item.previous.is_none())
                });
                if is_its {
                    items.remove(&key);
                    Reply::Done
                } else {
                    Reply::Lost(None)
                }
            }
        }
    }
}

/// A flag that is on for callers with an odd number.
fn flags() -> String {
    let condition = json!({"action": "EQUALS", "key": "parity", "value": 1});
    let rule = json!({"when_match": true, "conditions": [condition]});
    json!({"odd": {"default": false, "rules": {"odd numbers": rule}}}).to_string()
}
