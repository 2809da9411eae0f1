//! Any value of a parameter decodes or is an error that does not show it; JSON as `serde_json`, Base64 as it was encoded.
//!
//! Input: values of parameters, separated as calls.
#![no_main]

use std::error::Error;
use std::fmt::{Debug, Write};

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use libfuzzer_sys::fuzz_target;
use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_fuzz::invocation::block_on;
use powertools_lambda_parameters::test_util::MapProvider;
use powertools_lambda_parameters::{GetError, Parameters, Value as Parameter};
use serde::Deserialize;
use serde_json::Value;

const SECRET: &str = "hunter2-7c1e9";

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct Config {
    a: Option<u8>,
    b: Option<f64>,
    c: Option<Vec<String>>,
    d: Option<Level>,
    e: Option<std::collections::BTreeMap<String, i64>>,
    f: Option<bool>,
    g: Option<(char, u128)>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(dead_code)]
enum Level {
    Low,
    High { factor: f32 },
}

fuzz_target!(|data: &[u8]| {
    if data.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()) {
        return;
    }
    let store = MapProvider::new();
    for (value, name) in data.split(|byte| *byte == 0x1e).zip('a'..='g') {
        store.put(format!("/config/{name}"), Parameter::binary(value));
        store.put(
            format!("/secret/{name}"),
            Parameter::binary([value, SECRET.as_bytes()].concat()),
        );
    }
    store.put("/whole", Parameter::binary(data));
    store.put("/whole.json", Parameter::binary([data, SECRET.as_bytes()].concat()));
    store.put("/standard", Parameter::text(BASE64_STANDARD.encode(data)));
    store.put("/standard_bare", Parameter::text(BASE64_STANDARD_NO_PAD.encode(data)));
    store.put("/url_safe", Parameter::text(BASE64_URL_SAFE.encode(data)));
    store.put("/url_safe_bare", Parameter::text(BASE64_URL_SAFE_NO_PAD.encode(data)));
    let parameters = Parameters::builder(store).environment(&TestEnvironment::new()).build();
    block_on(async {
        for name in ["/standard", "/standard_bare", "/url_safe", "/url_safe_bare"] {
            assert_eq!(parameters.get(name).base64().await.expect("Base64"), data);
        }
        assert_eq!(parameters.get("/whole").bytes().await.expect("bytes"), data);
        if let Ok(json) = parameters.get("/whole").json::<Value>().await {
            assert_eq!(*json, serde_json::from_slice::<Value>(data).expect("valid JSON"));
        }
        let _ = parameters.get_multiple("/config").fields::<Config>().await;
        is_silent(parameters.get_multiple("/secret").fields::<Config>().await);
        is_silent(parameters.get_multiple("/secret").json::<Level>().await);
        is_silent(parameters.get("/whole.json").json::<Config>().await);
        is_silent(parameters.get("/whole.json").base64().await);
        is_silent(parameters.get("/whole.json").auto().await);
    });
});

/// Asserts that an error shows nothing of the value, in no link of its chain.
fn is_silent<T: Debug>(result: Result<T, GetError>) {
    let Err(error) = result else { return };
    let mut shown = String::new();
    let mut next: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(error) = next {
        write!(shown, "{error}\n{error:?}\n{error:#?}\n").expect("written");
        next = error.source();
    }
    assert!(!shown.contains(SECRET), "{shown}");
}
