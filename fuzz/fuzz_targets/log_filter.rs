//! `RUST_LOG` with any text is a filter, and the one that `tracing-subscriber` has for it if both know all of its words.
#![no_main]

use libfuzzer_sys::fuzz_target;
use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_logger::Logger;
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;

fuzz_target!(|text: &str| {
    let environment = TestEnvironment::new().var("RUST_LOG", text);
    let logger = Logger::builder().environment(&environment).build();
    let warnings = environment.warnings();
    assert!(warnings.len() <= text.split(',').count(), "{warnings:?}");
    let subscriber = tracing_subscriber::registry().with(logger.subscriber_layer());
    let enabled = tracing::subscriber::with_default(subscriber, enabled);
    let Some(theirs) = theirs(text).filter(|_| warnings.is_empty()) else {
        return;
    };
    for (target, level, is_enabled) in enabled {
        assert_eq!(
            is_enabled,
            theirs.would_enable(target, &level),
            "{text:?}: {target} {level}"
        );
    }
});

/// Returns the filter of `tracing-subscriber`, unless the text has words that mean something else there: level names of
/// Powertools, `*`, spans, parts and levels that are empty (ERROR there), and numbers of several digits. Without a level of its own, ours has INFO.
fn theirs(text: &str) -> Option<Targets> {
    let words: Vec<_> = text.split([',', '=']).collect();
    let is_common = |word: &&str| {
        let level = ["warning", "critical", "fatal", "silent"];
        word.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b":_".contains(&byte))
            && level.iter().all(|level| !word.eq_ignore_ascii_case(level))
            && !(word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let is_level = |part: &str| part.parse::<tracing::level_filters::LevelFilter>().is_ok();
    let has_default = text.split(',').any(|part| !part.is_empty() && is_level(part));
    let is_filled = text
        .split(',')
        .all(|part| !part.is_empty() && !part.starts_with('=') && !part.ends_with('='));
    (words.iter().all(is_common) && has_default && is_filled).then(|| text.parse().ok())?
}

/// Asks for each level of some targets.
fn enabled() -> Vec<(&'static str, Level, bool)> {
    macro_rules! ask {
        ($($target:literal)*) => {
            [$(
                ($target, Level::ERROR, tracing::enabled!(target: $target, Level::ERROR)),
                ($target, Level::WARN, tracing::enabled!(target: $target, Level::WARN)),
                ($target, Level::INFO, tracing::enabled!(target: $target, Level::INFO)),
                ($target, Level::DEBUG, tracing::enabled!(target: $target, Level::DEBUG)),
                ($target, Level::TRACE, tracing::enabled!(target: $target, Level::TRACE)),
            )*]
        };
    }
    ask!("a" "a::b" "ab" "orders" "orders::db" "info").to_vec()
}
