//! [`Client`], which calls the driver's fake store as a client of the AWS SDK would: with timeouts and retries.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use soak::event::wire::{Call, Reply};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// How often a call is attempted.
const ATTEMPTS: u32 = 3;

/// How long an attempt may take.
const PATIENCE: Duration = Duration::from_millis(200);

/// A client of the store. Clones share its connections.
#[derive(Clone)]
pub(crate) struct Client(Arc<Inner>);

struct Inner {
    address: String,
    idle: Mutex<Vec<BufReader<TcpStream>>>,
}

impl Client {
    pub(crate) fn new(address: String) -> Self {
        let idle = Mutex::default();
        Self(Arc::new(Inner { address, idle }))
    }

    /// Calls the store, and returns its last failure if no attempt succeeds.
    pub(crate) async fn call(&self, call: &Call) -> Result<Reply, String> {
        let mut failure = String::new();
        for attempt in 0..ATTEMPTS {
            sleep(Duration::from_millis(u64::from(attempt) * 5)).await;
            match timeout(PATIENCE, self.attempt(call)).await {
                Ok(Ok(Reply::Throttled)) => failure = "throttled".to_owned(),
                Ok(Ok(reply)) => return Ok(reply),
                Ok(Err(error)) => failure = error.to_string(),
                Err(_) => failure = "no answer".to_owned(),
            }
        }
        Err(failure)
    }

    async fn attempt(&self, call: &Call) -> std::io::Result<Reply> {
        let idle = self.idle().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => BufReader::new(TcpStream::connect(&self.0.address).await?),
        };
        let mut line = serde_json::to_string(call)?;
        line.push('\n');
        connection.write_all(line.as_bytes()).await?;
        line.clear();
        connection.read_line(&mut line).await?;
        let reply = serde_json::from_str(&line)?;
        self.idle().push(connection);
        Ok(reply)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<BufReader<TcpStream>>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
