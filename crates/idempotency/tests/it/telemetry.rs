//! What is told of a key to the utilities of the invocation.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use powertools_lambda_core::test_util::{TestEnvironment, request};
use powertools_lambda_core::{Fact, Invocation, InvocationLayer, Utility};
use powertools_lambda_idempotency::{IdempotencyError, MemoryStore};
use tower::{Layer, Service, service_fn};

use crate::common::{Fault, Faulty, builder, context_with};

/// Keeps the facts that it is told.
#[derive(Default)]
struct Listener(Mutex<Vec<String>>);

impl Utility for Listener {
    type State = ();

    fn state(&self, _: &Invocation) {}

    fn on_fact(&self, _: &Invocation, (): &(), fact: &Fact<'_>) {
        self.0.lock().unwrap().push(match fact {
            Fact::Key { key, value } => format!("key {key} {value:?}"),
            Fact::Annotation { key, value } => format!("annotation {key} {value:?}"),
            Fact::Count { name, value } => format!("count {name} {value}"),
            other => format!("{other:?}"),
        });
    }
}

#[tokio::test]
async fn what_happened_is_told_to_the_utilities_of_the_invocation() {
    let (test, listener, store) = (
        TestEnvironment::new(),
        Arc::new(Listener::default()),
        MemoryStore::new(),
    );
    let idempotency = builder(store, &test).lock_time(Duration::from_secs(1)).build();
    let clock = test.clock().clone();
    let body = service_fn(move |_: lambda_runtime::LambdaInvocation| {
        let (idempotency, clock) = (idempotency.clone(), clock.clone());
        async move {
            let ok = || async { Ok::<_, IdempotencyError>(1) };
            idempotency.run("a", ok).await.unwrap();
            idempotency.run("a", ok).await.unwrap();
            let outer = || async {
                idempotency.run("b", ok).await.unwrap_err();
                clock.advance(Duration::from_secs(10));
                idempotency.run("b", ok).await.unwrap();
                Ok::<_, IdempotencyError>(2)
            };
            idempotency.run("b", outer).await.unwrap_err();
            Ok::<_, lambda_runtime::Error>(())
        }
    });
    let layer = InvocationLayer::new(test.environment().clone()).with(&listener);
    let mut service = layer.layer(body);
    service
        .call(request(context_with(&test, Duration::from_secs(3)), "{}"))
        .await
        .unwrap();
    let both = |word: &str| {
        [
            format!("key idempotency Text({word:?})"),
            format!("annotation idempotency Text({word:?})"),
        ]
    };
    let expected: Vec<_> = both("replayed")
        .into_iter()
        .chain(both("in_progress"))
        .chain(both("taken_over"))
        .chain(["count IdempotencyTakenOver 1".to_owned()])
        .chain(both("lock_lost"))
        .chain(["count IdempotencyLockLost 1".to_owned()])
        .collect();
    assert_eq!(*listener.0.lock().unwrap(), expected);
}

/// The SDK repeats a call whose answer is lost. The second attempt finds the record of the first one.
#[tokio::test]
async fn a_begin_whose_answer_was_lost_tells_whether_it_took_over() {
    for (begins, taken_over) in [
        (vec![Fault::Twice], false),
        // The first execution is cut short, and its lock ends.
        (vec![Fault::Ok, Fault::Twice], true),
    ] {
        let (test, listener) = (TestEnvironment::new(), Arc::new(Listener::default()));
        let idempotency = builder(Faulty::new(begins), &test)
            .lock_time(Duration::from_secs(1))
            .build();
        if taken_over {
            let never = || std::future::pending::<Result<u8, IdempotencyError>>();
            let run = idempotency.run("a", never);
            tokio::time::timeout(Duration::ZERO, run).await.unwrap_err();
            test.clock().advance(Duration::from_secs(10));
        }
        let body = service_fn(move |_: lambda_runtime::LambdaInvocation| {
            let idempotency = idempotency.clone();
            async move { idempotency.run("a", || async { Ok::<_, IdempotencyError>(1) }).await }
        });
        let layer = InvocationLayer::new(test.environment().clone()).with(&listener);
        let mut service = layer.layer(body);
        service
            .call(request(context_with(&test, Duration::from_secs(3)), "{}"))
            .await
            .unwrap();
        let told = listener.0.lock().unwrap();
        let count = "count IdempotencyTakenOver 1".to_owned();
        assert_eq!(told.contains(&count), taken_over, "{told:?}");
    }
}
