//! The recorded cases of Powertools for AWS Lambda (Python) 3.37.0, written in Rust.
//!
//! Each test is named after its case in `tests/golden` and does the same as the program of that case. The documents
//! must equal the recorded ones, except for the deliberate differences that [`deliberately`] lists.

use lambda_runtime::{Context, Error, LambdaEvent};
use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_tracer::{add_metadata, add_metadata_in, annotate};
use serde_json::{Map, Value, json};
use tower_layer::Layer as _;
use tracing::Instrument as _;

use crate::common::{self, Function, with_header};

struct Case {
    function: Function,
    header: String,
    expected: Vec<Value>,
}

fn case(text: &str) -> Case {
    let case: Value = serde_json::from_str(text).unwrap();
    let env = case["env"].as_object().unwrap();
    let environment = env.iter().fold(TestEnvironment::new(), |environment, (name, value)| {
        environment.var(name, value.as_str().unwrap())
    });
    Case {
        function: Function::with(environment),
        header: env["_X_AMZN_TRACE_ID"].as_str().unwrap().to_owned(),
        expected: case["output"].as_array().unwrap().clone(),
    }
}

impl Case {
    fn context(&self) -> Context {
        with_header(&self.header)
    }

    /// Invokes a handler whose response is captured.
    async fn invoke<T, R>(&self, handler: impl FnMut(LambdaEvent<()>) -> R)
    where
        R: Future<Output = Result<T, Error>>,
        T: serde::Serialize,
    {
        let handler = self.function.tracer.response_layer().layer(tower::service_fn(handler));
        self.function.invoke_service(self.context(), "{}", handler).await;
    }

    fn check(&self) {
        let ours = self.function.daemon.subsegments();
        assert_eq!(normalised(&ours), normalised(&deliberately(&self.expected)));
    }
}

/// Leaves out of recorded documents what ours do not have, on purpose; see `docs/parity/tracer.md`.
fn deliberately(documents: &[Value]) -> Vec<Value> {
    let differing = |document: &Value| {
        let mut document = document.as_object().unwrap().clone();
        // Neither is part of X-Ray's format for a finished subsegment of the function's own.
        assert_eq!(document.remove("in_progress"), Some(json!(false)));
        assert_eq!(document.remove("namespace"), Some(json!("local")));
        // An empty object in Python; `cause` says it all.
        if let Some(namespaces) = document.get_mut("metadata").and_then(Value::as_object_mut) {
            for namespace in namespaces.values_mut() {
                namespace
                    .as_object_mut()
                    .unwrap()
                    .retain(|key, _| !key.ends_with(" error"));
            }
            namespaces.retain(|_, values| values != &json!({}));
            if namespaces.is_empty() {
                document.remove("metadata");
            }
        }
        // An error in Rust has no stack, and the directory is always the same.
        if let Some(cause) = document.get_mut("cause").and_then(Value::as_object_mut) {
            cause.remove("working_directory");
            for exception in cause["exceptions"].as_array_mut().unwrap() {
                exception.as_object_mut().unwrap().remove("stack");
            }
        }
        Value::Object(document)
    };
    documents.iter().map(differing).collect()
}

/// Replaces random ids by their position.
fn normalised(documents: &[Value]) -> Vec<Value> {
    fn rename(value: &mut Value, ids: &mut Vec<String>) {
        match value {
            Value::Object(object) => {
                // In a fixed order for all documents.
                let mut entries: Vec<_> = std::mem::take(object).into_iter().collect();
                entries.sort_by(|a, b| a.0.cmp(&b.0));
                for (key, mut value) in entries {
                    let random = (key == "id" || key == "parent_id") && value != common::PARENT;
                    if let Some(id) = value.as_str().filter(|_| random) {
                        let place = ids.iter().position(|known| known == id).unwrap_or_else(|| {
                            ids.push(id.to_owned());
                            ids.len() - 1
                        });
                        value = json!(format!("<id{place}>"));
                    }
                    rename(&mut value, ids);
                    object.insert(key, value);
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| rename(value, ids)),
            _ => {}
        }
    }
    let mut documents = documents.to_vec();
    let mut ids = Vec::new();
    for document in &mut documents {
        rename(document, &mut ids);
    }
    documents
}

/// A `ValueError` of Python: an error whose `Debug` begins with the name.
struct ValueError(&'static str);

impl std::fmt::Debug for ValueError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ValueError({:?})", self.0)
    }
}

impl std::fmt::Display for ValueError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for ValueError {}

#[tokio::test]
async fn golden_01_handler() {
    let case = case(include_str!("../golden/01_handler.json"));
    for _ in 0..2 {
        case.invoke(async |_| Ok(json!({"statusCode": 200, "n": null}))).await;
    }
    case.check();
}

#[tokio::test]
async fn golden_02_handler_error() {
    let case = case(include_str!("../golden/02_handler_error.json"));
    case.invoke(async |_| Err::<(), _>(ValueError("no booking").into()))
        .await;
    case.check();
}

#[tokio::test]
async fn golden_03_no_response_no_error() {
    let mut case = case(include_str!("../golden/03_no_response_no_error.json"));
    // Deliberately: if errors are not captured, nothing of the error is sent; Python still sends message and stack.
    case.expected[1].as_object_mut().unwrap().remove("cause").unwrap();
    let environment = TestEnvironment::new()
        .var("POWERTOOLS_SERVICE_NAME", "booking")
        .var("POWERTOOLS_TRACER_CAPTURE_ERROR", "false")
        .var("POWERTOOLS_TRACER_CAPTURE_RESPONSE", "false");
    let case = Case {
        function: Function::with(environment),
        ..case
    };
    case.invoke(async |_| {
        drop(tracing::info_span!("app.ok"));
        tracing::info_span!("app.bad").in_scope(|| tracing::error!(error = %ValueError("x")));
        Ok("response")
    })
    .await;
    case.check();
}

#[tokio::test]
async fn golden_04_method_annotation_metadata() {
    async fn get_booking(id: &str) -> Value {
        tokio::task::yield_now().await;
        annotate("BookingId", id);
        annotate("Retries", 3);
        annotate("Ok", true);
        add_metadata("raw", json!({"a": [1, null]}));
        add_metadata_in("other", "raw", 1);
        let booking = json!({"id": id});
        add_metadata("app.get_booking response", &booking);
        booking
    }
    let case = case(include_str!("../golden/04_method_annotation_metadata.json"));
    case.invoke(async |_| {
        Ok(get_booking("b1")
            .instrument(tracing::info_span!("app.get_booking"))
            .await)
    })
    .await;
    case.check();
}

#[tokio::test]
async fn golden_05_invalid_annotation_key() {
    let case = case(include_str!("../golden/05_invalid_annotation_key.json"));
    case.invoke(async |_| {
        annotate("bad key!", "x");
        // `annotate("dict", {"a": 1})` does not compile.
        annotate("fine_1", 1.5);
        Ok(())
    })
    .await;
    case.check();
    assert_eq!(case.function.environment.warnings().len(), 1);
}

#[tokio::test]
async fn golden_07_async_and_generator() {
    let case = case(include_str!("../golden/07_async_and_generator.json"));
    case.invoke(async |_| {
        async {
            tokio::task::yield_now().await;
            add_metadata("app.fetch response", "async");
        }
        .instrument(tracing::info_span!("app.fetch"))
        .await;
        // An iterator that is entered for each item.
        let generator = tracing::info_span!("app.gen");
        for item in [1, 2, 3] {
            generator.in_scope(|| {
                if item == 3 {
                    add_metadata("app.gen response", "gen-result");
                }
            });
        }
        Ok(())
    })
    .await;
    case.check();
}

#[tokio::test]
async fn golden_11_no_service() {
    let case = case(include_str!("../golden/11_no_service.json"));
    case.invoke(async |_| Ok(1)).await;
    case.check();
}

#[tokio::test]
async fn golden_12_not_sampled() {
    let case = case(include_str!("../golden/12_not_sampled.json"));
    case.invoke(async |_| Ok(1)).await;
    assert!(case.function.daemon.subsegments().is_empty());
}

#[tokio::test]
async fn golden_14_unserialisable_lost() {
    let case = case(include_str!("../golden/14_unserialisable_lost.json"));
    case.invoke(async |_| Ok(std::collections::HashMap::from([(("t", 1), 1)])))
        .await;
    // Deliberately: Python loses the whole subsegment, we lose only the value.
    let documents = case.function.daemon.subsegments();
    let expected: Map<String, Value> = json!({"ColdStart": true, "Service": "booking"})
        .as_object()
        .unwrap()
        .clone();
    assert_eq!(documents[0]["annotations"], Value::Object(expected));
    assert!(documents[0].get("metadata").is_none());
    assert_eq!(
        case.function.environment.warnings(),
        [r#"metadata "handler response" is left out: key must be a string"#]
    );
}
