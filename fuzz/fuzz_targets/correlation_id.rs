//! A correlation id is found where `serde_json` finds it with the same JSON pointer.
//!
//! Input: the pointer on the first line, then the event.
#![no_main]

use libfuzzer_sys::fuzz_target;
use powertools_lambda_fuzz::input::first_line;
use powertools_lambda_fuzz::json::without_repeated_names;
use powertools_lambda_logger::CorrelationIdPath;
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    let (pointer, event) = first_line(data);
    let header = CorrelationIdPath::header(&pointer).or(CorrelationIdPath::APPLICATION_LOAD_BALANCER);
    assert!(header.find(event).is_none_or(|id| id.as_str().len() <= 256));
    let Ok(path) = pointer.parse::<CorrelationIdPath>() else {
        return;
    };
    let found = path.find(event);
    let id = found.as_ref().map(|id| id.as_str());
    assert!(id.is_none_or(|id| (1..=256).contains(&id.len())));
    let Ok(event) = without_repeated_names(event) else {
        return;
    };
    match event.pointer(&pointer) {
        Some(Value::String(text)) if !text.is_empty() => {
            let id = id.expect("a text is an id");
            assert!(text.starts_with(id) && (id.len() == text.len() || text.len() > 256));
        }
        Some(Value::Number(number)) => {
            let as_float = |id: &str| id.parse::<f64>().ok();
            assert!(id.is_none() || id.and_then(as_float) == number.as_f64());
        }
        _ => assert_eq!(id, None),
    }
});
