//! Buffered records of an invocation.

use std::time::Duration;

use powertools_lambda_core::test_util::{TestEnvironment, context, request};
use powertools_lambda_core::{ErrorReport, Invocation, Outcome};
use powertools_lambda_logger::{LogBuffer, Logger};
use tower::{Layer, Service};
use tracing::{Level, debug, error, info, trace, warn};

use crate::common::{self, builder, environment, invocation, messages, recorded};

fn buffering(environment: &TestEnvironment, buffer: LogBuffer) -> Logger {
    builder(environment).buffer(buffer).build()
}

#[test]
fn an_error_record_flushes_the_buffer_in_order_with_the_original_times() {
    let environment = environment();
    let logger = buffering(&environment, LogBuffer::new());
    let records = recorded(&environment, &logger, || {
        invocation(&environment).in_scope(|| {
            debug!("first");
            environment.clock().advance(Duration::from_millis(1_500));
            info!("passes through");
            trace!("never");
            debug!("second");
            error!("boom");
            debug!("waits for the next one");
        });
    });
    assert_eq!(messages(&records), ["passes through", "first", "second", "boom"]);
    assert_eq!(records[1]["timestamp"], "2026-01-15T10:30:00.125Z");
    assert_eq!(records[2]["timestamp"], "2026-01-15T10:30:01.625Z");
    assert_eq!(environment.warnings(), [""; 0]);
}

#[test]
fn the_buffers_level_is_the_least_verbose_that_waits() {
    let environment = environment();
    let logger = buffering(&environment, LogBuffer::new().level(Level::INFO));
    let records = recorded(&environment, &logger, || {
        invocation(&environment).in_scope(|| {
            debug!("debug");
            info!("info");
            warn!("warn");
            powertools_lambda_logger::flush_buffer();
        });
    });
    assert_eq!(messages(&records), ["warn", "debug", "info"]);
}

#[test]
fn a_successful_invocation_discards_its_buffer_and_a_buffer_can_be_cleared() {
    let environment = environment();
    let logger = buffering(&environment, LogBuffer::new());
    let written = recorded(&environment, &logger, || {
        let mut service = logger.invocation_layer().layer(tower::service_fn(|_| {
            debug!("forgotten");
            std::future::ready(Ok::<(), lambda_runtime::Error>(()))
        }));
        let mut traced = context();
        traced.xray_trace_id = Some(format!("Root={};Sampled=1", common::TRACE));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(service.call(request(traced, "{}"))).unwrap();
        invocation(&environment).in_scope(|| {
            debug!("cleared");
            powertools_lambda_logger::clear_buffer();
            error!("boom");
        });
    });
    assert_eq!(messages(&written), ["boom"]);
}

#[test]
fn sixty_four_invocations_of_one_trace_keep_their_records_apart() {
    let environment = environment();
    let logger = buffering(&environment, LogBuffer::new());
    let records = recorded(&environment, &logger, || {
        let invocations: Vec<_> = (0..64).map(|_| invocation(&environment)).collect();
        for step in 0..3 {
            for (number, invocation) in invocations.iter().enumerate() {
                invocation.in_scope(|| debug!(number, step, "details"));
            }
        }
        invocations[17].in_scope(|| error!("boom"));
    });
    assert_eq!(records.len(), 4);
    assert!(records[..3].iter().all(|record| record["number"] == 17), "{records:?}");
}

#[test]
fn without_a_trace_id_records_are_written_at_once() {
    let environment = environment();
    let logger = buffering(&environment, LogBuffer::new());
    let records = recorded(&environment, &logger, || {
        Invocation::new(context(), environment.environment()).in_scope(|| debug!("not lost"));
        debug!("outside an invocation the level decides");
    });
    assert_eq!(messages(&records), ["not lost"]);
}

#[test]
fn the_oldest_records_are_discarded_with_a_warning() {
    let environment = environment();
    let logger = buffering(&environment, LogBuffer::new().max_bytes(800));
    let records = recorded(&environment, &logger, || {
        invocation(&environment).in_scope(|| {
            for number in 0..10 {
                debug!("record {number}");
            }
            assert_eq!(environment.warnings(), [""; 0]);
            error!("boom");
        });
    });
    let messages = messages(&records);
    assert_eq!(messages.last(), Some(&"boom"));
    assert_eq!(messages[messages.len() - 2], "record 9");
    assert!(messages.len() < 10, "{messages:?}");
    assert_eq!(
        environment.warnings(),
        ["some log records were dropped because the log buffer was full: raise `LogBuffer::max_bytes`"]
    );
}

#[test]
fn a_record_larger_than_the_buffer_is_written_at_once_with_a_warning() {
    let environment = environment();
    let logger = buffering(&environment, LogBuffer::new().max_bytes(100));
    let records = recorded(&environment, &logger, || {
        invocation(&environment).in_scope(|| debug!("too large"));
    });
    assert_eq!(messages(&records), ["too large"]);
    assert_eq!(environment.warnings().len(), 1, "{:?}", environment.warnings());
}

#[test]
fn the_handlers_failure_flushes_the_buffer() {
    let environment = environment();
    let logger = buffering(&environment, LogBuffer::new());
    let mut service = logger.invocation_layer().layer(tower::service_fn(|_| async {
        debug!("details");
        let invocation = Invocation::current().unwrap();
        invocation.report_outcome(Outcome::Failed(ErrorReport::from_debug(&"no stock")));
        Ok::<(), lambda_runtime::Error>(())
    }));
    let mut traced = context();
    traced.xray_trace_id = Some(format!("Root={};Sampled=1", common::TRACE));
    let records = recorded(&environment, &logger, || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(service.call(request(traced, "{}"))).unwrap();
    });
    assert_eq!(messages(&records), ["details", "handler failed"]);
}

#[test]
fn a_handler_flushes_and_clears_without_the_handle() {
    let environment = environment();
    let logger = buffering(&environment, LogBuffer::new());
    let mut service = logger.invocation_layer().layer(tower::service_fn(|_| {
        debug!("cleared");
        powertools_lambda_logger::clear_buffer();
        debug!("flushed");
        powertools_lambda_logger::flush_buffer();
        debug!("forgotten");
        std::future::ready(Ok::<(), lambda_runtime::Error>(()))
    }));
    let mut traced = context();
    traced.xray_trace_id = Some(format!("Root={};Sampled=1", common::TRACE));
    let records = recorded(&environment, &logger, || {
        powertools_lambda_logger::flush_buffer();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(service.call(request(traced, "{}"))).unwrap();
    });
    assert_eq!(messages(&records), ["flushed"]);
}

#[test]
fn errors_need_not_flush() {
    let environment = environment();
    let logger = buffering(&environment, LogBuffer::new().flush_on_error(false));
    let records = recorded(&environment, &logger, || {
        invocation(&environment).in_scope(|| {
            debug!("details");
            error!("boom");
        });
    });
    assert_eq!(messages(&records), ["boom"]);
}

#[test]
fn lambdas_level_is_a_bound_for_the_buffer_too() {
    let environment = environment()
        .var("AWS_LAMBDA_LOG_FORMAT", "JSON")
        .var("AWS_LAMBDA_LOG_LEVEL", "INFO");
    let logger = buffering(&environment, LogBuffer::new());
    let records = recorded(&environment, &logger, || {
        invocation(&environment).in_scope(|| {
            debug!("Lambda would drop it");
            error!("boom");
        });
    });
    assert_eq!(messages(&records), ["boom"]);
    assert_eq!(environment.warnings().len(), 1, "{:?}", environment.warnings());
}

#[test]
fn a_target_with_a_level_of_its_own_keeps_to_it() {
    let environment = environment().var("RUST_LOG", "noisy=warn");
    let logger = buffering(&environment, LogBuffer::new());
    let records = recorded(&environment, &logger, || {
        invocation(&environment).in_scope(|| {
            debug!(target: "noisy", "not this");
            debug!(target: "mine", "this");
            powertools_lambda_logger::flush_buffer();
        });
    });
    assert_eq!(messages(&records), ["this"]);
}
