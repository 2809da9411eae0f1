//! How the spans of an invocation share documents, and which leave on their own.

use std::collections::BTreeMap;
use std::time::Duration;

use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_tracer::{add_metadata, annotate, record_error};
use proptest::prelude::*;
use serde_json::Value;
use tracing::Span;

use crate::common::{Function, PARENT, ROOT, named, sampled};

const VARIABLE: &str = "POWERTOOLS_TRACER_NESTED_DOCUMENTS";

fn step(name: &str) -> Span {
    tracing::info_span!("step", trace.name = name)
}

#[tokio::test]
async fn what_an_invocation_recorded_is_one_document() {
    let documents = Function::new()
        .sent(async |_| {
            step("a").in_scope(|| {
                drop(step("b"));
                drop(step("c"));
            });
            drop(step("d"));
            Ok(())
        })
        .await;
    let [handler] = &documents[..] else {
        panic!("{documents:#?}")
    };
    assert_eq!(
        (&handler["trace_id"], &handler["parent_id"]),
        (&ROOT.into(), &PARENT.into())
    );
    let names = |parent: &Value| -> Vec<_> {
        let nested = parent["subsegments"].as_array().into_iter().flatten();
        nested
            .map(|nested| nested["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        (handler["name"].as_str(), names(handler)),
        (Some("## handler"), vec!["a".to_owned(), "d".to_owned()])
    );
    assert_eq!(names(&handler["subsegments"][0]), ["b", "c"]);
}

#[tokio::test]
async fn a_document_for_each_span_by_the_builder_or_the_variable() {
    for (variable, builder, documents, warnings) in [
        ("false", None, 2, 0),
        ("true", None, 1, 0),
        ("sometimes", None, 1, 1),
        ("true", Some(false), 2, 0),
        ("false", Some(true), 1, 0),
    ] {
        let environment = TestEnvironment::new().var(VARIABLE, variable);
        let function = Function::configured(environment, |tracer| match builder {
            Some(nested) => tracer.nested_documents(nested),
            None => tracer,
        });
        let sent = function
            .sent(async |_| {
                step("a").in_scope(|| annotate("key", "value"));
                Ok(())
            })
            .await;
        assert_eq!(sent.len(), documents, "{sent:#?}");
        assert_eq!(
            function.environment.warnings().len(),
            warnings,
            "{:?}",
            function.environment.warnings()
        );
        if let [a, handler] = &sent[..] {
            assert_eq!((&a["name"], &a["annotations"]["key"]), (&"a".into(), &"value".into()));
            assert_eq!(
                (&a["trace_id"], &a["parent_id"]),
                (&handler["trace_id"], &handler["id"])
            );
            assert_eq!((&a["type"], a.get("subsegments")), (&"subsegment".into(), None));
        }
    }
}

#[tokio::test]
async fn a_tree_that_is_too_large_is_divided_the_handler_first_then_what_failed() {
    let documents = Function::new()
        .sent(async |_| {
            for number in 0..3 {
                step(&format!("step {number}")).in_scope(|| {
                    step(&format!("inner {number}")).in_scope(|| {
                        add_metadata("large", "x".repeat(20_000));
                        if number == 1 {
                            record_error(&std::io::Error::other("refused"));
                        }
                    });
                    add_metadata("large", "x".repeat(20_000));
                });
            }
            Ok(())
        })
        .await;
    // Each step is one document with what is in it, except the one that fits next to the handler.
    let names: Vec<_> = documents
        .iter()
        .map(|document| document["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert_eq!(&names[..2], ["## handler", "step 1"]);
    for document in &documents[1..] {
        assert_eq!(document["parent_id"], documents[0]["id"]);
        assert_eq!(document["subsegments"].as_array().unwrap().len(), 1, "{document:#}");
    }
}

#[tokio::test]
async fn what_waits_near_the_deadline_nests_and_later_spans_leave_alone() {
    let function = Function::new();
    let mut context = sampled();
    context.deadline = function.environment.clock().timestamp().as_millis() + 3_000;
    let mut late = None;
    function
        .invoke(context, |_| {
            let open = step("open");
            open.in_scope(|| {
                step("a").in_scope(|| drop(step("b")));
                function.environment.clock().advance(Duration::from_millis(2_800));
                drop(step("c"));
            });
            let documents = function.daemon.documents();
            assert_eq!(documents.len(), 2, "{documents:#?}");
            let a = named(&documents, "a");
            assert_eq!(
                (&a["subsegments"][0]["name"], &a["parent_id"]),
                (&"b".into(), &named(&documents, "c")["parent_id"])
            );
            late = Some(step("late"));
            drop(open);
            assert_eq!(named(&function.daemon.documents(), "open")["id"], a["parent_id"]);
            std::future::ready(Ok(()))
        })
        .await;
    assert_eq!(function.daemon.documents().len(), 1, "the handler");
    drop(late);
    assert_eq!(named(&function.daemon.documents(), "late").get("subsegments"), None);
}

/// What the code of an invocation does with spans that are numbered as they are opened.
#[derive(Clone, Debug)]
enum Act {
    /// Opens a span within an open one, or within the handler, with so many bytes of metadata.
    Open(prop::sample::Index, usize),
    Close(prop::sample::Index),
    Fail(prop::sample::Index),
    /// Moves the clock so far that the deadline is near.
    Hurry,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let index = any::<prop::sample::Index>;
    let act = prop_oneof![
        40 => (index(), 0..3_000_usize).prop_map(|(parent, bytes)| Act::Open(parent, bytes)),
        30 => index().prop_map(Act::Close),
        10 => index().prop_map(Act::Fail),
        1 => Just(Act::Hurry),
    ];
    prop::collection::vec(act, 0..150)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_union_of_the_documents_is_the_tree(acts in acts(), nested in any::<bool>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let function = Function::configured(TestEnvironment::new(), |builder| builder.nested_documents(nested));
        let clock = function.environment.clock().clone();
        let mut context = sampled();
        context.deadline = clock.timestamp().as_millis() + 60_000;
        // The parent of each span, and whether it failed; by name, as ids are not known.
        let mut tree = BTreeMap::from([("## handler".to_owned(), (String::new(), false))]);
        let mut left = Vec::new();
        let mut received = Vec::new();
        runtime.block_on(function.invoke(context, |_| {
            let mut open: Vec<(String, Span)> = Vec::new();
            for (number, act) in acts.iter().enumerate() {
                match act {
                    Act::Open(parent, bytes) => {
                        let name = format!("span {number}");
                        // One more place, for the handler.
                        let parent = parent.index(open.len() + 1).checked_sub(1).map(|at| &open[at]);
                        let span = if let Some((_, parent)) = parent {
                            tracing::info_span!(parent: parent, "span", trace.name = name)
                        } else {
                            tracing::info_span!("span", trace.name = name)
                        };
                        span.in_scope(|| add_metadata("data", "d".repeat(*bytes)));
                        let parent = parent.map_or("## handler", |(name, _)| name).to_owned();
                        tree.insert(name.clone(), (parent, false));
                        open.push((name, span));
                    }
                    Act::Close(_) | Act::Fail(_) if open.is_empty() => {}
                    Act::Close(at) => drop(open.swap_remove(at.index(open.len()))),
                    Act::Fail(at) => {
                        let (name, span) = &open[at.index(open.len())];
                        span.in_scope(|| record_error(&std::io::Error::other("refused")));
                        tree.get_mut(name).unwrap().1 = true;
                    }
                    Act::Hurry => clock.advance(Duration::from_mins(1)),
                }
                received.extend(function.daemon.documents());
            }
            left = open;
            std::future::ready(Ok(()))
        }));
        let early = received.len();
        received.extend(function.daemon.documents());
        drop(left);
        received.extend(function.daemon.documents());

        let mut found = BTreeMap::new();
        let mut names = BTreeMap::new();
        let mut open: Vec<_> = received.iter().map(|document| (document, document["parent_id"].clone())).collect();
        while let Some((span, parent)) = open.pop() {
            let name = span["name"].as_str().unwrap().to_owned();
            prop_assert!(names.insert(span["id"].to_string(), name.clone()).is_none(), "an id occurs twice");
            found.insert(name, (parent, span["fault"] == true));
            open.extend(span["subsegments"].as_array().into_iter().flatten().map(|nested| (nested, span["id"].clone())));
        }
        let of = |parent: &Value| names.get(&parent.to_string()).cloned().unwrap_or_default();
        let found: BTreeMap<_, _> = found.iter().map(|(name, (parent, failed))| (name.clone(), (of(parent), *failed))).collect();
        prop_assert_eq!(&found, &tree);
        if !nested {
            prop_assert_eq!(received.len(), tree.len());
        }
        if !acts.iter().any(|act| matches!(act, Act::Hurry)) {
            prop_assert_eq!(early, 0, "sent before the response");
        }
    }
}
