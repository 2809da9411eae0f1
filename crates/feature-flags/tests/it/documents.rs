//! Which documents are refused, and how the error names the place.

use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_feature_flags::{DocumentFormat, FeatureFlags, TextSource};
use serde_json::{Value, json};

use crate::common::{refused, with_conditions};

async fn error_of(document: &Value) -> String {
    let error = refused(&document.to_string(), Some(DocumentFormat::Powertools)).await;
    error.map_or_else(|| "valid".to_owned(), |error| error.to_string())
}

#[tokio::test]
async fn an_invalid_document_is_refused_with_the_place_and_the_reason() {
    let rule = |rule: Value| json!({ "f": { "default": true, "rules": { "r": rule } } });
    let condition = json!({ "action": "EQUALS", "key": "k", "value": 1 });
    for (document, expected) in [
        (json!([1]), "the document must be an object of features by name"),
        (json!(null), "the document must be an object of features by name"),
        (
            json!({"f": 1}),
            r#"feature "f": a feature must be an object with `default`"#,
        ),
        (
            json!({"f": {}}),
            r#"feature "f": a feature must be an object with `default`"#,
        ),
        (
            json!({"f": {"rules": {}}}),
            r#"feature "f": `default` must be present and not null"#,
        ),
        (
            json!({"f": {"default": null}}),
            r#"feature "f": `default` must be present and not null"#,
        ),
        (
            json!({"f": {"default": "yes"}}),
            r#"feature "f": `default` must be true or false, unless `boolean_type` is false"#,
        ),
        (
            json!({"f": {"default": 1, "boolean_type": "no"}}),
            r#"feature "f": `boolean_type` must be true or false"#,
        ),
        (
            json!({"f": {"default": true, "rules": [1]}}),
            r#"feature "f": `rules` must be an object"#,
        ),
        (
            json!({"f": {"default": true, "rules": {"": {"when_match": true, "conditions": [condition]}}}}),
            r#"feature "f", rule "": the name of a rule must not be empty"#,
        ),
        (
            rule(json!(1)),
            r#"feature "f", rule "r": a rule must be an object with `when_match` and `conditions`"#,
        ),
        (
            rule(json!({"when_match": "yes", "conditions": [condition]})),
            r#"feature "f", rule "r": `when_match` must be true or false, unless the feature's `boolean_type` is false"#,
        ),
        (
            rule(json!({"when_match": true})),
            r#"feature "f", rule "r": `conditions` must be a list that is not empty"#,
        ),
        (
            rule(json!({"when_match": true, "conditions": []})),
            r#"feature "f", rule "r": `conditions` must be a list that is not empty"#,
        ),
        (
            rule(json!({"when_match": true, "conditions": [condition, 1]})),
            r#"feature "f", rule "r", condition 2: a condition must be an object with `action`, `key` and `value`"#,
        ),
    ] {
        assert_eq!(error_of(&document).await, expected, "{document}");
    }
}

#[tokio::test]
#[allow(clippy::too_many_lines)] // a table
async fn an_invalid_condition_is_refused_with_the_reason() {
    let time = "SCHEDULE_BETWEEN_TIME_RANGE";
    let date_time = "SCHEDULE_BETWEEN_DATETIME_RANGE";
    let days = "SCHEDULE_BETWEEN_DAYS_OF_WEEK";
    for (action, key, value, expected) in [
        ("EQUALS", json!(""), json!(1), "`key` must be a text that is not empty"),
        ("EQUALS", json!(1), json!(1), "`key` must be a text that is not empty"),
        (
            "EQUALS",
            json!("k"),
            json!(null),
            "`value` must be present and not null",
        ),
        (
            "ALL_IN_VALUE",
            json!("k"),
            json!("a"),
            "`value` of ALL_IN_VALUE must be a list",
        ),
        (
            "ANY_IN_VALUE",
            json!("k"),
            json!({}),
            "`value` of ANY_IN_VALUE must be a list",
        ),
        (
            "NONE_IN_VALUE",
            json!("k"),
            json!(1),
            "`value` of NONE_IN_VALUE must be a list",
        ),
        (
            "MODULO_RANGE",
            json!("k"),
            json!(5),
            "`value` of MODULO_RANGE must be an object with `BASE`, `START` and `END`",
        ),
        (
            "MODULO_RANGE",
            json!("k"),
            json!({"BASE": 10, "START": 5}),
            "`value.END` is missing",
        ),
        (
            "MODULO_RANGE",
            json!("k"),
            json!({"BASE": 10, "START": "5", "END": 9}),
            "`value.START` must be an integer",
        ),
        (
            "MODULO_RANGE",
            json!("k"),
            json!({"BASE": true, "START": 0, "END": 0}),
            "`value.BASE` must be an integer",
        ),
        (
            "MODULO_RANGE",
            json!("k"),
            json!({"BASE": 10.0, "START": 0, "END": 0}),
            "`value.BASE` must be an integer of up to 64 bits",
        ),
        (
            "MODULO_RANGE",
            json!("k"),
            json!({"BASE": 10, "START": 0, "END": 10}),
            "`value` of MODULO_RANGE must satisfy 0 <= START <= END <= BASE - 1",
        ),
        (
            "MODULO_RANGE",
            json!("k"),
            json!({"BASE": 0, "START": 0, "END": 0}),
            "`value` of MODULO_RANGE must satisfy 0 <= START <= END <= BASE - 1",
        ),
        (
            time,
            json!("NOW"),
            json!({"START": "09:00", "END": "10:00"}),
            r#"`key` of SCHEDULE_BETWEEN_TIME_RANGE must be "CURRENT_TIME""#,
        ),
        (
            time,
            json!("CURRENT_TIME"),
            json!("09:00"),
            "`value` of SCHEDULE_BETWEEN_TIME_RANGE must be an object with `START` and `END`",
        ),
        (
            time,
            json!("CURRENT_TIME"),
            json!({"START": "09:00"}),
            "`value.END` is missing",
        ),
        (
            time,
            json!("CURRENT_TIME"),
            json!({"START": 9, "END": "10:00"}),
            "`value.START` must be a text",
        ),
        (
            date_time,
            json!("CURRENT_DATETIME"),
            json!({"START": "2026-02-11T09:00:00Z", "END": "2026-02-12"}),
            "`value.START` must not have an offset: set `value.TIMEZONE` instead",
        ),
        (
            date_time,
            json!("CURRENT_DATETIME"),
            json!({"START": "2026-02-11", "END": "2026-02-12T09:00-05:00"}),
            "`value.END` must not have an offset: set `value.TIMEZONE` instead",
        ),
        (
            days,
            json!("CURRENT_DAY_OF_WEEK"),
            json!({"DAYS": ["monday"]}),
            "`value.DAYS` must contain only MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY",
        ),
        (
            days,
            json!("CURRENT_DAY_OF_WEEK"),
            json!({"DAYS": "MONDAY"}),
            "`value` must be an object with a list `DAYS`",
        ),
        (
            days,
            json!("CURRENT_DAY_OF_WEEK"),
            json!({"DAYS": [], "TIMEZONE": 1}),
            "`value.TIMEZONE` must be a text",
        ),
    ] {
        let document = with_conditions(&json!([{ "action": action, "key": key, "value": value }]));
        let expected = format!(r#"feature "f", rule "r", condition 1: {expected}"#);
        assert_eq!(error_of(&document).await, expected, "{document}");
    }
    let unknown = with_conditions(&json!([{ "action": "equals", "key": "k", "value": 1 }]));
    let error = refused(&unknown.to_string(), None).await.unwrap();
    assert_eq!(
        (error.feature(), error.rule(), error.condition()),
        (Some("f"), Some("r"), Some(1))
    );
    assert!(
        error
            .to_string()
            .contains(r#"`action` "equals" is unknown; it must be one of EQUALS, NOT_EQUALS, "#)
    );
}

#[tokio::test]
async fn times_dates_and_zones_have_one_form() {
    for time in [
        "9:00",
        "24:00",
        "09:60",
        "09:00:00",
        " 09:00",
        "09-00",
        "",
        "０９:00",
        "+9:00",
    ] {
        let value = json!({ "START": time, "END": "10:00" });
        let condition = json!([{ "action": "SCHEDULE_BETWEEN_TIME_RANGE", "key": "CURRENT_TIME", "value": value }]);
        let error = error_of(&with_conditions(&condition)).await;
        assert!(
            error.ends_with("`value.START` must be a time of the form HH:MM, 00:00 to 23:59"),
            "{time}: {error}"
        );
    }
    for date in [
        "",
        "nope",
        "2026-02-30",
        "2026-2-1",
        "2026-02-11T",
        "2026-02-11T24:00",
        "2026-02-11T09:00:60",
        "0000-01-01",
        " 2026-02-11",
        "2026-02-11 ",
        "2026-W60-1",
        "-002026-02-11",
        "2026-02-11[UTC]",
    ] {
        let value = json!({ "START": "2026-02-11", "END": date });
        let condition =
            json!([{ "action": "SCHEDULE_BETWEEN_DATETIME_RANGE", "key": "CURRENT_DATETIME", "value": value }]);
        let error = error_of(&with_conditions(&condition)).await;
        assert!(
            error.contains("`value.END` must be an ISO 8601 date and time"),
            "{date}: {error}"
        );
    }
    for zone in [
        "Mars/Olympus",
        "europe/berlin",
        "utc",
        "+01:00",
        "EST5EDT,M3.2.0,M11.1.0",
        "/etc/localtime",
        " UTC",
    ] {
        let value = json!({ "DAYS": [], "TIMEZONE": zone });
        let condition =
            json!([{ "action": "SCHEDULE_BETWEEN_DAYS_OF_WEEK", "key": "CURRENT_DAY_OF_WEEK", "value": value }]);
        let error = error_of(&with_conditions(&condition)).await;
        assert!(
            error.contains("must be the IANA name of a time zone"),
            "{zone}: {error}"
        );
    }
}

#[tokio::test]
async fn every_invalid_text_is_refused() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    for text in ["", "{", "no JSON", "{\"f\": NaN}", "{} {}", "\u{feff}{}", &deep] {
        let error = refused(text, None).await.unwrap().to_string();
        assert!(error.starts_with("the document is not JSON: "), "{text}: {error}");
    }
}

#[tokio::test]
async fn what_is_valid_but_probably_a_mistake_is_one_warning() {
    for (document, expected) in [
        (
            json!({}),
            vec!["feature flags in the text: the document has no features"],
        ),
        (
            json!({"f": {"default": true, "rules": {}}}),
            vec![r#"feature flags in the text: feature "f" has `rules`, but they are empty"#],
        ),
        (
            json!({"f": {"default": true, "rules": []}}),
            vec![r#"feature flags in the text: feature "f" has `rules`, but they are empty"#],
        ),
        (json!({"f": {"default": true, "comment": "not ours"}}), vec![]),
    ] {
        let environment = TestEnvironment::new();
        let flags = crate::common::flags(&document, &environment);
        for _ in 0..3 {
            flags.is_enabled_or("f", &(), true).await;
        }
        let warnings = environment.warnings();
        let warnings: Vec<_> = warnings
            .iter()
            .filter(|text| !text.contains("is not in the document"))
            .collect();
        assert_eq!(warnings, expected, "{document}");
    }
}

#[tokio::test]
async fn the_format_is_recognized_only_if_it_fits_every_feature() {
    let powertools = json!({ "default": true });
    let native = json!({ "enabled": true });
    for (document, expected) in [
        (json!({"f": powertools}), Ok(())),
        (json!({"f": native, "g": {"enabled": false, "limit": 3}}), Ok(())),
        (json!({"f": native, "g": {"_variants": []}}), Ok(())),
        (
            json!({"f": powertools, "g": native}),
            Err("it has another format than the features before it"),
        ),
        (
            json!({"f": {"default": true, "enabled": true}}),
            Err("it has both `default` and `enabled`"),
        ),
        (
            json!({"f": {"rules": {}}}),
            Err("it has neither `default` nor `enabled`"),
        ),
        (json!({"f": 1}), Err("it has neither `default` nor `enabled`")),
    ] {
        let error = refused(&document.to_string(), None)
            .await
            .map(|error| error.to_string());
        match expected {
            Ok(()) => assert_eq!(error, None, "{document}"),
            Err(reason) => assert!(error.unwrap().contains(reason), "{document}"),
        }
    }
    // The source says what it is.
    let both = json!({"f": {"default": true, "enabled": false}}).to_string();
    for (format, expected) in [(DocumentFormat::Powertools, true), (DocumentFormat::AppConfig, false)] {
        let source = TextSource::new(both.as_str()).format(format);
        assert_eq!(FeatureFlags::new(source).is_enabled("f", &()).await, expected);
    }
}

#[tokio::test]
async fn an_envelope_points_to_the_features() {
    let document = json!({"shop": {"a/b": {"cart": {"default": true}}}}).to_string();
    let environment = TestEnvironment::new();
    let of = |envelope: &str| {
        let source = TextSource::new(document.as_str());
        FeatureFlags::builder(source)
            .envelope(envelope)
            .environment(&environment)
            .build()
    };
    assert!(of("/shop/a~1b").is_enabled("cart", &()).await);
    let error = of("/shop/nothing").snapshot(&()).await.unwrap_err();
    assert_eq!(
        error.document().unwrap().to_string(),
        r#"the document has nothing at "/shop/nothing": correct the envelope of the flags"#
    );
}
