//! The records of other crates for the same events, with as much of the Lambda context as they support.

use std::fs::File;
use std::hint::black_box;
use std::io::{self, Write};
use std::sync::Arc;

use tracing::{Dispatch, Level, Span, info_span};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;

use super::function::{ARN, FUNCTION, REQUEST_ID, SERVICE, TRACE};
use super::sink::{Sink, null_device};

/// A subscriber that functions use today.
#[derive(Clone, Copy)]
pub(crate) enum Peer {
    /// `json-subscriber`, flattened, which keeps the fields of spans as JSON.
    JsonSubscriber,
    /// `tracing-subscriber`'s JSON format, flattened.
    TracingSubscriber,
    /// The subscriber that `lambda_runtime::tracing::init_default_subscriber` installs with the JSON log format.
    LambdaDefault,
}

impl Peer {
    /// Returns the peer's subscriber.
    pub(crate) fn subscriber(self, sink: Sink) -> Dispatch {
        let writer = Writer::new(sink);
        match self {
            Self::JsonSubscriber => {
                let mut layer = json_subscriber::JsonLayer::new(writer);
                layer.with_level("level");
                layer.with_timer("timestamp", tracing_subscriber::fmt::time::SystemTime);
                layer.with_file("filename");
                layer.with_line_number("line_number");
                layer.with_flattened_event();
                layer.with_top_level_flattened_span_list();
                Dispatch::new(
                    tracing_subscriber::registry()
                        .with(layer)
                        .with(tracing::level_filters::LevelFilter::INFO),
                )
            }
            Self::TracingSubscriber => Dispatch::new(
                tracing_subscriber::fmt()
                    .json()
                    .flatten_event(true)
                    .with_current_span(false)
                    .with_file(true)
                    .with_line_number(true)
                    .with_max_level(Level::INFO)
                    .with_writer(writer)
                    .finish(),
            ),
            Self::LambdaDefault => Dispatch::new(
                tracing_subscriber::fmt()
                    .with_target(false)
                    .without_time()
                    .with_max_level(Level::INFO)
                    .json()
                    .with_writer(writer)
                    .finish(),
            ),
        }
    }

    /// Returns the span that adds the Lambda context.
    pub(crate) fn context(self) -> Span {
        if matches!(self, Self::LambdaDefault) {
            // The span of the runtime's own `TracingLayer`.
            return info_span!("Lambda runtime invoke", requestId = REQUEST_ID, xrayTraceId = TRACE);
        }
        info_span!(
            "invocation",
            service = SERVICE,
            function_name = FUNCTION,
            function_arn = ARN,
            function_request_id = REQUEST_ID,
            xray_trace_id = TRACE,
            function_memory_size = 128,
            cold_start = true
        )
    }
}

/// Receives the output of a peer.
#[derive(Clone)]
struct Writer(Option<Arc<File>>);

impl Writer {
    fn new(sink: Sink) -> Self {
        Self(matches!(sink, Sink::Null).then(|| Arc::new(null_device())))
    }
}

impl<'a> MakeWriter<'a> for Writer {
    type Writer = &'a Writer;

    fn make_writer(&'a self) -> &'a Writer {
        self
    }
}

impl Write for &Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &self.0 {
            Some(file) => (&**file).write(bytes),
            None => Ok(black_box(bytes).len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
