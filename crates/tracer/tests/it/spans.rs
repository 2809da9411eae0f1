//! Which spans become subsegments, how they nest, and when they begin, end and are sent.

use std::time::Duration;

use lambda_runtime::Error;
use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_tracer::{add_metadata, annotate, record_error};
use serde_json::json;
use tracing::Instrument as _;

use crate::common::{Function, PARENT, ROOT, Unserialisable, named, sampled, with_header};

#[tokio::test]
async fn the_handler_is_a_subsegment_with_cold_start_and_service() {
    let function = Function::new();
    let documents = function.trace(async |_| Ok(())).await;
    let [handler] = &documents[..] else {
        panic!("{documents:#?}")
    };
    assert_eq!(handler["name"], "## handler");
    assert_eq!(handler["parent_id"], PARENT);
    assert_eq!(handler["trace_id"], ROOT);
    assert_eq!(handler["type"], "subsegment");
    assert_eq!(handler["annotations"], json!({"ColdStart": true, "Service": "booking"}));
    assert_eq!(handler["start_time"].to_string(), "1768473000.125");
    assert!(handler.get("fault").is_none());
    let id = handler["id"].as_str().unwrap();
    assert!(id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));

    let warm = function.trace(async |_| Ok(())).await;
    assert_eq!(warm[0]["annotations"]["ColdStart"], false);
    assert_ne!(warm[0]["id"], handler["id"]);
}

#[tokio::test]
async fn without_a_service_there_is_no_service_annotation() {
    let documents = Function::with(TestEnvironment::new()).trace(async |_| Ok(())).await;
    assert_eq!(documents[0]["annotations"], json!({"ColdStart": true}));
}

#[tokio::test]
async fn spans_nest_and_have_the_times_they_were_open() {
    let function = Function::new();
    let clock = function.environment.clock().clone();
    let documents = function
        .trace(|_| {
            let clock = clock.clone();
            async move {
                let outer = tracing::info_span!("outer");
                async {
                    clock.advance(Duration::from_micros(1_500));
                    tracing::info_span!("inner").in_scope(|| clock.advance(Duration::from_millis(20)));
                }
                .instrument(outer)
                .await;
                clock.advance(Duration::from_secs(1));
                Ok(())
            }
        })
        .await;
    let names: Vec<_> = documents
        .iter()
        .map(|document| document["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["## inner", "## outer", "## handler"]);
    let [inner, outer, handler] = &documents[..] else {
        unreachable!()
    };
    assert_eq!(inner["parent_id"], outer["id"]);
    assert_eq!(outer["parent_id"], handler["id"]);
    assert!(documents.iter().all(|document| document["trace_id"] == ROOT));
    assert_eq!(inner["start_time"], json!(1_768_473_000.126_5));
    assert_eq!(inner["end_time"], json!(1_768_473_000.146_5));
    assert_eq!(outer["end_time"], inner["end_time"]);
    assert_eq!(handler["end_time"], json!(1_768_473_001.146_5));
}

#[tokio::test]
async fn concurrent_and_spawned_work_nests_under_its_own_parent() {
    async fn step(name: &'static str) {
        let span = tracing::info_span!("step", trace.name = name);
        async {
            tokio::task::yield_now().await;
            tokio::spawn(
                async move {
                    tokio::task::yield_now().await;
                    annotate("step", name);
                    drop(tracing::info_span!("leaf", step = name));
                }
                .in_current_span(),
            )
            .await
            .unwrap();
        }
        .instrument(span)
        .await;
    }
    let documents = Function::new()
        .trace(async |_| {
            tokio::join!(step("a"), step("b"), step("c"));
            Ok(())
        })
        .await;
    let handler = named(&documents, "## handler");
    for name in ["a", "b", "c"] {
        let step = named(&documents, name);
        assert_eq!(step["parent_id"], handler["id"]);
        assert_eq!(step["annotations"], json!({"step": name}));
        let mut leaves = documents
            .iter()
            .filter(|document| document["name"] == "## leaf" && document["parent_id"] == step["id"]);
        assert_eq!(leaves.next().unwrap()["annotations"], json!({"step": name}));
        assert!(leaves.next().is_none());
    }
}

#[tokio::test]
async fn an_explicit_parent_is_the_parent() {
    let documents = Function::new()
        .trace(async |_| {
            let parent = tracing::info_span!("parent");
            let other = tracing::info_span!("other");
            other.in_scope(|| drop(tracing::info_span!(parent: &parent, "child")));
            other.in_scope(|| drop(tracing::info_span!(parent: None, "root")));
            Ok(())
        })
        .await;
    assert_eq!(
        named(&documents, "## child")["parent_id"],
        named(&documents, "## parent")["id"]
    );
    assert_eq!(
        named(&documents, "## root")["parent_id"],
        named(&documents, "## handler")["id"]
    );
}

#[tokio::test]
async fn spans_below_info_and_of_clients_are_left_out_and_their_children_nest_above() {
    let documents = Function::new()
        .trace(async |_| {
            tracing::info_span!("outer").in_scope(|| {
                tracing::debug_span!("detail").in_scope(|| {
                    tracing::info_span!(target: "aws_sdk_ssm::operation", "SSM.GetParameter").in_scope(|| {
                        annotate("seen", true);
                        drop(tracing::info_span!("inner"));
                    });
                });
            });
            Ok(())
        })
        .await;
    assert_eq!(documents.len(), 3, "{documents:#?}");
    let outer = named(&documents, "## outer");
    assert_eq!(named(&documents, "## inner")["parent_id"], outer["id"]);
    assert_eq!(outer["annotations"], json!({"seen": true}));
}

#[tokio::test]
async fn the_level_and_the_targets_are_configurable() {
    let function = Function::configured(TestEnvironment::new(), |builder| {
        builder
            .level(tracing::Level::WARN)
            .target_level("aws_sdk_*", tracing::Level::DEBUG)
    });
    let documents = function
        .trace(async |_| {
            drop(tracing::info_span!("info"));
            drop(tracing::warn_span!("warn"));
            drop(tracing::debug_span!(target: "aws_sdk_ssm::operation", "SSM.GetParameter"));
            Ok(())
        })
        .await;
    assert_eq!(documents.len(), 3, "{documents:#?}");
    named(&documents, "## warn");
    named(&documents, "## SSM.GetParameter");
}

#[tokio::test]
async fn an_error_passes_through_unchanged() {
    let function = Function::new();
    function
        .invoke(sampled(), async |_| Err(Error::from("no booking")))
        .await;
    assert_eq!(function.daemon.documents()[0]["fault"], true);
}

#[tokio::test]
async fn documents_leave_after_the_response_and_late_ones_at_once() {
    let function = Function::new();
    let mut late = None;
    let context = sampled();
    function
        .invoke(context, |_| {
            drop(tracing::info_span!("early"));
            assert!(function.daemon.documents().is_empty(), "before the response");
            late = Some(tracing::info_span!("late"));
            std::future::ready(Ok(()))
        })
        .await;
    let documents = function.daemon.subsegments();
    assert_eq!(documents.len(), 2, "{documents:#?}");
    drop(late);
    let after = function.daemon.subsegments();
    assert_eq!(
        named(&after, "## late")["parent_id"],
        named(&documents, "## handler")["id"]
    );
}

#[tokio::test]
async fn without_a_header_a_parent_or_sampling_nothing_is_sent() {
    let function = Function::new();
    for header in [
        format!("Root={ROOT};Parent={PARENT};Sampled=0"),
        format!("Root={ROOT};Parent={PARENT};Sampled=?"),
        format!("Root={ROOT};Parent={PARENT}"),
        format!("Root={ROOT};Sampled=1"),
        "Root=nonsense".to_owned(),
        String::new(),
    ] {
        function
            .invoke(with_header(&header), async |_| {
                drop(tracing::info_span!("span"));
                annotate("key", "value");
                add_metadata("never serialised", Unserialisable);
                record_error(&std::io::Error::other("lost"));
                Ok(())
            })
            .await;
    }
    assert!(function.daemon.documents().is_empty());
}

#[tokio::test]
async fn the_tracer_is_off_by_variable_and_outside_lambda() {
    let disabled = TestEnvironment::new().var("POWERTOOLS_TRACE_DISABLED", "true");
    let function = Function::with(disabled);
    assert!(!function.tracer.is_enabled());
    assert!(function.trace(async |_| Ok(())).await.is_empty());

    let enabled = |environment: TestEnvironment| {
        let tracer = powertools_lambda_tracer::Tracer::builder()
            .environment(&environment)
            .build();
        tracer.is_enabled()
    };
    assert!(!enabled(TestEnvironment::new()));
    assert!(enabled(TestEnvironment::new().var("LAMBDA_TASK_ROOT", "/var/task")));
    let local = TestEnvironment::new()
        .var("LAMBDA_TASK_ROOT", "/var/task")
        .var("AWS_SAM_LOCAL", "true");
    assert!(!enabled(local));
    assert!(enabled(
        TestEnvironment::new().var("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:9")
    ));
}

#[tokio::test]
async fn a_daemon_that_is_down_and_a_bad_address_are_one_warning() {
    let environment = TestEnvironment::new().var("AWS_XRAY_DAEMON_ADDRESS", "nonsense");
    let _tracer = powertools_lambda_tracer::Tracer::builder()
        .environment(&environment)
        .build();
    assert_eq!(
        environment.warnings(),
        [
            r#"AWS_XRAY_DAEMON_ADDRESS is set to "nonsense", expected host:port, or tcp:host:port udp:host:port: using the default"#
        ]
    );

    // A port on which no process listens.
    let gone = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let environment = TestEnvironment::new();
    let function = Function::configured(TestEnvironment::new(), |builder| {
        builder.emitter(powertools_lambda_tracer::XRayDaemon::new(
            gone,
            environment.environment(),
        ))
    });
    for _ in 0..3 {
        function.trace(async |_| Ok(())).await;
    }
    let [warning] = &environment.warnings()[..] else {
        panic!("{:?}", environment.warnings())
    };
    let expected = format!("cannot reach the X-Ray daemon at {gone}: Connection refused (os error 111): 1 spans");
    assert!(warning.starts_with(&expected), "{warning}");
    assert!(function.tracer.lost_spans() >= 1, "{}", function.tracer.lost_spans());
}

#[test]
fn everything_is_a_no_op_outside_an_invocation() {
    annotate("key", "value");
    add_metadata("key", 1);
    record_error(&std::io::Error::other("lost"));
    let function = Function::new();
    drop(tracing::info_span!("span", field = 1));
    annotate("key", "value");
    assert!(function.daemon.documents().is_empty());
}
