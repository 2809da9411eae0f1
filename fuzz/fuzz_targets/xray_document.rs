//! After any spans, annotations, metadata and errors, X-Ray's schema accepts each document, and each span is there once.
//!
//! Input: calls. The documents go over the loopback interface, as to the daemon.
#![no_main]

use std::cell::Cell;
use std::collections::HashSet;
use std::net::UdpSocket;

use libfuzzer_sys::fuzz_target;
use powertools_lambda_core::test_util::{TestEnvironment, traced_context};
use powertools_lambda_fuzz::documents::check_xray;
use powertools_lambda_fuzz::input::{Call, calls};
use powertools_lambda_fuzz::invocation::invoke;
use powertools_lambda_tracer::{Tracer, add_metadata, annotate, record_error};
use serde_json::Value;
use tracing_subscriber::layer::SubscriberExt;

thread_local!(static DAEMON: UdpSocket = {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.set_nonblocking(true).expect("non-blocking");
    socket
});

fuzz_target!(|data: &[u8]| DAEMON.with(|daemon| {
    let environment = TestEnvironment::new()
        .var("POWERTOOLS_SERVICE_NAME", "booking")
        .var("LAMBDA_TASK_ROOT", "/var/task")
        .var(
            "AWS_XRAY_DAEMON_ADDRESS",
            daemon.local_addr().expect("an address").to_string(),
        );
    let tracer = Tracer::builder().environment(&environment).build();
    let subscriber = tracing_subscriber::registry().with(tracer.subscriber_layer());
    let (opened, written) = (Cell::new(1), Cell::new(0));
    tracing::subscriber::with_default(subscriber, || {
        invoke(&tracer.invocation_layer(), traced_context(), b"{}", || {
            let mut open = Vec::new();
            for call in calls(data) {
                match call.name {
                    b'(' if open.len() < 60 => {
                        opened.set(opened.get() + 1);
                        open.push(tracing::info_span!("span", trace.name = &*call.text(0)).entered());
                    }
                    b')' => drop(open.pop()),
                    _ => written.set(written.get() + record(&call)),
                }
            }
            while open.pop().is_some() {}
        });
    });
    let mut ids = HashSet::new();
    let mut buffer = vec![0; 65_536];
    while let Ok(length) = daemon.recv(&mut buffer) {
        let datagram = std::str::from_utf8(&buffer[..length]).expect("UTF-8");
        let (header, document) = datagram.split_once('\n').expect("a header");
        assert_eq!(header, r#"{"format": "json", "version": 1}"#);
        let document: Value = serde_json::from_str(document).unwrap_or_else(|error| panic!("{error}: {document}"));
        check_xray(&document);
        collect(&document, &mut ids);
    }
    // A socket's buffer holds this much on any system.
    if written.get() + 400 * opened.get() < 50_000 {
        assert_eq!(ids.len(), opened.get(), "{:?}", environment.warnings());
    }
}));

/// Records something on the current span, and returns about how many bytes it has.
fn record(call: &Call<'_>) -> usize {
    let repeated = call.text(1).repeat(1 + call.count(2, 2_000));
    let length = 4 * (call.text(0).len() + repeated.len());
    match call.name {
        b'a' => annotate(&call.text(0), repeated),
        b'n' => annotate(&call.text(0), call.number(1)),
        b'm' => add_metadata(&call.text(0), repeated),
        b'j' => add_metadata(&call.text(0), call.value(1)),
        b'e' => record_error(&std::io::Error::other(repeated)),
        _ => return 0,
    }
    length
}

fn collect(document: &Value, ids: &mut HashSet<String>) {
    let id = document["id"].as_str().expect("an id");
    assert!(ids.insert(id.to_owned()), "{id} is there twice");
    let nested = document["subsegments"].as_array().into_iter().flatten();
    nested.for_each(|nested| collect(nested, ids));
}
