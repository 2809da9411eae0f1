//! How long an invocation goes on after its response, with 1 and 20 spans: `cargo xtask bench after_response`.
//!
//! The emitters send to receivers on this machine that answer at once, so what is measured is the toolkit's work, the
//! system calls, and the switches between threads; a real receiver adds its distance. The emitter for the X-Ray daemon sends
//! one datagram.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)] // prints a table
#![allow(clippy::disallowed_methods)] // measures the real time

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, UdpSocket};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use lambda_runtime::{Error, LambdaInvocation};
use powertools_lambda_core::test_util::{TestEnvironment, request, traced_context};
use powertools_lambda_opentelemetry::OpenTelemetry;
use powertools_lambda_tracer::Tracer;
use tower::Service as _;
use tower_layer::Layer as _;
use tracing_subscriber::layer::SubscriberExt as _;

/// The number of invocations that are measured.
const INVOCATIONS: usize = 2_001;

fn main() {
    let daemon = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = daemon.local_addr().unwrap().to_string();
    let endpoint = receiver();
    println!("{:24} {:>12} {:>12}", "", "1 span", "20 spans");
    let median = |configure: &dyn Fn() -> Tracer| [0, 19].map(|steps| measure(&configure(), steps));
    let [one, twenty] = median(&|| {
        let environment = environment().var("AWS_XRAY_DAEMON_ADDRESS", address.as_str());
        Tracer::builder().environment(&environment).build()
    });
    println!("{:24} {one:>12.1?} {twenty:>12.1?}", "X-Ray daemon, UDP");
    for (name, compression) in [("OTLP over HTTP", "none"), ("OTLP over HTTP, gzip", "gzip")] {
        let [one, twenty] = median(&|| {
            let environment = environment()
                .var("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str())
                .var("OTEL_EXPORTER_OTLP_COMPRESSION", compression);
            let otlp = OpenTelemetry::builder().environment(&environment).otlp().build();
            let tracer = Tracer::builder().environment(&environment);
            otlp.unwrap().configure(tracer).build()
        });
        println!("{name:24} {one:>12.1?} {twenty:>12.1?}");
    }
}

fn environment() -> TestEnvironment {
    TestEnvironment::new()
        .var("LAMBDA_TASK_ROOT", "/var/task")
        .var("AWS_LAMBDA_FUNCTION_NAME", "checkout")
}

/// Returns the median of the time from the response to the end of the invocation.
fn measure(tracer: &Tracer, steps: usize) -> Duration {
    let subscriber = tracing_subscriber::registry().with(tracer.subscriber_layer());
    let _guard = tracing::subscriber::set_default(subscriber);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let posted = Arc::new(Mutex::new(Instant::now()));
    let mut service = tracer.invocation_layer().layer(tower::service_fn({
        let posted = Arc::clone(&posted);
        move |_: LambdaInvocation| {
            let posted = Arc::clone(&posted);
            async move {
                for number in 0..steps {
                    drop(tracing::info_span!("charge", tenant = "acme", number));
                }
                *posted.lock().unwrap() = Instant::now();
                Ok::<(), Error>(())
            }
        }
    }));
    let context = traced_context();
    let runtime = runtime.unwrap();
    let mut times: Vec<_> = (0..INVOCATIONS)
        .map(|_| {
            runtime.block_on(service.call(request(context.clone(), "{}"))).unwrap();
            posted.lock().unwrap().elapsed()
        })
        .collect();
    assert_eq!(tracer.lost_spans(), 0);
    times.sort_unstable();
    times[INVOCATIONS / 2]
}

/// Starts a receiver that accepts everything.
fn receiver() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut reader = BufReader::new(&stream);
                loop {
                    let (mut line, mut length) = (String::new(), 0);
                    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                        if let Some(value) = line.strip_prefix("content-length: ") {
                            length = value.trim().parse().unwrap();
                        }
                        line.clear();
                    }
                    let mut body = vec![0; length];
                    if length == 0 || reader.read_exact(&mut body).is_err() {
                        return;
                    }
                    let _ = (&stream).write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
                }
            });
        }
    });
    endpoint
}
