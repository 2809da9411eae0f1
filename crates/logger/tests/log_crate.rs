//! Records of the `log` crate, in a process whose logger is initialised.

#![cfg(feature = "log")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{builder, host, invocation, messages, records};
use powertools_lambda_logger as logger;

#[test]
fn records_of_the_log_crate_are_records_like_all_others() {
    let host = host().var("RUST_LOG", "noisy=error");
    builder(&host).build().init().unwrap();
    invocation(&host).in_scope(|| {
        logger::append_key("order_id", "A-1");
        log::info!(target: "shop", "from {}", "a library");
        log::warn!(target: "noisy", "not this");
        log::debug!("nor this");
    });
    let records = records(&host);
    assert_eq!(messages(&records), ["from a library"]);
    let record = &records[0];
    assert_eq!((&record["level"], &record["order_id"]), (&"INFO".into(), &"A-1".into()));
    assert_eq!(record["function_name"], "order-fn");
    assert!(
        record["location"].as_str().unwrap().starts_with("log_crate:"),
        "the place that logged, not the bridge's: {record}"
    );
    assert!(!record.as_object().unwrap().keys().any(|key| key.starts_with("log.")));
    assert!(builder(&host).build().init().is_err(), "a second one is an error");
}
