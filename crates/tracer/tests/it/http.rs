//! Calls of HTTP clients: `tower` services and `reqwest`.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};

use http::{Request, Response};
use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_tracer::HttpLayer;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use tower_layer::Layer as _;

use crate::common::{Function, PARENT, ROOT, named, sampled, with_header};

/// A client that answers with the status in the path, and the tracing header it was sent.
async fn get(layer: &HttpLayer, url: &str) -> Result<Option<String>, tower::BoxError> {
    let client = layer.layer(tower::service_fn(async |request: Request<()>| {
        let status = request.uri().path().rsplit('/').next().unwrap_or_default();
        let Ok(status) = status.parse::<u16>() else {
            return Err(tower::BoxError::from("connection reset"));
        };
        let header = request.headers().get("x-amzn-trace-id");
        let header = header.map(|header| header.to_str().unwrap().to_owned());
        Ok(Response::builder()
            .status(status)
            .header("content-length", 12)
            .body(header)?)
    }));
    Ok(client.oneshot(Request::get(url).body(())?).await?.into_body())
}

#[tokio::test]
async fn a_request_is_a_remote_subsegment_without_the_secrets_of_its_url() {
    let function = Function::new();
    let layer = function.tracer.http_layer();
    let documents = function
        .trace(async |_| {
            get(&layer, "https://user:password@api.example.com:8443/v1/200?token=secret").await?;
            Ok(())
        })
        .await;
    let call = named(&documents, "api.example.com");
    assert_eq!(call["namespace"], "remote");
    assert_eq!(
        call["http"],
        json!({
            "request": {"method": "GET", "url": "https://api.example.com:8443/v1/200"},
            "response": {"status": 200, "content_length": 12},
        })
    );
    assert_eq!(call["parent_id"], named(&documents, "## handler")["id"]);
}

#[tokio::test]
async fn statuses_are_errors_throttles_and_faults() {
    let function = Function::new();
    let layer = function.tracer.http_layer();
    for (path, flags) in [
        ("301", [].as_slice()),
        ("404", &["error"]),
        ("429", &["error", "throttle"]),
        ("503", &["fault"]),
        ("reset", &["fault"]),
    ] {
        let documents = function
            .trace(async |_| {
                let _ = get(&layer, &format!("http://backend/{path}")).await;
                Ok(())
            })
            .await;
        let call = named(&documents, "backend");
        for flag in ["fault", "error", "throttle"] {
            assert_eq!(call.get(flag).is_some(), flags.contains(&flag), "{path}: {call:#}");
        }
        let message = &call["cause"]["exceptions"][0]["message"];
        assert_eq!(message.as_str(), (path == "reset").then_some("connection reset"));
    }
}

#[tokio::test]
async fn the_header_goes_to_aws_and_to_hosts_on_the_list_only() {
    let function = Function::new();
    let layer = function.tracer.http_layer().propagate_to("*.internal.example");
    let all = function.tracer.http_layer().propagate_to("*");
    let documents = function
        .trace(async |_| {
            assert_eq!(get(&layer, "https://api.example.com/200").await?, None);
            assert_eq!(get(&layer, "https://internal.example/200").await?, None);
            assert!(
                get(&layer, "https://x.execute-api.eu-west-1.amazonaws.com/200")
                    .await?
                    .is_some()
            );
            assert!(get(&all, "https://anywhere.example/200").await?.is_some());
            let header = get(&layer, "https://stock.internal.example/200").await?.unwrap();
            assert!(header.starts_with(&format!("Root={ROOT};Parent=")), "{header}");
            powertools_lambda_tracer::annotate("header", header);
            Ok(())
        })
        .await;
    let id = named(&documents, "stock.internal.example")["id"].as_str().unwrap();
    let header = format!("Root={ROOT};Parent={id};Sampled=1");
    assert_eq!(named(&documents, "## handler")["annotations"]["header"], header);

    let header = format!("Root={ROOT};Parent={PARENT};Sampled=0");
    let unsampled = with_header(&header);
    function
        .invoke(unsampled, async |_| {
            assert_eq!(
                get(&layer, "https://stock.internal.example/200").await?,
                Some(header.clone())
            );
            Ok(())
        })
        .await;
    assert!(function.daemon.documents().is_empty());
}

#[tokio::test]
async fn ignored_endpoints_leave_no_subsegment() {
    let function = Function::new();
    let layer = function.tracer.http_layer().ignore("*.example.com", "/health");
    let documents = function
        .trace(async |_| {
            get(&layer, "https://api.example.com/health/200").await?;
            get(&layer, "https://api.example.com/orders/200").await?;
            Ok(())
        })
        .await;
    assert_eq!(documents.len(), 2, "{documents:#?}");
    assert_eq!(
        named(&documents, "api.example.com")["http"]["request"]["url"],
        "https://api.example.com/orders/200"
    );
}

#[tokio::test]
async fn a_url_is_cut_to_the_limit_of_xray() {
    let function = Function::new();
    let layer = function.tracer.http_layer();
    let documents = function
        .trace(async |_| {
            get(&layer, &format!("http://backend/{}/200", "x".repeat(1_000))).await?;
            Ok(())
        })
        .await;
    assert_eq!(
        named(&documents, "backend")["http"]["request"]["url"]
            .as_str()
            .unwrap()
            .len(),
        250
    );
}

/// Serves one request and returns what was received.
fn serve_once() -> (SocketAddr, std::thread::JoinHandle<String>) {
    serve("503 Unavailable\r\n")
}

/// As [`serve_once`], with this status and these headers.
fn serve(head: impl Into<String>) -> (SocketAddr, std::thread::JoinHandle<String>) {
    let head = head.into();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut received = vec![0; 4_096];
        let length = stream.read(&mut received).unwrap();
        let answer = format!("HTTP/1.1 {head}content-length: 0\r\nconnection: close\r\n\r\n");
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8_lossy(&received[..length]).into_owned()
    });
    (address, thread)
}

fn reqwest_client(layer: HttpLayer) -> reqwest_middleware::ClientWithMiddleware {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    reqwest_middleware::ClientBuilder::new(client).with(layer).build()
}

#[tokio::test]
async fn a_request_of_reqwest_is_a_remote_subsegment_and_carries_the_header() {
    let function = Function::new();
    let client = reqwest_client(function.tracer.http_layer().propagate_to("127.0.0.1"));
    let (address, server) = serve_once();
    let documents = function
        .trace(async |_| {
            let response = client
                .get(format!("http://{address}/orders?token=secret"))
                .send()
                .await?;
            assert_eq!(response.status(), 503);
            Ok(())
        })
        .await;
    let call = named(&documents, "127.0.0.1");
    assert_eq!(
        call["http"],
        json!({
            "request": {"method": "GET", "url": format!("http://{address}/orders")},
            "response": {"status": 503, "content_length": 0},
        })
    );
    assert_eq!(call["fault"], true);
    let received = server.join().unwrap();
    let header = format!(
        "x-amzn-trace-id: Root={ROOT};Parent={};Sampled=1",
        call["id"].as_str().unwrap()
    );
    assert!(received.contains(&header), "{received}");
    assert_eq!(documents.len(), 2, "no span of the client's own: {documents:#?}");
}

#[tokio::test]
async fn redirects_that_reqwest_follows_are_one_call_and_take_the_header_along() {
    let function = Function::new();
    let client = reqwest_client(function.tracer.http_layer().propagate_to("localhost"));
    let (last, server) = serve("204 No Content\r\n");
    let (first, redirecting) = serve(format!("302 Found\r\nlocation: http://{last}/moved\r\n"));
    let documents = function
        .trace(async |_| {
            let url = format!("http://localhost:{}/orders", first.port());
            assert_eq!(client.get(url).send().await?.status(), 204);
            Ok(())
        })
        .await;
    assert_eq!(documents.len(), 2, "{documents:#?}");
    assert_eq!(named(&documents, "localhost")["http"]["response"]["status"], 204);
    assert!(redirecting.join().unwrap().contains("x-amzn-trace-id: Root="));
    // `127.0.0.1` is not on the list: what the guide says about redirects.
    assert!(server.join().unwrap().contains("x-amzn-trace-id: Root="));
}

#[tokio::test]
async fn a_failing_request_of_reqwest_shows_its_cause_and_not_its_url() {
    let function = Function::new();
    let client = reqwest_client(function.tracer.http_layer());
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    function
        .invoke(sampled(), async |_| {
            let result = client.get(format!("http://{gone}/?token=secret")).send().await;
            assert!(result.is_err());
            Ok(())
        })
        .await;
    let datagrams = function.daemon.datagrams();
    assert!(
        datagrams.iter().all(|datagram| !datagram.contains("secret")),
        "{datagrams:?}"
    );
    let (_, handler) = datagrams[0].split_once('\n').unwrap();
    let handler: Value = serde_json::from_str(handler).unwrap();
    let call = &handler["subsegments"][0];
    assert_eq!(call["fault"], true);
    let exceptions = call["cause"]["exceptions"].as_array().unwrap();
    let last = exceptions.last().unwrap()["message"].as_str().unwrap();
    assert!(last.contains("Connection refused"), "{exceptions:?}");
}

#[tokio::test]
async fn a_request_that_is_dropped_is_a_fault() {
    let function = Function::with(TestEnvironment::new());
    let layer = function.tracer.http_layer();
    let documents = function
        .trace(async |_| {
            let pending =
                tower::service_fn(|_: Request<()>| std::future::pending::<Result<Response<()>, tower::BoxError>>());
            let mut call = layer.layer(pending).oneshot(Request::get("http://backend/").body(())?);
            assert!(futures_util::poll!(&mut call).is_pending());
            drop(call);
            Ok(())
        })
        .await;
    let call = named(&documents, "backend");
    assert_eq!(
        (&call["fault"], &call["cause"]["exceptions"][0]["type"]),
        (&json!(true), &json!("Cancelled"))
    );
}
