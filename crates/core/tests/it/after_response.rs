//! The work of a utility that is awaited between the response and the next invocation.

use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use lambda_runtime::{Context, LambdaInvocation};
use powertools_lambda_core::test_util::{MemoryOutput, context, request};
use powertools_lambda_core::{
    AfterResponse, Clock, Environment, Invocation, InvocationLayer, Output, Utility, Variables, Warnings,
};
use tower::ServiceExt;
use tower_layer::Layer;

/// Returns the future that a test provides.
struct Working<F>(F);

impl<W, F> Utility for Working<F>
where
    F: Fn() -> W + Send + Sync + 'static,
    W: Future<Output = ()> + Send + 'static,
{
    type State = ();

    fn state(&self, _: &Invocation) {}

    fn after_response(&self, _: &Invocation, (): &()) -> Option<AfterResponse> {
        Some(Box::pin((self.0)()))
    }
}

/// Returns an environment with the system's clock, and the output of its warnings.
fn environment() -> (Environment, MemoryOutput) {
    let (warnings, kept) = (MemoryOutput::new(), MemoryOutput::new());
    let told = Warnings::new(Clock::system(), warnings.output());
    let env = Variables::from_lookup(|_| None, told.clone());
    let output: Output = kept.output();
    (Environment::new(env, Clock::system(), output, told), warnings)
}

fn with_deadline(left: Duration) -> Context {
    let mut context = context();
    let at = Clock::system().now() + left;
    context.deadline = u64::try_from(at.duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    context
}

/// Invokes a function whose response is posted immediately; returns how long the next invocation has to wait.
async fn invoke(layer: &InvocationLayer, context: Context, diary: &Arc<Mutex<Vec<&'static str>>>) -> Duration {
    let diary = Arc::clone(diary);
    let post = tower::service_fn(move |_: LambdaInvocation| {
        diary.lock().unwrap().push("posted");
        std::future::ready(Ok::<_, std::convert::Infallible>("response"))
    });
    let started = Clock::system().monotonic();
    let Ok(response) = layer.layer(post).oneshot(request(context, "{}")).await;
    assert_eq!(response, "response");
    Clock::system().monotonic().saturating_sub(started)
}

#[tokio::test]
async fn work_is_awaited_after_the_response_in_the_scope_of_its_invocation() {
    let (environment, _) = environment();
    let diary = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&diary);
    let send = move || {
        let noted = Arc::clone(&noted);
        async move {
            noted.lock().unwrap().push("begun");
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert!(Invocation::current().unwrap().is_finished());
            noted.lock().unwrap().push("sent");
        }
    };
    let layer = InvocationLayer::new(environment).with(&Arc::new(Working(send)));
    let waited = invoke(&layer, with_deadline(Duration::from_secs(30)), &diary).await;
    assert_eq!(*diary.lock().unwrap(), ["posted", "begun", "sent"]);
    assert!(waited >= Duration::from_millis(20));
}

#[tokio::test]
async fn the_work_of_several_utilities_runs_at_once() {
    let (environment, warnings) = environment();
    let meet = Arc::new(tokio::sync::Barrier::new(2));
    let both = || {
        let meet = Arc::clone(&meet);
        move || {
            let meet = Arc::clone(&meet);
            async move {
                meet.wait().await;
            }
        }
    };
    let layer = InvocationLayer::new(environment)
        .with(&Arc::new(Working(both())))
        .with(&Arc::new(Working(both())));
    invoke(&layer, with_deadline(Duration::from_secs(30)), &Arc::default()).await;
    assert!(warnings.lines().is_empty());
}

#[tokio::test]
async fn work_that_hangs_is_cancelled_before_the_deadline() {
    let (environment, warnings) = environment();
    let layer = InvocationLayer::new(environment).with(&Arc::new(Working(std::future::pending::<()>)));
    let waited = invoke(&layer, with_deadline(Duration::from_millis(400)), &Arc::default()).await;
    assert!(waited >= Duration::from_millis(250), "{waited:?}");
    let lines = warnings.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("was cancelled"), "{lines:?}");
    // The next invocation is served.
    invoke(&layer, with_deadline(Duration::from_millis(300)), &Arc::default()).await;
}

#[tokio::test]
async fn work_that_panics_stops_no_other_work() {
    let (environment, warnings) = environment();
    let diary = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&diary);
    let layer = InvocationLayer::new(environment)
        .with(&Arc::new(Working(|| async { panic!("no route") })))
        .with(&Arc::new(Working(move || {
            let noted = Arc::clone(&noted);
            async move {
                tokio::task::yield_now().await;
                noted.lock().unwrap().push("sent");
            }
        })));
    invoke(&layer, with_deadline(Duration::from_secs(30)), &diary).await;
    assert_eq!(*diary.lock().unwrap(), ["posted", "sent"]);
    let lines = warnings.lines();
    assert!(lines.len() == 1 && lines[0].contains("no route"), "{lines:?}");
}

#[tokio::test]
async fn a_dropped_invocation_awaits_nothing() {
    let (environment, _) = environment();
    let begun = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&begun);
    let layer = InvocationLayer::new(environment).with(&Arc::new(Working(move || {
        *counted.lock().unwrap() += 1;
        std::future::ready(())
    })));
    let hanging =
        tower::service_fn(|_: LambdaInvocation| std::future::pending::<Result<(), std::convert::Infallible>>());
    let mut dropped = layer.layer(hanging).oneshot(request(context(), "{}"));
    assert!(futures_util::poll!(&mut dropped).is_pending());
    drop(dropped);
    assert_eq!(*begun.lock().unwrap(), 0);
}
