//! [`PaymentApi`]: a payment company's API, which takes idempotency keys, loses answers as a seed decides, and keeps
//! the books.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use fastrand::Rng;
use serde_json::{Value, json};

/// The merchant's key; the default of the template's parameter.
const KEY: &str = "our-key";

/// A token that is declined.
pub(crate) const DECLINED: &str = "tok_declined";

/// How long a client may take to send its request.
const PATIENCE: Duration = Duration::from_secs(10);

/// A payment API on a port of 127.0.0.1 that the system chooses.
///
/// A refund voids the key: later payments with it are answered 409.
pub(crate) struct PaymentApi {
    address: String,
    state: Arc<Mutex<State>>,
}

/// What happened to money, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Books {
    /// The keys of the payments that charged a card, with the amounts.
    pub(crate) charges: Vec<(String, u64)>,
    /// The keys of the payments that were returned to the card.
    pub(crate) refunds: Vec<String>,
    /// Requests that no client should send.
    pub(crate) violations: Vec<String>,
    /// The number of requests, and of those whose answers were lost: before they took effect, and after.
    pub(crate) requests: u64,
    pub(crate) lost: (u64, u64),
}

/// Which answers are lost. The seed decides, for each attempt with each key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Losses {
    pub(crate) seed: u64,
    /// The share of the requests that are lost before they take effect, and of the answers that are lost after.
    pub(crate) share: f64,
}

#[derive(Default)]
struct State {
    payments: BTreeMap<String, Payment>,
    /// The number of requests with each key and path.
    attempts: BTreeMap<(String, String), u64>,
    losses: Option<Losses>,
    books: Books,
}

struct Payment {
    body: Value,
    status: Status,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Charged,
    Declined,
    Void,
}

#[derive(Default)]
struct Request {
    path: String,
    key: String,
    authorization: String,
    body: Value,
}

/// The fate of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Answered,
    RequestLost,
    AnswerLost,
}

impl PaymentApi {
    /// Starts the API. Its thread ends with the process.
    pub(crate) fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port on 127.0.0.1")?;
        let address = listener.local_addr()?.to_string();
        let state = Arc::<Mutex<State>>::default();
        let served = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&served);
                std::thread::spawn(move || {
                    // It is no error if a client goes away.
                    let _ = serve(&state, &stream);
                    let _ = stream.shutdown(Shutdown::Both);
                });
            }
        });
        Ok(Self { address, state })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Loses answers from now on, or no longer.
    pub(crate) fn lose(&self, losses: Option<Losses>) {
        lock(&self.state).losses = losses;
    }

    pub(crate) fn books(&self) -> Books {
        lock(&self.state).books.clone()
    }
}

impl State {
    fn fate(&mut self, request: &Request) -> Fate {
        let attempt = self
            .attempts
            .entry((request.path.clone(), request.key.clone()))
            .or_default();
        *attempt += 1;
        self.books.requests += 1;
        let Some(Losses { seed, share }) = self.losses else {
            return Fate::Answered;
        };
        let mut hasher = DefaultHasher::new();
        (seed, &request.path, &request.key, *attempt).hash(&mut hasher);
        match Rng::with_seed(hasher.finish()).f64() {
            lost if lost < share => {
                self.books.lost.0 += 1;
                Fate::RequestLost
            }
            lost if lost < 2.0 * share => {
                self.books.lost.1 += 1;
                Fate::AnswerLost
            }
            _ => Fate::Answered,
        }
    }

    fn answer(&mut self, request: &Request) -> (u16, Value) {
        if request.authorization != format!("Bearer {KEY}") {
            self.books
                .violations
                .push(format!("{}: the key is not the merchant's", request.path));
            return (401, json!({ "error": "unauthorized" }));
        }
        if request.key.is_empty() {
            self.books
                .violations
                .push(format!("{}: no idempotency key", request.path));
            return (400, json!({ "error": "no idempotency key" }));
        }
        match request.path.as_str() {
            "/payments" => self.pay(request),
            "/refunds" => self.refund(&request.key),
            _ => (404, json!({ "error": "not found" })),
        }
    }

    fn pay(&mut self, request: &Request) -> (u16, Value) {
        let Request { key, body, .. } = request;
        let Some(amount) = body["amount"].as_u64() else {
            self.books.violations.push(format!("{key}: no amount"));
            return (400, json!({ "error": "no amount" }));
        };
        let known = self.payments.get(key);
        if known.is_some_and(|known| !known.body.is_null() && known.body != *body) {
            self.books
                .violations
                .push(format!("{key}: another payment has this key"));
            return (422, json!({ "error": "another payment has this key" }));
        }
        let status = known.map(|known| known.status);
        let status = status.unwrap_or_else(|| {
            let is_declined = body["token"] == DECLINED;
            let status = if is_declined { Status::Declined } else { Status::Charged };
            if status == Status::Charged {
                self.books.charges.push((key.clone(), amount));
            }
            let body = body.clone();
            self.payments.insert(key.clone(), Payment { body, status });
            status
        });
        match status {
            Status::Charged => (201, json!({ "payment": key })),
            Status::Declined => (402, json!({ "error": "declined" })),
            Status::Void => (409, json!({ "error": "refunded" })),
        }
    }

    fn refund(&mut self, key: &str) -> (u16, Value) {
        let payment = self.payments.entry(key.to_owned()).or_insert(Payment {
            body: Value::Null,
            status: Status::Void,
        });
        if payment.status == Status::Charged {
            self.books.refunds.push(key.to_owned());
        }
        payment.status = Status::Void;
        (200, json!({ "refunded": key }))
    }
}

fn serve(state: &Mutex<State>, stream: &TcpStream) -> Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let request = read(stream)?;
    let mut state = lock(state);
    let fate = state.fate(&request);
    if fate == Fate::RequestLost {
        return Ok(());
    }
    let (status, answer) = state.answer(&request);
    drop(state);
    if fate == Fate::AnswerLost {
        return Ok(());
    }
    let answer = answer.to_string();
    let head = format!(
        "HTTP/1.1 {status} Answer\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        answer.len()
    );
    let mut stream = stream;
    stream.write_all(head.as_bytes())?;
    stream.write_all(answer.as_bytes())?;
    Ok(())
}

/// Reads a request with a JSON body.
fn read(stream: &TcpStream) -> Result<Request> {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line)?;
    let mut request = Request {
        path: line.split(' ').nth(1).context("no path")?.to_owned(),
        ..Request::default()
    };
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse()?,
            "idempotency-key" => value.clone_into(&mut request.key),
            "authorization" => value.clone_into(&mut request.authorization),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    request.body = serde_json::from_slice(&body)?;
    Ok(request)
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: &str, key: &str, token: &str) -> Request {
        Request {
            path: path.to_owned(),
            key: key.to_owned(),
            authorization: format!("Bearer {KEY}"),
            body: json!({ "amount": 100, "token": token }),
        }
    }

    #[test]
    fn a_key_charges_once_and_a_refund_voids_it() {
        let mut state = State::default();
        for expected in [201, 201] {
            assert_eq!(state.answer(&request("/payments", "a", "tok")).0, expected);
        }
        assert_eq!(state.answer(&request("/payments", "a", "other")).0, 422);
        assert_eq!(state.answer(&request("/payments", "b", DECLINED)).0, 402);
        for _ in 0..2 {
            assert_eq!(state.answer(&request("/refunds", "a", "")).0, 200);
            assert_eq!(state.answer(&request("/refunds", "c", "")).0, 200);
        }
        for key in ["a", "c"] {
            assert_eq!(state.answer(&request("/payments", key, "tok")).0, 409);
        }
        assert_eq!(state.books.charges, [("a".to_owned(), 100)]);
        assert_eq!(state.books.refunds, ["a"]);
        assert_eq!(state.books.violations.len(), 1);
    }

    #[test]
    fn a_seed_repeats_the_losses() {
        let fates = |seed| {
            let mut state = State {
                losses: Some(Losses { seed, share: 0.3 }),
                ..State::default()
            };
            let fates = (0..100).map(|_| state.fate(&request("/payments", "a", "tok")) as u8);
            fates.collect::<Vec<_>>()
        };
        assert_eq!(fates(1), fates(1));
        assert_ne!(fates(1), fates(2));
    }
}
