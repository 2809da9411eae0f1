//! What a propagator decides: the trace, and what those that the function calls learn of it.

use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use http::{Request, Response};
use powertools_lambda_core::Invocation;
use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_tracer::{Emitter, HttpLayer, Propagator, Spans, TraceStart, traceparent};
use tower::ServiceExt as _;
use tower_layer::Layer as _;

use crate::common::{Function, PARENT, ROOT, sampled, with_header};

const OTHER: &str = "1-0af76519-16cd43dd8448eb211c80319c";

/// Begins every trace in the same way.
struct Fixed(TraceStart);

impl Propagator for Fixed {
    fn extract(&self, _: &Invocation, _: &[u8]) -> Option<TraceStart> {
        Some(self.0.clone())
    }

    fn injects_traceparent(&self) -> bool {
        true
    }
}

fn start() -> TraceStart {
    TraceStart::new(OTHER.parse().unwrap())
}

fn function(start: TraceStart) -> Function {
    let environment = TestEnvironment::new().var("POWERTOOLS_SERVICE_NAME", "booking");
    Function::configured(environment, |builder| builder.propagator(Fixed(start)))
}

/// Returns the tracing header and the `traceparent` of a request.
async fn headers(layer: &HttpLayer) -> [Option<String>; 2] {
    let client = layer.layer(tower::service_fn(async |request: Request<()>| {
        let text = |name: &str| Some(request.headers().get(name)?.to_str().unwrap().to_owned());
        Ok::<_, tower::BoxError>(Response::new(["x-amzn-trace-id", "traceparent"].map(text)))
    }));
    let request = Request::get("https://a.execute-api.eu-west-1.amazonaws.com/");
    client.oneshot(request.body(()).unwrap()).await.unwrap().into_body()
}

#[tokio::test]
async fn a_trace_that_is_not_recorded_is_passed_on_as_one_that_is_not_sampled() {
    let parent = "b7ad6b7169203331";
    let function = function(start().parent(parent.parse().unwrap()).recorded(false));
    let layer = function.tracer.http_layer();
    function
        .invoke(sampled(), async |_| {
            drop(tracing::info_span!("step"));
            let expected = format!("00-0af7651916cd43dd8448eb211c80319c-{parent}-00");
            let [header, sent] = headers(&layer).await;
            // X-Ray's own decision is another one.
            assert_eq!(header.unwrap(), format!("Root={ROOT};Parent={PARENT};Sampled=1"));
            assert_eq!(sent.as_ref(), Some(&expected));
            assert_eq!(traceparent(), Some(expected));
            Ok(())
        })
        .await;
    assert!(function.daemon.documents().is_empty());
}

#[tokio::test]
async fn a_new_trace_that_is_not_recorded_is_passed_on_too() {
    let function = function(start().recorded(false));
    function
        .invoke(sampled(), async |_| {
            let traceparent = traceparent().unwrap();
            assert!(
                traceparent.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && traceparent.ends_with("-00"),
                "{traceparent}"
            );
            Ok(())
        })
        .await;
}

/// Without a header of its own, the tracing header is still Lambda's.
#[tokio::test]
async fn the_traceparent_of_a_recorded_trace_is_of_that_trace() {
    let function = function(start().parent("b7ad6b7169203331".parse().unwrap()));
    let layer = function.tracer.http_layer();
    function
        .invoke(sampled(), async |_| {
            let [header, sent] = headers(&layer).await;
            assert!(header.unwrap().starts_with(&format!("Root={ROOT};")));
            for traceparent in [sent, traceparent()] {
                let traceparent = traceparent.unwrap();
                let is_of_trace = traceparent.starts_with("00-0af7651916cd43dd8448eb211c80319c-");
                assert!(is_of_trace && traceparent.ends_with("-01"), "{traceparent}");
            }
            Ok(())
        })
        .await;
}

#[test]
fn a_span_that_a_propagator_opens_is_not_recorded() {
    struct LooksUp;

    impl Propagator for LooksUp {
        fn extract(&self, _: &Invocation, _: &[u8]) -> Option<TraceStart> {
            drop(tracing::info_span!("look up"));
            Some(start().parent(PARENT.parse().unwrap()))
        }
    }

    let (sender, receiver) = mpsc::channel();
    // On a separate thread, because a propagator that waits for itself never returns.
    thread::spawn(move || {
        let function = Function::configured(TestEnvironment::new(), |builder| builder.propagator(LooksUp));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let documents = runtime.block_on(function.trace(async |_| {
            drop(tracing::info_span!("step"));
            Ok(())
        }));
        let _ = sender.send(documents);
    });
    let documents = receiver.recv_timeout(Duration::from_secs(5)).unwrap();
    let names: Vec<_> = documents.iter().map(|document| &document["name"]).collect();
    assert_eq!(names, ["## step", "## handler"]);
}

#[tokio::test]
async fn an_invocation_without_a_trace_has_no_traceparent() {
    struct NoTrace;

    impl Propagator for NoTrace {
        fn extract(&self, _: &Invocation, _: &[u8]) -> Option<TraceStart> {
            None
        }
    }

    let function = Function::configured(TestEnvironment::new(), |builder| builder.propagator(NoTrace));
    function
        .invoke(sampled(), async |_| {
            assert_eq!(traceparent(), None);
            Ok(())
        })
        .await;
}

#[tokio::test]
async fn without_a_propagator_the_traceparent_is_that_of_the_header() {
    let function = Function::new();
    for (sampling, flags) in [("1", "01"), ("0", "00")] {
        let context = with_header(&format!("Root={ROOT};Parent={PARENT};Sampled={sampling}"));
        function
            .invoke(context, async |_| {
                let traceparent = traceparent().unwrap();
                let trace = "00-5759e988bd862e3fe1be46a994272793-";
                assert!(
                    traceparent.starts_with(trace) && traceparent.ends_with(flags),
                    "{traceparent}"
                );
                // If it is recorded, the parent is a span of this function.
                assert_eq!(traceparent.contains(PARENT), sampling == "0");
                let [_, sent] = headers(&function.tracer.http_layer()).await;
                assert_eq!(sent, None);
                Ok(())
            })
            .await;
    }
    assert_eq!(traceparent(), None);
}

#[tokio::test]
async fn a_trace_without_a_parent_begins_with_a_segment() {
    for (service, expected) in [(Some("booking"), "booking"), (None, "handler"), (Some("{}"), "handler")] {
        let environment = TestEnvironment::new();
        let environment = match service {
            Some(service) => environment.var("POWERTOOLS_SERVICE_NAME", service),
            None => environment,
        };
        let function = Function::configured(environment, |builder| builder.propagator(Fixed(start())));
        let documents = function
            .sent(async |_| {
                drop(tracing::info_span!("step"));
                Ok(())
            })
            .await;
        // It was checked against the schema.
        let [document] = documents.as_slice() else {
            panic!("{documents:#?}")
        };
        assert!(
            document["type"].is_null() && document["parent_id"].is_null(),
            "{document:#}"
        );
        assert_eq!(
            (&document["name"], &document["trace_id"]),
            (&expected.into(), &OTHER.into())
        );
        assert_eq!(document["subsegments"][0]["name"], "## step");
    }
}

/// Notes which spans X-Ray samples.
#[derive(Clone, Default)]
struct Sampled(Arc<Mutex<Vec<(String, bool)>>>);

impl Emitter for Sampled {
    fn emit(&self, spans: Spans<'_>) {
        let names = spans.iter().map(|span| span.name().to_owned());
        let mut noted = self.0.lock().unwrap();
        noted.extend(names.map(|name| (name, spans.is_sampled_by_x_ray())));
    }
}

#[tokio::test]
async fn each_span_says_whether_x_ray_samples_its_trace() {
    let same = || TraceStart::new(ROOT.parse().unwrap()).parent(PARENT.parse().unwrap());
    for (start, sampling, expected) in [
        (same(), "1", true),
        (same(), "0", false),
        (same(), "?", false),
        (start(), "1", false),
    ] {
        let emitter = Sampled::default();
        let function = Function::configured(TestEnvironment::new(), |builder| {
            builder.propagator(Fixed(start)).emitter(emitter.clone())
        });
        let late = Mutex::new(None);
        let context = with_header(&format!("Root={ROOT};Parent={PARENT};Sampled={sampling}"));
        function
            .invoke(context, async |_| {
                *late.lock().unwrap() = Some(tracing::info_span!("late"));
                Ok(())
            })
            .await;
        // Outside of the invocation.
        drop(late);
        let noted = emitter.0.lock().unwrap().clone();
        assert_eq!(noted, [("handler".to_owned(), expected), ("late".to_owned(), expected)]);
    }
}
