//! The scope of an invocation for every outcome, with layers in any number and order.

use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context as TaskContext, Poll};

use lambda_runtime::{Context, Error, LambdaEvent, LambdaInvocation};
use powertools_lambda_core::test_util::{TestEnvironment, context, request};
use powertools_lambda_core::{
    AfterResponse, HandlerLayer, HandlerService, Invocation, InvocationLayer, InvocationService, Outcome, Utility,
};
use tower_layer::Layer;
use tower_service::Service;

/// Keeps notes of what happens, in order.
#[derive(Clone, Default)]
struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    fn note(&self, text: impl Into<String>) {
        self.0.lock().unwrap().push(text.into());
    }

    fn read(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// A utility that notes each of its calls with the current invocation.
struct Noting(Diary, &'static str);

impl Noting {
    fn note(&self, moment: &str) {
        let id = Invocation::current().map(|invocation| invocation.context().request_id.clone());
        self.0.note(format!("{} {moment} {}", self.1, id.unwrap_or_default()));
    }
}

impl Utility for Noting {
    type State = ();

    fn state(&self, _: &Invocation) {}

    fn on_start(&self, _: &Invocation, (): &(), request: &LambdaInvocation) {
        self.note(&format!("start({} bytes)", request.body.len()));
    }

    fn on_outcome(&self, _: &Invocation, (): &(), outcome: &Outcome) {
        self.note(match outcome {
            Outcome::Succeeded => "succeeded",
            Outcome::Failed(_) => "failed",
            Outcome::Panicked(_) => "panicked",
            _ => "unknown",
        });
    }

    fn on_finish(&self, _: &Invocation, (): &()) {
        self.note("finish");
    }
}

/// Replaces the runtime's services: calls the handler, then "posts".
#[derive(Clone)]
struct FakeRuntime<H> {
    handler: H,
    diary: Diary,
}

impl<H> Service<LambdaInvocation> for FakeRuntime<H>
where
    H: Service<LambdaEvent<()>, Response = (), Error = Error>,
    H::Future: Send + 'static,
{
    type Response = ();
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: LambdaInvocation) -> Self::Future {
        if request.body.is_empty() {
            self.diary.note("post undecodable");
            return Box::pin(ready(Ok(())));
        }
        let call = std::panic::AssertUnwindSafe(|| self.handler.call(LambdaEvent::new((), request.context)));
        let future = std::panic::catch_unwind(call);
        let diary = self.diary.clone();
        Box::pin(async move {
            let result = match future {
                Ok(future) => futures_util::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(future)).await,
                Err(panic) => Err(panic),
            };
            diary.note(match result {
                Ok(Ok(())) => "post ok",
                Ok(Err(_)) => "post error",
                Err(_) => "post panic",
            });
            Ok(())
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Ok,
    Err,
    Panic,
    PanicInCall,
}

#[derive(Clone)]
struct Handler(Kind);

impl Service<LambdaEvent<()>> for Handler {
    type Response = ();
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, event: LambdaEvent<()>) -> Self::Future {
        let kind = self.0;
        assert_ne!(kind, Kind::PanicInCall, "in call");
        Box::pin(async move {
            tokio::task::yield_now().await;
            let current = Invocation::current().expect("a handler has its invocation");
            assert_eq!(current.context().request_id, event.context.request_id);
            match kind {
                Kind::Ok => Ok(()),
                Kind::Err => Err("no stock".into()),
                Kind::Panic | Kind::PanicInCall => panic!("in poll"),
            }
        })
    }
}

fn layer(diary: &Diary, name: &'static str, environment: &TestEnvironment) -> InvocationLayer {
    InvocationLayer::new(environment.environment().clone()).with(&Arc::new(Noting(diary.clone(), name)))
}

fn runtime(kind: Kind, diary: &Diary) -> FakeRuntime<HandlerService<Handler>> {
    FakeRuntime {
        handler: HandlerLayer::new().layer(Handler(kind)),
        diary: diary.clone(),
    }
}

fn named(request_id: &str) -> Context {
    let mut context = context();
    context.request_id = request_id.to_owned();
    context
}

#[tokio::test]
async fn utilities_finish_after_the_post_whatever_the_outcome() {
    for (kind, outcome, post) in [
        (Kind::Ok, "succeeded", "post ok"),
        (Kind::Err, "failed", "post error"),
        (Kind::Panic, "panicked", "post panic"),
        (Kind::PanicInCall, "panicked", "post panic"),
    ] {
        let (diary, environment) = (Diary::default(), TestEnvironment::new());
        let mut service = layer(&diary, "a", &environment).layer(runtime(kind, &diary));
        service.call(request(named("7"), "{}")).await.unwrap();
        assert_eq!(
            diary.read(),
            ["a start(2 bytes) 7", &format!("a {outcome} 7"), post, "a finish 7"],
            "{kind:?}"
        );
        assert!(Invocation::current().is_none());
    }
}

#[tokio::test]
async fn an_undecodable_payload_finishes_without_an_outcome() {
    let (diary, environment) = (Diary::default(), TestEnvironment::new());
    let mut service = layer(&diary, "a", &environment).layer(runtime(Kind::Ok, &diary));
    service.call(request(named("7"), "")).await.unwrap();
    assert_eq!(diary.read(), ["a start(0 bytes) 7", "post undecodable", "a finish 7"]);
}

#[tokio::test]
async fn a_dropped_invocation_finishes_once() {
    let (diary, environment) = (Diary::default(), TestEnvironment::new());
    let mut service = layer(&diary, "a", &environment).layer(runtime(Kind::Ok, &diary));
    drop(service.call(request(named("never polled"), "{}")));
    let mut polled = service.call(request(named("polled"), "{}"));
    assert!(futures_util::poll!(&mut polled).is_pending());
    drop(polled);
    assert_eq!(
        diary.read(),
        [
            "a start(2 bytes) never polled",
            "a finish never polled",
            "a start(2 bytes) polled",
            "a finish polled"
        ]
    );
}

#[tokio::test]
async fn several_layers_behave_like_one_in_any_order() {
    for order in [["a", "b", "c"], ["c", "a", "b"], ["b", "c", "a"], ["c", "b", "a"]] {
        let (diary, environment) = (Diary::default(), TestEnvironment::new());
        let [first, second, third] = order.map(|name| layer(&diary, name, &environment));
        let mut service = first.layer(second.layer(third.layer(runtime(Kind::Err, &diary))));
        service.call(request(named("7"), "{}")).await.unwrap();
        let moments = |moment: &str| order.map(|name| format!("{name} {moment} 7")).to_vec();
        let expected = [
            moments("start(2 bytes)"),
            moments("failed"),
            vec!["post error".into()],
            moments("finish"),
        ];
        assert_eq!(diary.read(), expected.concat(), "{order:?}");
    }
}

#[tokio::test]
async fn layers_combined_into_one_have_the_utilities_of_all() {
    let (diary, environment) = (Diary::default(), TestEnvironment::new());
    let both = layer(&diary, "a", &environment).and(&layer(&diary, "b", &environment));
    both.layer(runtime(Kind::Ok, &diary))
        .call(request(named("7"), "{}"))
        .await
        .unwrap();
    let finished = ["post ok", "a finish 7", "b finish 7"];
    assert_eq!(diary.read()[4..], finished.map(String::from));
}

#[tokio::test]
async fn a_layer_that_is_added_twice_acts_once() {
    let (diary, environment) = (Diary::default(), TestEnvironment::new());
    let layer = layer(&diary, "a", &environment);
    let mut service = layer.layer(layer.layer(runtime(Kind::Ok, &diary)));
    service.call(request(named("7"), "{}")).await.unwrap();
    assert_eq!(
        diary.read(),
        ["a start(2 bytes) 7", "a succeeded 7", "post ok", "a finish 7"]
    );
}

#[tokio::test]
async fn a_panicking_utility_is_a_warning_and_stops_no_other() {
    struct Panicking;
    impl Utility for Panicking {
        type State = ();
        fn state(&self, _: &Invocation) {}
        fn on_start(&self, _: &Invocation, (): &(), _: &LambdaInvocation) {
            panic!("at the start");
        }
        fn on_outcome(&self, _: &Invocation, (): &(), _: &Outcome) {
            panic!("at the outcome");
        }
        fn on_finish(&self, _: &Invocation, (): &()) {
            panic!("at the end");
        }
        fn after_response(&self, _: &Invocation, (): &()) -> Option<AfterResponse> {
            panic!("after the response");
        }
    }
    let (diary, environment) = (Diary::default(), TestEnvironment::new());
    let layer = InvocationLayer::new(environment.environment().clone())
        .with(&Arc::new(Panicking))
        .with(&Arc::new(Noting(diary.clone(), "b")));
    let mut service = layer.layer(runtime(Kind::Ok, &diary));
    for _ in 0..2 {
        service.call(request(named("7"), "{}")).await.unwrap();
    }
    assert_eq!(
        diary.read()[..4],
        ["b start(2 bytes) 7", "b succeeded 7", "post ok", "b finish 7"]
    );
    assert_eq!(diary.read().len(), 8);
    assert_eq!(
        environment.warnings(),
        [
            "a utility panicked at the start of an invocation: at the start",
            "a utility panicked at the outcome of an invocation: at the outcome",
            "a utility panicked at the end of an invocation: at the end",
            "a utility panicked after the response: after the response",
        ]
    );
}

#[tokio::test]
async fn an_error_of_the_runtime_passes_through_after_the_utilities() {
    #[derive(Clone)]
    struct Fatal;
    impl Service<LambdaInvocation> for Fatal {
        type Response = ();
        type Error = Error;
        type Future = Ready<Result<(), Error>>;
        fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Error>> {
            Poll::Ready(Ok(()))
        }
        fn call(&mut self, _: LambdaInvocation) -> Self::Future {
            ready(Err("response does not serialise".into()))
        }
    }
    let (diary, environment) = (Diary::default(), TestEnvironment::new());
    let mut service = layer(&diary, "a", &environment).layer(Fatal);
    let error = service.call(request(named("7"), "{}")).await.unwrap_err();
    assert_eq!(error.to_string(), "response does not serialise");
    assert_eq!(diary.read(), ["a start(2 bytes) 7", "a finish 7"]);
}

#[tokio::test]
async fn the_handlers_error_is_reported_with_its_chain_and_passes_unchanged() {
    #[derive(Debug, PartialEq)]
    struct Refused;
    impl std::fmt::Display for Refused {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("card refused")
        }
    }
    impl std::error::Error for Refused {}

    async fn outcome_of<S: Service<LambdaEvent<()>, Error = Refused>>(mut service: S) -> Outcome {
        let environment = TestEnvironment::new();
        let invocation = Invocation::new(context(), environment.environment());
        let result = invocation.in_scope(|| service.call(LambdaEvent::new((), context())));
        let result = powertools_lambda_core::InvocationExt::with_invocation(result, invocation.clone()).await;
        assert_eq!(result.err(), Some(Refused));
        invocation.outcome().expect("a handler layer reports").clone()
    }

    let handler = || tower::service_fn(|_: LambdaEvent<()>| ready(Err::<(), _>(Refused)));
    let Outcome::Failed(by_any) = outcome_of(HandlerLayer::new().layer(handler())).await else {
        panic!("failed")
    };
    assert_eq!((by_any.name(), by_any.message().as_str()), ("Refused", "Refused"));

    fn view(error: &Refused) -> &(dyn std::error::Error + 'static) {
        error
    }
    let with_view = HandlerLayer::new().report_errors_with(view as fn(&Refused) -> &(dyn std::error::Error + 'static));
    let Outcome::Failed(viewed) = outcome_of(with_view.layer(handler())).await else {
        panic!("failed")
    };
    assert_eq!((viewed.name(), viewed.message().as_str()), ("Refused", "card refused"));
}

#[test]
fn every_service_is_clone_and_send_with_a_send_future() {
    fn check<R, S>(_: &S)
    where
        S: Service<R> + Clone + Send + 'static,
        S::Future: Send + 'static,
    {
    }
    let (diary, environment) = (Diary::default(), TestEnvironment::new());
    let runtime = runtime(Kind::Ok, &diary);
    check::<LambdaEvent<()>, _>(&runtime.handler);
    let service: InvocationService<_> = layer(&diary, "a", &environment).layer(runtime);
    check::<LambdaInvocation, _>(&service);
}
