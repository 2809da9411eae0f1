//! Any document of flags is compiled or refused with a reason, and evaluated with any context.
//!
//! Input: the format's letter and the context on the first line, then the document.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_feature_flags::{DocumentFormat, EvaluationContext, FeatureFlags, TextSource};
use powertools_lambda_fuzz::input::first_line;
use powertools_lambda_fuzz::invocation::block_on;
use serde_json::{Map, Value};

fuzz_target!(|data: &[u8]| {
    let (line, document) = first_line(data);
    let source = TextSource::new(String::from_utf8_lossy(document));
    let source = match line.bytes().next() {
        Some(b'p') => source.format(DocumentFormat::Powertools),
        Some(b'a') => source.format(DocumentFormat::AppConfig),
        _ => source,
    };
    let context: Map<String, Value> = serde_json::from_str(line.trim_start_matches(['p', 'a'])).unwrap_or_default();
    let context = EvaluationContext::from_iter(context);
    let flags = FeatureFlags::builder(source)
        .environment(&TestEnvironment::new())
        .build();
    block_on(async {
        match flags.snapshot(&context).await {
            Ok(snapshot) => {
                for name in snapshot.enabled() {
                    assert!(snapshot.is_enabled(name), "{name}");
                    let _ = snapshot.value(name, Value::Null);
                }
                snapshot.load::<BTreeMap<String, Value>>();
            }
            Err(error) => {
                let document = error.document().expect("the document is what can be wrong");
                assert!(!document.to_string().is_empty());
            }
        }
    });
});
