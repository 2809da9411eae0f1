//! Answers that are sent while they are written.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use http::header::SET_COOKIE;
use http_body::Frame;
use powertools_lambda_core::Invocation;
use powertools_lambda_core::test_util::events;
use powertools_lambda_http::{HttpOptions, ResponseStream};

use crate::common::{Answer, Function, answering, lattice};

/// A body that counts down, says whether it runs in an invocation, and may fail.
struct Counting(u8, bool);

impl http_body::Body for Counting {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        assert!(Invocation::current().is_some(), "outside the invocation");
        if self.0 == 0 {
            let fails = std::mem::take(&mut self.1);
            return Poll::Ready(fails.then(|| Err(std::io::Error::other("the disk is gone"))));
        }
        self.0 -= 1;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(format!("{} ", self.0))))))
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        assert!(Invocation::current().is_some(), "dropped outside the invocation");
    }
}

async fn collect(mut stream: ResponseStream) -> (String, Option<String>) {
    let mut text = String::new();
    while let Some(piece) = poll_fn(|cx| Pin::new(&mut stream).poll_next(cx)).await {
        match piece {
            Ok(piece) => text.push_str(std::str::from_utf8(&piece).unwrap()),
            Err(error) => return (text, Some(error.to_string())),
        }
    }
    (text, None)
}

fn counting(fails: bool) -> http::Response<Counting> {
    let mut response = http::Response::new(Counting(3, fails));
    response.headers_mut().append(SET_COOKIE, "a=1".parse().unwrap());
    response.headers_mut().append(SET_COOKIE, "b=2".parse().unwrap());
    response.headers_mut().append("x-id", "1".parse().unwrap());
    response
}

#[tokio::test]
async fn a_function_url_and_a_rest_api_get_a_stream_in_the_invocation() {
    for event in [
        events::function_url("GET", "/").into_json(),
        events::api_gateway_rest("GET", "/").into_json(),
    ] {
        let function = Function::with(HttpOptions::new().streaming(true));
        let Answer::Streamed(prelude, stream) = function.invoke(answering(|_| counting(false)), &event).await else {
            panic!("not streamed");
        };
        assert_eq!(
            (prelude.status_code.as_u16(), &prelude.cookies[..]),
            (200, &["a=1".to_owned(), "b=2".to_owned()][..])
        );
        assert_eq!(prelude.headers.len(), 1);
        assert_eq!(collect(stream).await, ("2 1 0 ".to_owned(), None));
        assert_eq!(function.environment.warnings(), [""; 0]);
    }
}

/// A function URL takes a text for each header, and no list.
#[tokio::test]
async fn a_streamed_header_has_one_value_in_ascii() {
    let headers = [
        ("vary", "origin", "origin, accept-encoding"),
        ("vary", "accept-encoding", "origin, accept-encoding"),
        ("x-id", "1", "1"),
        ("x-id", "2", "1"),
        (
            "content-disposition",
            "attachment; filename=\"käse.pdf\"",
            "attachment; filename=\"k?se.pdf\"",
        ),
    ];
    for streamed in [true, false] {
        let function = Function::with(HttpOptions::new().streaming(true));
        // The response to HEAD has no body, and the same headers.
        let event = events::function_url(if streamed { "GET" } else { "HEAD" }, "/");
        let response = move |_: &powertools_lambda_http::Request| {
            let mut response = counting(false);
            response.headers_mut().clear();
            for (name, value, _) in headers {
                let value = http::HeaderValue::from_bytes(value.as_bytes()).unwrap();
                response.headers_mut().append(name, value);
            }
            response
        };
        let Answer::Streamed(prelude, _) = function.invoke(answering(response), event).await else {
            panic!("not streamed");
        };
        let prelude = serde_json::to_value(&*prelude).unwrap();
        for (name, _, expected) in headers {
            assert_eq!(prelude["headers"][name], expected);
        }
        let warnings = function.environment.warnings();
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert!(warnings[0].contains("several headers x-id"), "{warnings:?}");
        assert!(warnings[1].contains("content-disposition"), "{warnings:?}");
    }
}

/// The error's text is for the log: the runtime would send it to the client.
#[tokio::test]
async fn a_stream_that_fails_midway_ends_there() {
    let function = Function::with(HttpOptions::new().streaming(true));
    let event = events::function_url("GET", "/");
    let Answer::Streamed(_, stream) = function.invoke(answering(|_| counting(true)), event).await else {
        panic!("not streamed");
    };
    assert_eq!(collect(stream).await, ("2 1 0 ".to_owned(), None));
}

#[tokio::test]
async fn a_stream_that_panics_ends_there() {
    struct Panicking(bool);

    impl http_body::Body for Panicking {
        type Data = Bytes;
        type Error = std::io::Error;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
            assert!(!std::mem::replace(&mut self.0, true), "planted");
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"part")))))
        }
    }

    let function = Function::with(HttpOptions::new().streaming(true));
    let service = answering(|_| http::Response::new(Panicking(false)));
    let Answer::Streamed(_, stream) = function.invoke(service, events::function_url("GET", "/")).await else {
        panic!("not streamed");
    };
    assert_eq!(collect(stream).await, ("part".to_owned(), None));
}

/// The body asserts that it is dropped in the invocation.
#[tokio::test]
async fn a_stream_that_is_not_read_to_its_end_is_dropped_in_the_invocation() {
    let function = Function::with(HttpOptions::new().streaming(true));
    let event = events::function_url("GET", "/");
    let answer = function.invoke(answering(|_| counting(false)), event).await;
    assert!(Invocation::current().is_none());
    drop(answer);
}

#[tokio::test]
async fn other_sources_get_the_whole_answer_with_one_warning() {
    for event in [
        events::api_gateway_http("GET", "/").into_json(),
        events::alb("GET", "/").into_json(),
        lattice("GET", "/"),
    ] {
        let function = Function::with(HttpOptions::new().streaming(true));
        for _ in 0..2 {
            assert_eq!(
                function.answer(answering(|_| counting(false)), &event).await["body"],
                "2 1 0 "
            );
        }
        let streaming = function
            .environment
            .warnings()
            .into_iter()
            .filter(|warning| warning.contains("streaming is on"));
        assert_eq!(streaming.count(), 1);
    }
}

/// An API that streams cannot read an answer in the other format.
#[tokio::test]
async fn what_has_no_body_to_stream_is_streamed_too() {
    let options = HttpOptions::new().streaming(true).catch_panics(true);
    let streamed = async |answer: Answer| {
        let Answer::Streamed(prelude, stream) = answer else {
            panic!("not streamed");
        };
        (prelude.status_code.as_u16(), collect(stream).await.0)
    };
    let head = events::function_url("HEAD", "/");
    let answer = Function::with(options)
        .invoke(answering(|_| counting(false)), head)
        .await;
    assert_eq!(streamed(answer).await, (200, String::new()));

    let mut refused = events::api_gateway_rest("GET", "/").into_json();
    refused["httpMethod"] = "not a method".into();
    let answer = Function::with(options)
        .invoke(answering(|_| counting(false)), &refused)
        .await;
    let (status, body) = streamed(answer).await;
    assert_eq!((status, body.contains("method")), (400, true), "{body}");

    let panics = answering(|_| -> http::Response<Counting> { panic!("planted") });
    let answer = Function::with(options)
        .invoke(panics, events::function_url("GET", "/"))
        .await;
    assert_eq!(streamed(answer).await.0, 500);
}
