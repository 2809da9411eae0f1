//! Types that serde buffers: flattened structs, and tagged and untagged enums.

use super::*;

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Service {
    name: String,
    #[serde(flatten)]
    pool: Pool,
    database: Server,
    store: Store,
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
}

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Pool {
    port: u16,
    rate: f32,
    zip: String,
    tls: bool,
    limit: Option<i64>,
    hosts: Vec<String>,
    retries: Retries,
}

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Retries {
    most: u8,
}

/// An internally tagged enum.
#[derive(Debug, PartialEq, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Store {
    Memory { megabytes: u32, code: String },
    Disk { path: String },
}

#[derive(Debug, PartialEq, serde::Deserialize)]
#[serde(untagged)]
enum Server {
    Local { port: u16, fast: bool },
    Remote { port: String, host: String },
}

const SERVICE: [(&str, &str); 13] = [
    ("name", "1234"),
    ("port", "5432"),
    ("rate", "0.1"),
    ("zip", "01067"),
    ("tls", "True"),
    ("limit", "-5"),
    ("hosts", r#"["a", "b"]"#),
    ("retries/most", "3"),
    ("database/port", "80"),
    ("database/fast", "yes"),
    ("store/kind", "memory"),
    ("store/megabytes", "512"),
    ("store/code", "5432"),
];

#[test]
fn types_that_serde_buffers_are_read_as_well() {
    let rest = [("other/deep/name", "7"), ("other", "x"), ("zone", "1")];
    let values: Vec<_> = SERVICE.into_iter().chain(rest).collect();
    assert_eq!(
        read_from::<Service>(&values).unwrap(),
        Service {
            name: "1234".to_owned(),
            pool: Pool {
                port: 5_432,
                rate: 0.1,
                zip: "01067".to_owned(),
                tls: true,
                limit: Some(-5),
                hosts: vec!["a".to_owned(), "b".to_owned()],
                retries: Retries { most: 3 },
            },
            database: Server::Local { port: 80, fast: true },
            store: Store::Memory {
                megabytes: 512,
                code: "5432".to_owned(),
            },
            rest: rest
                .into_iter()
                .map(|(name, text)| (name.to_owned(), text.to_owned()))
                .collect(),
        }
    );
}

#[test]
fn an_error_of_a_buffered_type_names_the_value() {
    for (changed, text, reason) in [
        ("port", "hunter2", "expected u16"),
        ("port", "70000", "expected u16"),
        ("tls", "hunter2", "expected a boolean"),
        ("limit", "1.5", "expected i64"),
        ("hosts", "hunter2", "expected a sequence"),
        ("retries/most", "hunter2", "expected u8"),
        ("store/megabytes", "hunter2", "expected u32"),
        ("store/kind", "hunter2", r#"expected one of ["memory", "disk"]"#),
    ] {
        let values = SERVICE.map(|(name, before)| (name, if name == changed { text } else { before }));
        let (name, error) = read_from::<Service>(&values).unwrap_err();
        assert_eq!(error, format!("transform fields: {reason}"), "{changed}");
        assert_eq!(name.as_deref(), Some(changed), "{reason}");
    }
    let values = SERVICE.map(|(name, text)| (name, if name == "database/port" { "hunter2" } else { text }));
    let (name, error) = read_from::<Service>(&values).unwrap_err();
    assert_eq!(name.as_deref(), Some("database"));
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn an_untagged_enum_is_its_first_variant_that_fits() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(untagged)]
    enum Port {
        Number(u16),
        Flag(bool),
        Name(String),
    }
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(untagged)]
    enum Shape {
        Numbers { a: u8, b: u8, c: u8 },
        Mixed { a: String, b: u8 },
    }
    for (text, port) in [
        ("80", Port::Number(80)),
        ("yes", Port::Flag(true)),
        ("http", Port::Name("http".to_owned())),
        ("70000", Port::Name("70000".to_owned())),
    ] {
        let read = read_from::<BTreeMap<String, Port>>(&[("a", text), ("b", "80")]).unwrap();
        assert_eq!((&read["a"], &read["b"]), (&port, &Port::Number(80)), "{text}");
    }
    let mixed = read_from::<Shape>(&[("a", "1"), ("b", "2")]).unwrap();
    assert_eq!(
        mixed,
        Shape::Mixed {
            a: "1".to_owned(),
            b: 2
        }
    );
    let numbers = read_from::<Shape>(&[("a", "1"), ("b", "2"), ("c", "3")]).unwrap();
    assert_eq!(numbers, Shape::Numbers { a: 1, b: 2, c: 3 });
}

#[test]
fn a_number_of_128_bits_that_serde_cannot_buffer_is_an_error_with_its_name() {
    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code)]
    struct Outer {
        #[serde(flatten)]
        inner: Inner,
    }
    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code)]
    struct Inner {
        first: u8,
        wide: u128,
    }
    let (name, error) = read_from::<Outer>(&[("first", "1"), ("wide", "2")]).unwrap_err();
    assert_eq!(name.as_deref(), Some("wide"));
    assert_eq!(
        error,
        "transform fields: u128 is not supported in flattened structs, and in tagged and untagged enums"
    );
}

proptest::proptest! {
    /// A field reads the same in a struct and in a flattened one, for any texts.
    #[test]
    fn a_flattened_struct_reads_like_a_plain_one(port in "[0-9a-z.]{1,4}|-?[0-9]{1,5}", rate in "-?[0-9]{1,3}(\\.[0-9]{1,9})?", tls in "true|FALSE|1|0|yes|off|x", name in "[0-9a-z]{1,3}") {
        #[derive(Debug, PartialEq, serde::Deserialize)]
        struct Plain {
            port: i16,
            rate: f64,
            tls: bool,
            name: String,
            small: Option<u8>,
        }
        #[derive(Debug, PartialEq, serde::Deserialize)]
        struct Flattened {
            #[serde(flatten)]
            plain: Plain,
        }
        let values = [("port", &*port), ("rate", &*rate), ("tls", &*tls), ("name", &*name), ("small", &*name)];
        let plain = read_from::<Plain>(&values);
        let flattened = read_from::<Flattened>(&values).map(|flattened| flattened.plain);
        // Both may have several values that do not fit, and name one of them.
        proptest::prop_assert_eq!(plain.as_ref().ok(), flattened.as_ref().ok());
        if let (Err((plain, _)), Err((flattened, _))) = (&plain, &flattened) {
            proptest::prop_assert!(plain.is_some() && flattened.is_some());
        }
    }
}
