//! Keys of an invocation, of a scope and of the process.

use powertools_lambda_core::{Invocation, InvocationExt};
use powertools_lambda_logger::{self as logger, Keys, LogRecord, StandardKey, WithKeys};
use serde_json::{Value, json};
use tracing::{Instrument, Level, error, info, info_span};
use tracing_subscriber::layer::SubscriberExt;

use crate::common::{self, builder, environment, invocation, recorded};

#[test]
fn a_scopes_keys_are_on_its_records_and_gone_after_it() {
    let environment = environment();
    let logger = builder(&environment).build();
    let records = recorded(&environment, &logger, || {
        invocation(&environment).in_scope(|| {
            logger::append_key("step", "appended");
            let outer = logger::scope_keys(Keys::new().key("step", "outer").key("total", 12.5));
            {
                let _inner = logger::scope_keys([("step", "inner")]);
                info!("inner");
            }
            info!("outer");
            info!(step = "event", "event");
            drop(outer);
            info!("after");
        });
    });
    let steps: Vec<_> = records.iter().map(|record| record["step"].clone()).collect();
    assert_eq!(steps, ["inner", "outer", "event", "appended"]);
    assert_eq!(records[0]["total"], 12.5);
    assert!(records[3].get("total").is_none());
}

#[tokio::test]
async fn a_futures_keys_go_along_with_what_it_spawns_and_nowhere_else() {
    let environment = environment();
    let logger = builder(&environment).build();
    let subscriber = tracing_subscriber::registry().with(logger.subscriber_layer());
    let _default = tracing::subscriber::set_default(subscriber);
    let work = |order: u32| async move {
        let spawned = tokio::spawn(
            async move {
                tokio::task::yield_now().await;
                info!(expected = order, "spawned");
            }
            .in_current_span(),
        );
        tokio::task::yield_now().await;
        info!(expected = order, "awaited");
        spawned.await.unwrap();
    };
    let invocation = invocation(&environment);
    let both = async {
        tokio::join!(
            work(1).with_keys([("order", 1)]),
            work(2).with_keys([("order", 2)]),
            async {
                info!("beside");
            }
        )
    };
    invocation.in_scope(|| both.in_invocation()).await;
    let records = common::records(&environment);
    assert_eq!(records.len(), 5);
    for record in &records {
        assert_eq!(record.get("order"), record.get("expected"), "{record}");
    }
    let spawned = records.iter().filter(|record| record["message"] == "spawned");
    assert_eq!(spawned.count(), 2);
}

#[test]
fn a_scope_inside_a_span_wins_over_it_and_a_span_inside_over_the_scope() {
    let environment = environment();
    let logger = builder(&environment).build();
    let records = recorded(&environment, &logger, || {
        info_span!("outer", key = 1).in_scope(|| {
            let _keys = logger::scope_keys([("key", 2)]);
            info!("scope");
            info_span!("inner", key = 3).in_scope(|| info!("inner"));
        });
    });
    assert_eq!((&records[0]["key"], &records[1]["key"]), (&json!(2), &json!(3)));
}

#[test]
fn keys_of_the_process_are_on_every_record_until_they_are_removed() {
    let environment = environment();
    let logger = builder(&environment).global_key("region", "eu").build();
    let records = recorded(&environment, &logger, || {
        logger.set_global_key("version", 7);
        invocation(&environment).in_scope(|| {
            logger::append_key("version", 8);
            info!("the invocation's wins");
            logger::remove_key("version");
            info!("the process's is back");
        });
        logger.remove_global_key("region");
        logger.remove_global_key("unknown");
        info!("outside");
    });
    let versions: Vec<_> = records.iter().map(|record| record["version"].clone()).collect();
    assert_eq!(versions, [8, 7, 7]);
    assert_eq!(records[0]["region"], "eu");
    assert!(records[2].get("region").is_none());
}

#[test]
fn keys_are_removed_cleared_and_bounded() {
    let environment = environment();
    let logger = builder(&environment).build();
    let records = recorded(&environment, &logger, || {
        invocation(&environment).in_scope(|| {
            logger::append_keys([("a", 1), ("b", 2), ("c", 3)]);
            logger::remove_keys(["a", "b", "unknown"]);
            info!("one left");
            logger::clear_keys();
            info!("none left");
            for number in 0..200 {
                logger::append_key(format!("key{number}"), number);
            }
            logger::append_key("key0", "a known one may change");
            info!("128");
            logger::clear_keys();
            logger::append_key("large", "x".repeat(100_000));
            logger::append_key("small", 1);
            info!("bounded");
        });
    });
    let keys = |record: &Value| record.as_object().unwrap().len();
    let standard = keys(&records[1]);
    assert_eq!(keys(&records[0]), standard + 1);
    assert_eq!(keys(&records[2]), standard + 128);
    assert_eq!(records[2]["key0"], "a known one may change");
    assert_eq!((records[3].get("large"), &records[3]["small"]), (None, &json!(1)));
}

#[test]
fn a_correlation_id_is_set_by_hand_read_and_bounded() {
    let environment = environment();
    let logger = builder(&environment).build();
    let records = recorded(&environment, &logger, || {
        invocation(&environment).in_scope(|| {
            assert_eq!(logger::correlation_id(), None);
            logger::set_correlation_id("a \"quoted\" id");
            assert_eq!(logger::correlation_id().as_deref(), Some("a \"quoted\" id"));
            info!("set");
            logger::set_correlation_id(&"é".repeat(200));
            assert_eq!(logger::correlation_id(), Some("é".repeat(128)));
            logger::set_correlation_id("");
            info!("none");
        });
    });
    assert_eq!(records[0]["correlation_id"], "a \"quoted\" id");
    assert!(records[1].get("correlation_id").is_none());
}

#[test]
fn other_layers_see_a_scopes_keys_as_text() {
    use std::sync::{Arc, Mutex};
    #[derive(Clone, Default)]
    struct Seen(Arc<Mutex<Vec<String>>>);
    impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Seen {
        fn on_new_span(
            &self,
            attributes: &tracing::span::Attributes<'_>,
            _: &tracing::span::Id,
            _: tracing_subscriber::layer::Context<'_, S>,
        ) {
            self.0.lock().unwrap().push(format!("{:?}", attributes.values()));
        }
    }
    let (environment, seen) = (environment(), Seen::default());
    let logger = builder(&environment).build();
    let subscriber = tracing_subscriber::registry()
        .with(logger.subscriber_layer())
        .with(seen.clone());
    tracing::subscriber::with_default(subscriber, || {
        let _keys = logger::scope_keys(Keys::new().key("a", 1).key("b", ["x"]));
    });
    let seen = seen.0.lock().unwrap();
    assert!(seen[0].contains(r#"{"a":1,"b":["x"]}"#), "{seen:?}");
}

#[test]
fn keys_outside_an_invocation_are_left_out() {
    let environment = environment();
    let logger = builder(&environment).build();
    let records = recorded(&environment, &logger, || {
        logger::append_key("nowhere", 1);
        info!("outside");
        invocation(&environment).in_scope(|| info!("inside"));
    });
    assert!(records.iter().all(|record| record.get("nowhere").is_none()));
    assert!(Invocation::current().is_none());
}

#[test]
fn sixty_four_invocations_on_eight_threads_never_share_a_key() {
    let environment = environment();
    let logger = builder(&environment).build();
    let subscriber = tracing_subscriber::registry().with(logger.subscriber_layer());
    let _default = tracing::subscriber::set_default(subscriber);
    let dispatch = tracing::dispatcher::get_default(Clone::clone);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(8)
        .on_thread_start(move || {
            // Kept for the life of the thread, which runs only the tasks of this runtime.
            std::mem::forget(tracing::dispatcher::set_default(&dispatch));
        })
        .build()
        .unwrap();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..64)
            .map(|number| {
                let invocation = invocation(&environment);
                let work = async move {
                    logger::append_key("appended", number);
                    for _ in 0..5 {
                        tokio::task::yield_now().await;
                        let spawned =
                            async move { info!(number, "spawned") }.instrument(info_span!("work", span = number));
                        tokio::spawn(spawned.in_invocation()).await.unwrap();
                        info!(number, span = number, "own");
                    }
                };
                tokio::spawn(invocation.in_scope(|| work.in_invocation()))
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    let records = common::records(&environment);
    assert_eq!(records.len(), 64 * 10);
    for record in records {
        assert_eq!(record["appended"], record["number"], "{record}");
        assert_eq!(record["span"], record["number"], "{record}");
    }
}

/// A record whose level and time are the record's, and the values of these names that were given.
fn assert_own(record: &Value, names: [&str; 2], level: &Value, timestamp: &Value) {
    let [own_level, own_timestamp] = names;
    assert_eq!(record[own_level], "ERROR", "{record}");
    assert_eq!(record[own_timestamp], "2026-01-15T10:30:00.125Z", "{record}");
    assert_eq!(&record[format!("user_{own_level}")], level, "{record}");
    assert_eq!(&record[format!("user_{own_timestamp}")], timestamp, "{record}");
}

#[test]
fn level_and_timestamp_are_the_records_whoever_sets_them() {
    let environment = environment();
    let logger = builder(&environment).build();
    let fields = [json!("gold"), json!(42)];
    let records = recorded(&environment, &logger, || {
        error!(level = "gold", timestamp = 42, "an event's fields");
        error!(r#level = "gold", timestamp = ?logger::json(42), "raw and structured");
        info_span!("library", level = "gold", timestamp = 42).in_scope(|| error!("a span's fields"));
        let span = info_span!("library", level = tracing::field::Empty, timestamp = 42);
        span.record("level", "gold");
        span.in_scope(|| error!("a field recorded later"));
        invocation(&environment).in_scope(|| {
            logger::append_key("level", "gold");
            logger::append_key("timestamp", 42);
            error!("appended");
            logger::remove_keys(["level", "timestamp"]);
            let _keys = logger::scope_keys(Keys::new().key("level", "gold").key("timestamp", 42));
            error!("a scope's");
        });
        logger.set_global_key("level", "gold");
        logger.set_global_key("timestamp", 42);
        error!("the process's");
        logger.remove_global_key("level");
        logger.remove_global_key("timestamp");
        error!("removed");
    });
    let (removed, records) = records.split_last().unwrap();
    assert_eq!(records.len(), 7, "{records:?}");
    for record in records {
        assert_own(record, ["level", "timestamp"], &fields[0], &fields[1]);
    }
    assert_own(removed, ["level", "timestamp"], &Value::Null, &Value::Null);
    let logger = builder(&environment)
        .global_key("level", "gold")
        .global_key("timestamp", 42)
        .build();
    let records = recorded(&environment, &logger, || error!("built"));
    assert_own(records.last().unwrap(), ["level", "timestamp"], &fields[0], &fields[1]);
}

#[test]
fn renamed_keys_are_the_records_under_their_new_names() {
    let environment = environment();
    let logger = builder(&environment)
        .rename(StandardKey::Level, "severity")
        .rename(StandardKey::Timestamp, "time")
        .build();
    let records = recorded(&environment, &logger, || {
        error!(severity = "gold", time = 42, "an event's fields");
        error!(level = "gold", "a field of the old name");
    });
    assert_own(&records[0], ["severity", "time"], &json!("gold"), &json!(42));
    assert_own(&records[1], ["severity", "time"], &Value::Null, &Value::Null);
    assert_eq!(
        (records[1].get("level"), &records[1]["user_level"]),
        (None, &json!("gold"))
    );
}

#[test]
fn a_formatter_and_the_authors_own_rename_decide_themselves() {
    let environment = environment();
    let formatted = builder(&environment)
        .formatter(|record: &LogRecord<'_>, line: &mut Vec<u8>| {
            assert_eq!(
                (record.value("level"), record.level()),
                (Some("\"ERROR\""), Level::ERROR)
            );
            let level = record.value("user_level").unwrap_or("null");
            line.extend_from_slice(format!(r#"{{"level":{level}}}"#).as_bytes());
        })
        .build();
    let records = recorded(&environment, &formatted, || error!(level = "gold", "formatted"));
    assert_eq!(records[0], json!({"level": "gold"}));
    let renamed = builder(&environment)
        .omit(StandardKey::Level)
        .rename(StandardKey::Service, "level")
        .build();
    let records = recorded(&environment, &renamed, || error!("renamed"));
    assert_eq!(records.last().unwrap()["level"], "orders");
}
