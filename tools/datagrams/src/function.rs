//! [`run`], the function's end: sends the traces of all invocations at once.

use std::net::UdpSocket;
use std::sync::Barrier;

use anyhow::Result;

use crate::burst::{DAEMON, INVOCATIONS};
use crate::trace::{self, Tree};

/// Sends the traces of [`INVOCATIONS`] invocations through one socket that never blocks, as the tracer does.
pub(crate) fn run(tree: Tree, limit: usize) -> Result<()> {
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    socket.connect(DAEMON)?;
    socket.set_nonblocking(true)?;
    let datagrams = trace::datagrams(tree, limit);
    let (datagrams, socket, start) = (&datagrams, &socket, Barrier::new(INVOCATIONS));
    let refused: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..INVOCATIONS)
            .map(|invocation| {
                let start = &start;
                scope.spawn(move || {
                    let mut buffer = vec![0; 65_000];
                    buffer[0] = u8::try_from(invocation).unwrap_or_default();
                    start.wait();
                    let sent = datagrams.iter().map(|datagram| socket.send(&buffer[..datagram.bytes]));
                    sent.filter(Result::is_err).count()
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_default())
            .sum()
    });
    println!("{refused}");
    Ok(())
}
