//! A tracing header is read or refused, and what was read is printed as a header with the same parts.
#![no_main]

use libfuzzer_sys::fuzz_target;
use powertools_lambda_core::{Sampling, SegmentId, TraceHeader, TraceId};

fuzz_target!(|text: &str| {
    let _ = text.parse::<TraceId>();
    let _ = text.parse::<SegmentId>();
    let Ok(header) = text.parse::<TraceHeader>() else {
        return;
    };
    let printed = header.to_string();
    // It is sent in an HTTP header.
    assert!(printed.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && printed.len() <= text.len());
    assert_eq!(printed.parse::<TraceHeader>().expect("what was printed"), header);
    let child = header.child(SegmentId::from(0xab)).decide(Sampling::Sampled);
    let child: TraceHeader = child.to_string().parse().expect("a child");
    assert_eq!(child.root(), header.root());
    assert!(child.is_sampled() && child.parent() == Some(&SegmentId::from(0xab)));
    if let Some(traceparent) = child.traceparent() {
        let parts: Vec<_> = traceparent.split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [2, 32, 16, 2]);
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        assert!(parts.iter().all(|part| part.bytes().all(is_hex)));
    }
});
