//! `fields::read`, which deserializes a struct from many parameters, each of which is a field.

mod choices;
mod failure;
mod scalar;
mod text;
mod tree;

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use crate::{DecodeError, Value};
use choices::{Choice, Choices, Form};
use failure::{Failure, Misfit, Refused, Span, recorded};
use tree::{Node, Shared, Tree};

/// The decoding into the struct `T`.
pub(crate) struct Of<T>(PhantomData<fn() -> T>);

impl<T> Of<T> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> fmt::Debug for Of<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Of({})", std::any::type_name::<T>())
    }
}

/// Reads `T` from named values; an error includes the name of the value that caused it, if it was one.
pub(crate) fn read<'v, T: DeserializeOwned>(
    values: impl Iterator<Item = (&'v str, &'v Value)>,
) -> Result<T, (Option<String>, DecodeError)> {
    let values = Values(values.collect());
    values.read().map_err(|failure: Failure| {
        let name = values
            .name_of(&failure)
            .or_else(|| values.name_by_omission::<T>(&failure));
        let name = name.map(str::to_owned).or(failure.path).filter(|name| !name.is_empty());
        let reason = failure.reason;
        let reason = reason.unwrap_or_else(|| format!("not a {}", std::any::type_name::<T>()));
        (name, DecodeError::new("fields", reason))
    })
}

/// How often a type is read again, in addition to four times for each value: enough for all but contrived untagged enums.
const MORE_ATTEMPTS: usize = 64;

/// All values, by name.
struct Values<'v>(Vec<(&'v str, &'v Value)>);

impl<'v> Values<'v> {
    /// Reads `T` and, while the type refuses a choice, makes another one and reads it again.
    ///
    /// Most types refuse nothing and are read once. If several choices succeed, the last one counts, in which an untagged
    /// enum is the first variant that fits. If all fail, the failure with the most choices is returned.
    fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        let mut made: Vec<Choice> = Vec::new();
        // For each number of choices, those that led nowhere.
        let mut useless: Vec<Vec<Choice>> = vec![Vec::new()];
        let mut best: Option<(usize, Result<T, Failure>)> = None;
        for _ in 0..MORE_ATTEMPTS + 4 * self.0.len() {
            let (result, wishes) = self.attempt::<T>(&Choices::of(&made), None);
            let failed = result.is_err();
            let is_better = match &best {
                Some((_, Ok(_))) => !failed,
                Some((choices, Err(_))) => !failed || made.len() > *choices,
                None => true,
            };
            if is_better {
                best = Some((made.len(), result));
            }
            let is_new = |wish: &Choice| !made.contains(wish) && !useless.iter().flatten().any(|there| there == wish);
            match wishes.into_iter().find(is_new) {
                Some(wish) => {
                    made.push(wish);
                    useless.push(Vec::new());
                }
                None if failed && !made.is_empty() => {
                    useless.pop();
                    useless
                        .last_mut()
                        .into_iter()
                        .for_each(|useless| useless.extend(made.pop()));
                }
                None => break,
            }
        }
        // It was set by the first attempt.
        best.map_or_else(|| Err(Failure::default()), |(_, result)| result)
    }

    /// Reads `T` once, without the value at `omitted`; returns the choices that it would like to have.
    fn attempt<T: DeserializeOwned>(
        &self,
        choices: &Choices,
        omitted: Option<usize>,
    ) -> (Result<T, Failure>, Vec<Choice>) {
        let mut root = Node::default();
        for (at, (name, value)) in self.0.iter().enumerate() {
            if omitted != Some(at) {
                root.put(name, value);
            }
        }
        let shared = Shared {
            choices,
            wishes: RefCell::default(),
            maps: RefCell::default(),
        };
        let tree = Tree {
            node: &root,
            path: String::new(),
            is_entry: false,
            shared: &shared,
        };
        let (result, misfits) = recorded(|| T::deserialize(tree));
        let mut wishes = shared.wishes.into_inner();
        for misfit in misfits {
            match misfit.refused {
                Refused::Text(text) => wishes.extend(self.form_of(text, &misfit)),
                // It is not known which of them was refused.
                Refused::Map => wishes.extend(shared.maps.borrow().iter().cloned().map(Choice::Unsplit)),
            }
        }
        (result, wishes)
    }

    fn form_of(&self, span: Span, misfit: &Misfit) -> Option<Choice> {
        let mut texts = self.0.iter().filter_map(|(name, value)| {
            let in_value = value.as_str().ok().and_then(|text| span.within(text));
            let in_value = in_value.map(|text| (text, value.is_list()));
            in_value.or_else(|| span.within(name).map(|name| (name, false)))
        });
        let (text, is_list) = texts.next()?;
        Form::of(text, is_list, &misfit.expected).map(|form| Choice::Form(span, form))
    }

    /// Returns the name of the value that a type refused.
    fn name_of(&self, failure: &Failure) -> Option<&'v str> {
        let span = failure.text?;
        let is_refused = |value: &Value| value.as_str().is_ok_and(|text| span.within(text).is_some());
        self.0
            .iter()
            .find(|(_, value)| is_refused(value))
            .map(|(name, _)| *name)
    }

    /// Returns the name of the only value without which the failure is another one.
    fn name_by_omission<T: DeserializeOwned>(&self, failure: &Failure) -> Option<&'v str> {
        if !failure.is_custom || failure.path.as_deref().is_some_and(|path| !path.is_empty()) {
            return None;
        }
        let makes_a_difference = |at: &usize| {
            let (result, _) = self.attempt::<T>(&Choices::default(), Some(*at));
            result.map_or_else(|without| without.reason != failure.reason, |_| true)
        };
        let mut names = (0..self.0.len()).filter(makes_a_difference);
        let only = names.next().filter(|_| names.next().is_none())?;
        self.0.get(only).map(|(name, _)| *name)
    }
}

#[cfg(test)]
mod tests {
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

    proptest::proptest! {
        /// A field reads the same in a struct and in a flattened one, whatever the texts are.
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
}
