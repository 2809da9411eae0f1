//! [`GrpcReceiver`], a gRPC receiver on a local port, whose messages a published package decodes.

use std::io::Read as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use flate2::read::GzDecoder;
use h2::server::SendResponse;
use http::{HeaderMap, HeaderValue, Request, Response};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message as _;
use tokio::net::TcpStream;
use tonic::Code;

use super::free_port;

/// How the receiver answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GrpcAnswer {
    Accept,
    Code(Code),
    /// Accepts all but so many spans.
    Partial(i64),
    Hang,
}

/// A request, and its header `x-api-key`.
type Received = (ExportTraceServiceRequest, Option<String>);

#[derive(Clone)]
pub(crate) struct GrpcReceiver {
    port: u16,
    answer: Arc<Mutex<GrpcAnswer>>,
    received: Arc<Mutex<Vec<Received>>>,
}

impl GrpcReceiver {
    pub(crate) fn start(answer: GrpcAnswer) -> Self {
        let receiver = Self {
            port: free_port(),
            answer: Arc::new(Mutex::new(answer)),
            received: Arc::default(),
        };
        let listener = std::net::TcpListener::bind(("127.0.0.1", receiver.port)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let server = receiver.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(server.clone().serve(stream));
                }
            });
        });
        receiver
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn set_answer(&self, answer: GrpcAnswer) {
        *self.answer.lock().unwrap() = answer;
    }

    /// Returns the names of the spans in each request.
    pub(crate) fn received(&self) -> Vec<Vec<String>> {
        let received = self.received.lock().unwrap();
        let names = received.iter().map(|(request, _)| {
            let scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
            scopes
                .flat_map(|scope| &scope.spans)
                .map(|span| span.name.clone())
                .collect()
        });
        names.collect()
    }

    /// Returns the header `x-api-key` of the last request.
    pub(crate) fn key(&self) -> Option<String> {
        self.received.lock().unwrap().last()?.1.clone()
    }

    async fn serve(self, stream: TcpStream) {
        let Ok(mut connection) = h2::server::handshake(stream).await else {
            return;
        };
        while let Some(Ok((request, respond))) = connection.accept().await {
            tokio::spawn(self.clone().answer(request, respond));
        }
    }

    async fn answer(self, request: Request<h2::RecvStream>, mut respond: SendResponse<Bytes>) -> Option<()> {
        let (head, mut body) = request.into_parts();
        assert_eq!(
            head.uri.path(),
            "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
        );
        let mut frame = Vec::new();
        while let Some(Ok(part)) = body.data().await {
            frame.extend_from_slice(&part);
            body.flow_control().release_capacity(part.len()).ok()?;
        }
        let key = head.headers.get("x-api-key");
        let key = key.map(|key| key.to_str().unwrap().to_owned());
        self.received.lock().unwrap().push((decode(&frame), key));
        let answer = *self.answer.lock().unwrap();
        let partial_success = match answer {
            GrpcAnswer::Accept | GrpcAnswer::Code(_) => None,
            GrpcAnswer::Partial(rejected_spans) => Some(ExportTracePartialSuccess {
                rejected_spans,
                error_message: "too old".to_owned(),
            }),
            GrpcAnswer::Hang => {
                tokio::time::sleep(Duration::from_secs(30)).await;
                return None;
            }
        };
        let head = Response::builder().header("content-type", "application/grpc");
        let mut stream = respond.send_response(head.body(()).unwrap(), false).ok()?;
        let mut end = HeaderMap::new();
        if let GrpcAnswer::Code(code) = answer {
            end.insert("grpc-status", i32::from(code).into());
            end.insert("grpc-message", HeaderValue::from_static("not today"));
        } else {
            let message = ExportTraceServiceResponse { partial_success }.encode_to_vec();
            let mut frame = BytesMut::new();
            frame.put_u8(0);
            frame.put_u32(u32::try_from(message.len()).unwrap());
            frame.put_slice(&message);
            stream.send_data(frame.freeze(), false).ok()?;
            end.insert("grpc-status", 0.into());
        }
        stream.send_trailers(end).ok()
    }
}

/// Decodes a message after its flag for compression and its length.
fn decode(frame: &[u8]) -> ExportTraceServiceRequest {
    let (head, message) = frame.split_at(5);
    let mut message = message.to_vec();
    if head[0] == 1 {
        let compressed = std::mem::take(&mut message);
        GzDecoder::new(compressed.as_slice()).read_to_end(&mut message).unwrap();
    }
    ExportTraceServiceRequest::decode(message.as_slice()).unwrap()
}
