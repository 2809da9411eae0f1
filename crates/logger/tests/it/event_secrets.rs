//! Secrets in logged events, in the forms and encodings in which events of AWS services and bodies have them.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use powertools_lambda_logger::LogEvent;
use proptest::prelude::*;
use serde_json::{Value, json};

const SECRET: &str = "hunter2";
const REDACTED: &str = "[redacted]";

fn logged(event: &str) -> String {
    let mut line = Vec::new();
    LogEvent::new().max_bytes(1 << 20).write(event.as_bytes(), &mut line);
    String::from_utf8(line).unwrap()
}

/// Returns an event as it is logged.
fn logged_value(event: &Value) -> Value {
    serde_json::from_str(&logged(&event.to_string())).unwrap()
}

fn base64(text: impl AsRef<[u8]>) -> String {
    BASE64_STANDARD.encode(text)
}

fn bytes(text: &str) -> Value {
    text.bytes().map(u8::cast_signed).collect()
}

fn percent(text: &str) -> String {
    let encoded = |byte: u8| match byte {
        b'-' | b'.' | b'_' | b'~' | b'[' | b']' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encoded).collect()
}

/// The same event with a secret and with what replaces it.
fn assert_masked(event: impl Fn(&str) -> Value) {
    let expected = event(REDACTED);
    assert_eq!(logged_value(&event(SECRET)), expected);
    assert_eq!(logged_value(&expected), expected, "a logged event is logged unchanged");
}

#[test]
fn a_secret_in_a_base64_body_is_masked_and_encoded_again() {
    let http = |body: String| json!({"rawPath": "/", "body": base64(body), "isBase64Encoded": true});
    assert_masked(|secret| http(format!("user=ada&password={secret}")));
    assert_masked(|secret| http(json!({"user": "ada", "nested": [{"password": secret}]}).to_string()));
    assert_masked(|secret| http(format!("payload={}", percent(&json!({"token": secret}).to_string()))));
    assert_masked(|secret| {
        let name = "Content-Disposition: form-data; name=\"password\"";
        http(format!(
            "--b\r\n{name}\r\n\r\n{secret}\r\n--b\r\n{}\r\n\r\nx\r\n--b--\r\n",
            "…; name=\"city\""
        ))
    });
    assert_masked(|secret| {
        let body = base64(json!({ "password": secret }).to_string());
        json!({"isBase64Encoded": true, "body": body, "headers": {"accept": "*/*"}})
    });
    assert_masked(|secret| {
        let data = BASE64_URL_SAFE_NO_PAD.encode(format!("password={secret}"));
        json!({"request": {"body": {"inputTruncated": false, "encoding": "base64", "data": data}}})
    });
}

#[test]
fn base64_keeps_its_alphabet_and_padding() {
    for secret in ["a", "ab", "abc", "abcd"] {
        let text = |secret: &str| format!("\u{fbff}\u{fbff}&token={secret}");
        for engine in [
            BASE64_STANDARD,
            BASE64_URL_SAFE,
            BASE64_STANDARD_NO_PAD,
            BASE64_URL_SAFE_NO_PAD,
        ] {
            let encoded = engine.encode(text(secret));
            let logged = logged_value(&json!({ "data": encoded }));
            let logged = logged["data"].as_str().unwrap();
            let bare = |encoded: &str| encoded.trim_end_matches('=').to_owned();
            assert_eq!(bare(logged), bare(&engine.encode(text(REDACTED))));
            // A length that needs no padding does not say whether there would be any.
            if encoded.len() % 4 != 0 || encoded.ends_with('=') {
                assert_eq!(logged, engine.encode(text(REDACTED)));
            }
        }
    }
}

#[test]
fn a_secret_in_a_record_of_a_stream_is_masked_and_encoded_again() {
    let text = |secret: &str| json!({"id": 1, "client_secret": secret}).to_string();
    assert_masked(|secret| json!({"Records": [{"kinesis": {"partitionKey": "k", "data": base64(text(secret))}}]}));
    assert_masked(|secret| json!({"records": [{"recordId": "1", "data": base64(text(secret))}]}));
    assert_masked(|secret| {
        let headers = json!([{"trace": bytes("1")}, {"Authorization": bytes(secret)}, {"state": bytes(&text(secret))}]);
        json!({"records": {"orders-0": [{
            "topic": "orders", "partition": 0, "offset": 15,
            "key": base64(text(secret)), "value": base64(text(secret)), "headers": headers,
        }]}})
    });
    assert_masked(|secret| json!({"messages": [{"messageID": "1", "data": base64(text(secret))}]}));
    assert_masked(|secret| {
        let headers = json!({"x-auth": {"bytes": bytes(&format!("Bearer {secret}"))}});
        json!({"rmqMessagesByQueue": {"q::/": [{"basicProperties": {"headers": headers}, "data": base64(text(secret))}]}})
    });
    assert_masked(
        |secret| json!({"messageAttributes": {"a": {"dataType": "Binary", "binaryValue": base64(text(secret))}}}),
    );
    assert_masked(|secret| json!({"dynamodb": {"NewImage": {"a": {"B": base64(text(secret))}}}}));
}

#[test]
fn a_value_whose_name_is_beside_it_is_masked() {
    for (name, value) in [
        ("name", "value"),
        ("Name", "Value"),
        ("key", "value"),
        ("Key", "Value"),
        ("ParameterKey", "ParameterValue"),
        ("header", "values"),
        ("k", "v"),
        // The value comes first.
        ("zname", "value"),
    ] {
        let name = name.strip_prefix('z').unwrap_or(name);
        assert_masked(|secret| json!([{name: "Authorization", value: secret}, {name: "accept", value: "*/*"}]));
        assert_masked(|secret| {
            let reversed = format!(r#"[{{ "{value}": "{secret}", "{name}": "set-cookie" }}]"#);
            json!({ "body": reversed })
        });
        assert_masked(|secret| json!({ "body": format!(r#"{{"{name}":"token","{value}":"{secret}""#) }));
    }
    assert_masked(|secret| json!({"headers": [["Authorization", secret], ["accept", "*/*"]]}));
    assert_masked(|secret| json!({"body": json!([["cookie", secret]]).to_string()}));
    assert_eq!(
        logged(r#"{"value":["hunter2"],"n":1,"name":"password"}"#),
        r#"{"value":"[redacted]","n":1,"name":"password"}"#
    );
}

#[test]
fn credentials_are_masked_by_their_form() {
    assert_masked(|secret| json!({"identity": [format!("Bearer {secret}")]}));
    assert_masked(|secret| json!({"url": format!("postgres://admin:{secret}@db.internal/orders")}));
    let basic = base64(format!("ada:{SECRET}"));
    for (event, expected) in [
        (
            json!({"auth": format!("Basic {basic}")}),
            json!({"auth": "Basic [redacted]"}),
        ),
        (
            json!({"body": format!("a=1&auth=Basic%20{}", percent(&basic))}),
            json!({"body": "a=1&auth=Basic%20[redacted]"}),
        ),
    ] {
        assert_eq!(logged_value(&event), expected);
    }
}

#[test]
fn a_secret_in_a_part_of_a_multipart_form_is_masked_by_any_form_of_its_name() {
    for name in [
        "name=\"password\"",
        "name=\"user[password]\"",
        "name=\"user.password\"",
        "name=password",
        "name=user[password]",
        "filename=\"a\"; name=password",
    ] {
        let form = |secret: &str| format!("--b\r\nContent-Disposition: form-data; {name}\r\n\r\n{secret}\r\n--b--\r\n");
        assert_masked(|secret| json!({"body": form(secret)}));
        assert_masked(|secret| json!({"body": base64(form(secret)), "isBase64Encoded": true}));
    }
    let pem = |secret: &str| format!("-----BEGIN KEY-----\r\n{secret}\r\n-----END KEY-----\r\n");
    let form = |key: &str| {
        let part = "Content-Disposition: form-data; name=\"private_key\"";
        format!(
            "-----b\r\n{part}\r\n\r\n{key}\r\n-----b\r\n{}\r\n\r\n1\r\n-----b--\r\n",
            "…; name=\"n\""
        )
    };
    let two_keys = form(&(pem(SECRET) + &pem(SECRET)));
    for (event, expected) in [
        (json!({"body": two_keys}), json!({"body": form(REDACTED)})),
        (
            json!({"body": base64(&two_keys), "isBase64Encoded": true}),
            json!({"body": base64(form(REDACTED)), "isBase64Encoded": true}),
        ),
    ] {
        assert_eq!(logged_value(&event), expected);
    }
    let harmless = json!({"body": "--b\r\nContent-Disposition: form-data; name=passwords\r\n\r\nx\r\n--b--\r\n"});
    assert_eq!(logged_value(&harmless), harmless);
}

#[test]
fn a_secret_in_the_members_of_a_query_string_is_masked() {
    let url = |secret: &str| percent(&format!("https://a.example/?a=b&token={secret}"));
    // As API Gateway decodes them.
    assert_masked(
        |secret| json!({"queryStringParameters": {"user[password]": secret, "user.token": secret, "a": "100%"}}),
    );
    // A load balancer does not decode them.
    assert_masked(|secret| json!({"queryStringParameters": {"user%5Bpassword%5D": secret, "next": url(secret)}}));
    assert_masked(|secret| json!({"multiValueQueryStringParameters": {"next": ["%2F%20+%", url(secret)]}}));
    assert_masked(|secret| json!({"queryStringParameters": {"state": percent(&json!({"jwt": secret}).to_string())}}));
    assert_masked(|secret| json!({"body": json!({"next": url(secret)}).to_string()}));
    // Encoded twice.
    assert_masked(|secret| json!({"rawQueryString": format!("a=b&next={}", percent(&url(secret)))}));
    assert_masked(|secret| json!({"next": percent(&url(secret))}));
    assert_masked(|secret| json!({"params": [{"name": "user[password]", "value": secret}, ["user[token]", secret]]}));
}

#[test]
fn base64_of_more_than_64_kib_is_redacted_whole_and_not_before() {
    // With each length of the padding.
    for (length, is_redacted) in [
        (65_534, false),
        (65_535, false),
        (65_536, false),
        (65_537, true),
        (65_538, true),
    ] {
        let event = json!({"body": base64(" ".repeat(length)), "isBase64Encoded": true});
        assert_eq!(logged_value(&event)["body"] == REDACTED, is_redacted, "{length}");
    }
}

#[test]
fn base64_that_cannot_be_read_is_redacted_whole_if_the_event_says_that_it_is_base64() {
    let gzip = base64(b"\x1f\x8b\x08\0\0\0\0\0\0\xffpassword");
    let long = base64(json!({"password": SECRET, "padding": "x".repeat(70_000)}).to_string());
    for data in ["no base64!", "abcde", &base64(b"\xff\xd8\xff"), &gzip, &long] {
        for (event, pointer) in [
            (json!({"body": data, "isBase64Encoded": true}), "/body"),
            (
                json!({"Records": [{"kinesis": {"data": data}}]}),
                "/Records/0/kinesis/data",
            ),
            (
                json!({"records": {"t-0": [{"partition": 0, "offset": 1, "value": data}]}}),
                "/records/t-0/0/value",
            ),
            (json!({"awslogs": {"data": data}}), "/awslogs/data"),
        ] {
            assert_eq!(logged_value(&event).pointer(pointer), Some(&json!(REDACTED)), "{event}");
            let inner = json!({ "body": event.to_string() });
            let body = logged_value(&inner)["body"].as_str().unwrap().to_owned();
            let body: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(body.pointer(pointer), Some(&json!(REDACTED)), "{inner}");
        }
    }
    // Longer than the limit of the logged event.
    let mut line = Vec::new();
    let event = json!({"body": long, "isBase64Encoded": true}).to_string();
    LogEvent::new().write(event.as_bytes(), &mut line);
    assert_eq!(line, br#"{"body":"[redacted]","isBase64Encoded":true}"#);
}

#[test]
fn what_only_looks_like_an_encoding_is_logged_unchanged() {
    for event in [
        json!({"body": "hello", "isBase64Encoded": false}),
        json!({"body": base64("hello, world"), "isBase64Encoded": true}),
        json!({"Records": [{"kinesis": {"data": base64("hello")}}]}),
        json!({"id": "a1b2c3d4", "awsAccountId": "123456789012", "etag": base64(b"\xff\xfe\xfd\xfc\xfb\xfa")}),
        json!({"image": base64(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")}),
        json!({"matrix": [[1, 2, 3], [104, 105]], "value": 1, "key": "token"}),
        json!({"data": "hello", "messageId": "1"}),
        json!({"query": "a=%7Bb%7D&c=%20d+e&next=dG9rZW4="}),
        json!({"text": "Basic training, Bearer of news, https://a.example:80/@b"}),
        json!({"Sns": {"Signature": "EXAMPLE=="}}),
    ] {
        let expected = if event["key"] == "token" {
            // A name next to a value.
            json!({"matrix": [[1, 2, 3], [104, 105]], "value": REDACTED, "key": "token"})
        } else {
            event.clone()
        };
        assert_eq!(logged_value(&event), expected);
    }
}

#[test]
fn a_secret_in_the_query_of_a_presigned_url_is_masked() {
    for name in [
        "X-Amz-Signature",
        "Signature",
        "access_token",
        "refresh_token",
        "id_token",
        "client_secret",
    ] {
        assert_masked(|secret| json!({"url": format!("https://a.example/b?c=d&{name}={secret}")}));
        let url = |secret: &str| percent(&format!("https://a.example/b?{name}={secret}"));
        assert_masked(|secret| json!({"rawQueryString": format!("redirect={}&a=b", url(secret))}));
    }
    assert_masked(|secret| json!({"access_token": secret, "body": json!({"idToken": secret}).to_string()}));
}

#[test]
#[allow(clippy::disallowed_methods)] // the time of the machine is what is measured
fn an_adversarial_event_is_read_in_linear_time() {
    for unit in [
        r#"{"value":"#,
        r#"["token","#,
        "[1,",
        "Basic dTpw ",
        "Bearer ",
        "://a:b@",
        "x=%41&",
        "%25",
        "a=b",
        "=",
        "name=",
        "--b\n; name=token\n",
        "{",
        r#""a\"","#,
        r#"\""#,
        "eyJh",
    ] {
        let text = unit.repeat((1 << 17) / unit.len());
        let before = std::time::Instant::now();
        logged(&text);
        logged(&json!({ "body": text }).to_string());
        // Quadratic time is more than half a minute; linear time is less than a second, even without optimisation.
        assert!(before.elapsed().as_secs() < 15, "{unit}: {:?}", before.elapsed());
    }
}

/// How a secret is wrapped into an event, from the inside.
#[derive(Clone, Debug)]
enum Wrap {
    Member,
    Array,
    Text,
    Base64,
    Body,
    Kinesis,
    KafkaHeader,
    FormValue,
    Percent,
    Pair,
}

/// Wraps a value; text and bytes hold it as JSON.
fn wrap(value: Value, wrap: &Wrap) -> Value {
    let text = |value: Value| match value {
        Value::String(text) => text,
        value => value.to_string(),
    };
    match wrap {
        Wrap::Member => json!({"a": 1, "inner": value, "z": [true]}),
        Wrap::Array => json!(["a", value]),
        Wrap::Text => json!({ "body": value.to_string() }),
        Wrap::Base64 => json!({"payload": base64(text(value))}),
        Wrap::Body => json!({"body": base64(text(value)), "isBase64Encoded": true}),
        Wrap::Kinesis => json!({"kinesis": {"sequenceNumber": "1", "data": base64(text(value))}}),
        Wrap::KafkaHeader => json!({"headers": [{"state": bytes(&text(value))}]}),
        Wrap::FormValue => json!(format!("a=b&payload={}&c=d", percent(&text(value)))),
        Wrap::Percent => json!(percent(&text(value))),
        Wrap::Pair => json!({"name": "state", "value": value}),
    }
}

fn wraps() -> impl Strategy<Value = Vec<Wrap>> {
    let one = prop_oneof![
        Just(Wrap::Member),
        Just(Wrap::Array),
        Just(Wrap::Text),
        Just(Wrap::Base64),
        Just(Wrap::Body),
        Just(Wrap::Kinesis),
        Just(Wrap::KafkaHeader),
        Just(Wrap::FormValue),
        Just(Wrap::Percent),
        Just(Wrap::Pair),
    ];
    proptest::collection::vec(one, 0..4)
}

fn marked(kind: u8, name: &str, secret: &str) -> Value {
    match kind {
        0 => json!({"id": 7, name: secret}),
        1 => json!(format!("id=7&{name}={secret}&z=")),
        2 => json!({"name": name, "value": secret}),
        3 => json!({"Value": secret, "Key": name}),
        4 => json!([name, secret]),
        5 => json!({"headers": [{name: bytes(secret)}]}),
        _ => json!(format!("Bearer {secret}")),
    }
}

proptest! {
    #[test]
    fn a_marked_secret_survives_no_nesting_or_encoding(
        kind in 0..7_u8,
        name in prop::sample::select(vec!["Authorization", "cookie", "PASSWORD", "access_token", "client-secret", "X-Api-Key"]),
        secret in "[a-z]{3}[a-zA-Z0-9]{5,12}",
        wraps in wraps(),
    ) {
        let event = |secret: &str| wraps.iter().fold(marked(kind, name, secret), wrap);
        let line = logged(&event(&secret).to_string());
        // Valid JSON, and the same event but for the secret: it can be replayed.
        prop_assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), event(REDACTED), "{}", event(&secret));
    }

    #[test]
    fn any_encoded_event_is_one_line_of_json(
        kind in 0..7_u8,
        wraps in wraps(),
        cut in any::<prop::sample::Index>(),
        max_bytes in 64_usize..2_000,
    ) {
        let event = wraps.iter().fold(marked(kind, "password", SECRET), wrap).to_string();
        let event = &event[..event.floor_char_boundary(cut.index(event.len() + 1))];
        let mut line = Vec::new();
        LogEvent::new().max_bytes(max_bytes).write(event.as_bytes(), &mut line);
        prop_assert!(line.len() <= max_bytes && !line.contains(&b'\n'));
        prop_assert!(serde_json::from_slice::<Value>(&line).is_ok());
    }
}
