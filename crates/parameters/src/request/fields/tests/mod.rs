//! Structs read from many parameters.

mod buffered;

use std::collections::BTreeMap;

use super::*;

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Config {
    currency: String,
    port: u16,
    rate: f64,
    on: bool,
    mode: Mode,
    list: Vec<u8>,
    database: Database,
    note: Option<String>,
    #[serde(default)]
    retries: u8,
}

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Database {
    environment: String,
    limits: BTreeMap<String, u8>,
}

#[derive(Debug, PartialEq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Fast,
    Safe,
}

const GOOD: [(&str, &str); 9] = [
    ("currency", "1234"),
    ("port", "5432"),
    ("rate", "1.5"),
    ("on", "true"),
    ("mode", "safe"),
    ("list", "[1, 2]"),
    ("database/environment", "db"),
    ("database/limits", r#"{"a": 1}"#),
    ("unknown/below", "is ignored"),
];

fn read_with(change: (&str, Option<&str>)) -> Result<Config, (Option<String>, DecodeError)> {
    let values: Vec<(String, Value)> = GOOD
        .iter()
        .filter(|(name, _)| *name != change.0)
        .map(|(name, text)| ((*name).to_owned(), Value::text(*text)))
        .chain(change.1.map(|text| (change.0.to_owned(), Value::text(text))))
        .collect();
    read(values.iter().map(|(name, value)| (name.as_str(), value)))
}

#[test]
fn each_name_is_a_field_read_as_the_type_of_the_field() {
    let config = read_with(("note", Some("x"))).unwrap();
    assert_eq!(
        config,
        Config {
            currency: "1234".to_owned(),
            port: 5432,
            rate: 1.5,
            on: true,
            mode: Mode::Safe,
            list: vec![1, 2],
            database: Database {
                environment: "db".to_owned(),
                limits: BTreeMap::from([("a".to_owned(), 1)]),
            },
            note: Some("x".to_owned()),
            retries: 0,
        }
    );
}

#[test]
fn an_error_names_the_value_and_does_not_show_it() {
    for (change, name, reason) in [
        (("port", Some("hunter2")), Some("port"), "expected u16"),
        (("port", Some("77777")), Some("port"), "expected u16"),
        (("on", Some("hunter2")), Some("on"), "expected a boolean"),
        (("mode", Some("hunter2")), Some("mode"), "expected enum Mode"),
        (
            ("list", Some("hunter2")),
            Some("list"),
            "expected value at line 1 column 1",
        ),
        (
            ("database/environment", None),
            Some("database"),
            "missing field `environment`",
        ),
        (("currency", None), None, "missing field `currency`"),
    ] {
        let (blamed, error) = read_with(change).unwrap_err();
        assert_eq!(blamed.as_deref(), name, "{change:?}");
        assert_eq!(error.to_string(), format!("transform fields: {reason}"), "{change:?}");
    }
}

fn read_from<T: DeserializeOwned>(values: &[(&str, &str)]) -> Result<T, (Option<String>, String)> {
    let values: Vec<_> = values.iter().map(|(name, text)| (*name, Value::text(*text))).collect();
    read(values.iter().map(|(name, value)| (*name, value))).map_err(|(name, error)| (name, error.to_string()))
}

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Scalars {
    flag: bool,
    small: i8,
    unsigned: u128,
    signed: i128,
    float: f32,
    double: f64,
    newtype: Percent,
    character: char,
    some: Option<Percent>,
    none: Option<u8>,
    numbers: BTreeMap<u8, bool>,
}

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Percent(u8);

#[test]
fn scalars_are_read_exactly() {
    let (unsigned, signed) = (u128::MAX.to_string(), i128::MIN.to_string());
    for (text, flag) in [
        ("True", true),
        ("1", true),
        ("yes", true),
        ("on", true),
        ("NO", false),
        ("off", false),
        ("0", false),
    ] {
        let scalars = read_from::<Scalars>(&[
            ("flag", text),
            ("small", "-128"),
            ("unsigned", &unsigned),
            ("signed", &signed),
            ("float", "0.1"),
            ("double", "1e-7"),
            ("newtype", " 99\n"),
            ("character", "x"),
            ("some", "5"),
            ("numbers/1", "yes"),
            ("numbers/200", "no"),
        ]);
        assert_eq!(
            scalars.unwrap(),
            Scalars {
                flag,
                small: -128,
                unsigned: u128::MAX,
                signed: i128::MIN,
                float: 0.1,
                double: 1e-7,
                newtype: Percent(99),
                character: 'x',
                some: Some(Percent(5)),
                none: None,
                numbers: BTreeMap::from([(1, true), (200, false)]),
            },
            "{text}"
        );
    }
}

#[test]
fn a_number_that_does_not_fit_is_an_error_and_not_rounded() {
    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code)]
    struct One<T> {
        number: T,
    }
    fn error_of<T: DeserializeOwned + fmt::Debug>(text: &str) -> String {
        let (name, error) = read_from::<One<T>>(&[("number", text)]).unwrap_err();
        assert_eq!(name.as_deref(), Some("number"), "{text}");
        error
    }
    assert_eq!(
        error_of::<u64>("18446744073709551616"),
        "transform fields: expected u64"
    );
    assert_eq!(error_of::<i64>("9223372036854775808"), "transform fields: expected i64");
    assert_eq!(error_of::<u8>("1.0"), "transform fields: expected u8");
    assert_eq!(error_of::<f64>("9007199254740993"), "transform fields: expected f64");
    assert_eq!(error_of::<f32>("1e39"), "transform fields: expected f32");
    assert_eq!(error_of::<u128>("-1"), "transform fields: expected u128");
    let error = error_of::<Vec<serde_json::Value>>(&format!("[{}]", u128::MAX));
    assert!(
        error.contains("(a number has more digits than its type holds)"),
        "{error}"
    );
    assert_eq!(error_of::<bool>("maybe"), "transform fields: expected a boolean");
}

#[test]
fn variants_with_data_are_json_or_names_below() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Mode {
        Off,
        Fixed(u16),
        Range { from: u8, to: u8 },
    }
    for (values, mode) in [
        (vec![("mode", "off\n")], Mode::Off),
        (vec![("mode", r#"{"fixed": 3}"#)], Mode::Fixed(3)),
        (vec![("mode/fixed", "3")], Mode::Fixed(3)),
        (
            vec![("mode/range/from", "1"), ("mode/range/to", "2")],
            Mode::Range { from: 1, to: 2 },
        ),
    ] {
        let read = read_from::<BTreeMap<String, Mode>>(&values).unwrap();
        assert_eq!(read["mode"], mode, "{values:?}");
    }
}

#[test]
fn a_map_of_texts_has_the_names_below_as_well() {
    let values = [
        ("currency", "EUR"),
        ("database", "x"),
        ("database/user", "shop"),
        ("mail/smtp/host", "h"),
    ];
    let texts = read_from::<BTreeMap<String, String>>(&values).unwrap();
    let expected = values.map(|(name, text)| (name.to_owned(), text.to_owned()));
    assert_eq!(texts, BTreeMap::from(expected));

    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code)] // they are printed
    struct Nested {
        labels: BTreeMap<String, u8>,
        groups: BTreeMap<String, BTreeMap<String, u8>>,
    }
    let nested = [
        ("labels/a", "1"),
        ("labels/b/c", "2"),
        ("groups/x/y", "3"),
        ("groups/x/z", "4"),
    ];
    let nested = read_from::<Nested>(&nested).unwrap();
    assert_eq!(
        format!("{nested:?}"),
        r#"Nested { labels: {"a": 1, "b/c": 2}, groups: {"x": {"y": 3, "z": 4}} }"#
    );
}
