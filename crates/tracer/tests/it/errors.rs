//! What marks a span as failed, and what the trace shows of the error.

use lambda_runtime::Error;
use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_tracer::record_error;
use serde_json::{Value, json};
use tracing::Instrument as _;

use crate::common::{self, Function, named};

#[derive(Debug)]
struct PaymentError(std::num::ParseIntError);

impl std::fmt::Display for PaymentError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("payment refused")
    }
}

impl std::error::Error for PaymentError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

fn refused() -> PaymentError {
    PaymentError("x".parse::<u8>().unwrap_err())
}

/// Returns type and message of each exception, and checks that each but the last names the next as its cause.
fn exceptions(document: &Value) -> Vec<(String, String)> {
    let exceptions = document["cause"]["exceptions"].as_array().unwrap();
    for pair in exceptions.windows(2) {
        assert_eq!(pair[0]["cause"], pair[1]["id"]);
    }
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    exceptions
        .iter()
        .map(|exception| (text(&exception["type"]), text(&exception["message"])))
        .collect()
}

fn chain() -> Vec<(String, String)> {
    [
        ("PaymentError", "payment refused"),
        ("ParseIntError", "invalid digit found in string"),
    ]
    .map(|(name, message)| (name.to_owned(), message.to_owned()))
    .to_vec()
}

#[tokio::test]
async fn a_failed_handler_is_a_fault_with_the_chain_of_its_error() {
    let documents = Function::new().trace(async |_| Err(Error::from(refused()))).await;
    assert_eq!(documents[0]["fault"], true);
    assert_eq!(exceptions(&documents[0]), chain());
    assert_eq!(
        documents[0]["annotations"],
        json!({"ColdStart": true, "Service": "booking"})
    );
}

#[tokio::test]
async fn a_panic_fails_the_handler_and_every_span_it_went_through() {
    async fn fails() {
        tokio::task::yield_now().await;
        panic!("out of stock");
    }
    let documents = Function::new()
        .trace(async |_| {
            drop(tracing::info_span!("fine"));
            fails()
                .instrument(tracing::info_span!("inner"))
                .instrument(tracing::info_span!("outer"))
                .await;
            Ok(())
        })
        .await;
    assert_eq!(
        exceptions(named(&documents, "## handler")),
        [("panic".into(), "out of stock".into())]
    );
    for (name, fault) in [
        ("## inner", true),
        ("## outer", true),
        ("## handler", true),
        ("## fine", false),
    ] {
        assert_eq!(named(&documents, name).get("fault").is_some(), fault, "{name}");
    }
}

#[tokio::test]
async fn an_error_event_with_an_error_fails_its_span_and_no_other_event_does() {
    #[tracing::instrument(err)]
    async fn charge() -> Result<(), PaymentError> {
        Err(refused())
    }
    let documents = Function::new()
        .trace(async |_| {
            let _ = charge().await;
            let error = refused();
            tracing::info_span!("typed").in_scope(|| tracing::error!(error = &error as &dyn std::error::Error, "no"));
            tracing::info_span!("no error").in_scope(|| tracing::error!("only a message"));
            tracing::info_span!("warned").in_scope(|| tracing::warn!(error = "no", "only a warning"));
            let parent = tracing::info_span!("explicit");
            tracing::error!(parent: &parent, error = "by parent");
            Ok(())
        })
        .await;
    assert_eq!(
        exceptions(named(&documents, "## charge")),
        [("Error".into(), "payment refused".into())]
    );
    assert_eq!(exceptions(named(&documents, "## typed")), chain());
    assert_eq!(
        exceptions(named(&documents, "## explicit")),
        [("Error".into(), "by parent".into())]
    );
    for name in ["## no error", "## warned", "## handler"] {
        assert!(named(&documents, name).get("fault").is_none(), "{name}");
    }
}

#[tokio::test]
async fn an_error_that_is_recorded_fails_the_span_once() {
    let documents = Function::new()
        .trace(async |_| {
            tracing::info_span!("charge").in_scope(|| {
                record_error(&refused());
                record_error(&refused());
            });
            Ok(())
        })
        .await;
    assert_eq!(exceptions(named(&documents, "## charge")), chain());
    assert!(named(&documents, "## handler").get("fault").is_none());
}

#[tokio::test]
async fn texts_of_errors_can_be_kept_out_entirely() {
    let environment = TestEnvironment::new().var("POWERTOOLS_TRACER_CAPTURE_ERROR", "false");
    let function = Function::with(environment);
    function
        .invoke(common::sampled(), async |_| {
            tracing::info_span!("charge").in_scope(|| {
                record_error(&refused());
                tracing::error!(error = "payment refused");
            });
            Err(Error::from(refused()))
        })
        .await;
    let [datagram] = &function.daemon.datagrams()[..] else {
        panic!("not one datagram")
    };
    assert_eq!(datagram.matches(r#""fault":true"#).count(), 2, "{datagram}");
    assert!(
        !datagram.contains("refused") && !datagram.contains("PaymentError"),
        "{datagram}"
    );
}
