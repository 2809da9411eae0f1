//! `problems`, which finds what is wrong with the events of a template's functions.
//!
//! cfn-lint 1.58 does not look into a SAM function's events: it accepts any property, name and value there. With
//! `ReportBatchItemFailure` for `ReportBatchItemFailures`, Lambda ignores the response, and failed records are lost.

use serde_json::Value;

/// The events that deliver batches, each with the properties that only it has.
const BATCHES: [(&str, &[&str]); 5] = [
    ("SQS", &["Queue", "ScalingConfig"]),
    ("Kinesis", STREAM),
    ("DynamoDB", STREAM),
    (
        "MSK",
        &[
            "ConsumerGroupId",
            "SchemaRegistryConfig",
            "SourceAccessConfigurations",
            "Stream",
            "Topics",
        ],
    ),
    (
        "SelfManagedKafka",
        &[
            "ConsumerGroupId",
            "KafkaBootstrapServers",
            "SchemaRegistryConfig",
            "SourceAccessConfigurations",
            "Topics",
        ],
    ),
];

const STREAM: &[&str] = &["ParallelizationFactor", "Stream", "TumblingWindowInSeconds"];

/// The properties of every event that delivers batches.
const COMMON: [&str; 8] = [
    "BatchSize",
    "Enabled",
    "FilterCriteria",
    "FunctionResponseTypes",
    "KmsKeyArn",
    "MaximumBatchingWindowInSeconds",
    "MetricsConfig",
    "ProvisionedPollerConfig",
];

/// The properties of streams and Kafka in addition.
const ORDERED: [&str; 6] = [
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "StartingPosition",
    "StartingPositionTimestamp",
];

/// The other events that our templates have; nothing is checked in them.
const OTHERS: [&str; 3] = ["Api", "HttpApi", "Schedule"];

const NUMBERS: [&str; 6] = [
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "TumblingWindowInSeconds",
];
const BOOLEANS: [&str; 2] = ["BisectBatchOnFunctionError", "Enabled"];
const POSITIONS: [&str; 3] = ["AT_TIMESTAMP", "LATEST", "TRIM_HORIZON"];

/// Returns the problems of a template's functions and mappings, each with its place.
///
/// Each mapping in our templates must switch partial responses on, because each of its functions returns one.
pub(super) fn problems(template: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, resource) in entries(&template["Resources"]) {
        let properties = &resource["Properties"];
        if resource["Type"] == "AWS::Lambda::EventSourceMapping" {
            check_response_types(name, properties, &mut problems);
        }
        for (event, content) in entries(&properties["Events"]) {
            check_event(&format!("{name}.{event}"), content, &mut problems);
        }
    }
    problems
}

fn check_event(place: &str, event: &Value, problems: &mut Vec<String>) {
    let kind = event["Type"].as_str().unwrap_or_default();
    let Some((_, only)) = BATCHES.iter().find(|(known, _)| *known == kind) else {
        if !OTHERS.contains(&kind) {
            problems.push(format!("{place}: the event has the unknown type {}", event["Type"]));
        }
        return;
    };
    let properties = &event["Properties"];
    for (name, value) in entries(properties) {
        let name = name.as_str();
        let is_known = COMMON.contains(&name) || only.contains(&name) || (kind != "SQS" && ORDERED.contains(&name));
        if !is_known {
            problems.push(format!("{place}: {kind} has no property `{name}`"));
        }
        // An object is an intrinsic function, such as `!Ref`.
        let fits = value.is_object()
            || match name {
                _ if NUMBERS.contains(&name) => value.is_i64(),
                _ if BOOLEANS.contains(&name) => value.is_boolean(),
                "StartingPosition" => POSITIONS.iter().any(|position| value == position),
                _ => true,
            };
        if !fits {
            problems.push(format!("{place}: `{name}` cannot be {value}"));
        }
    }
    if kind != "SQS" && properties["StartingPosition"].is_null() {
        problems.push(format!("{place}: `StartingPosition` is missing"));
    }
    check_response_types(place, properties, problems);
}

fn check_response_types(place: &str, properties: &Value, problems: &mut Vec<String>) {
    let given = &properties["FunctionResponseTypes"];
    if *given != serde_json::json!(["ReportBatchItemFailures"]) {
        problems.push(format!(
            "{place}: `FunctionResponseTypes` is {given}, expected [ReportBatchItemFailures]: \
             Lambda would take every failed batch for done"
        ));
    }
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problems_of(event: &Value) -> Vec<String> {
        problems(
            &json!({"Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": {"Events": {"E": event}}}}}),
        )
    }

    fn good(kind: &str) -> Value {
        let mut event = json!({"Type": kind, "Properties": {"BatchSize": 10, "FunctionResponseTypes": ["ReportBatchItemFailures"]}});
        if kind != "SQS" {
            event["Properties"]["StartingPosition"] = json!("LATEST");
        }
        event
    }

    #[test]
    fn every_kind_of_batch_is_accepted_as_the_guide_shows_it() {
        for (kind, _) in BATCHES {
            assert_eq!(problems_of(&good(kind)), [""; 0], "{kind}");
        }
        assert_eq!(problems_of(&json!({"Type": "Api"})), [""; 0]);
        assert_eq!(problems(&json!({})), [""; 0]);
    }

    #[test]
    fn what_cfn_lint_overlooks_is_refused() {
        for (name, value) in [
            ("FunctionResponseTypes", json!(["ReportBatchItemFailure"])),
            ("FunctionResponseTypes", json!(["reportBatchItemFailures"])),
            ("FunctionResponseTypes", json!("ReportBatchItemFailures")),
            ("FunctionResponseTypes", json!([])),
            ("FunctionResponseTypes", json!(null)),
            ("FunctionResponseType", json!(["ReportBatchItemFailures"])),
            ("StartingPosition", json!("TRIM_HORIZONS")),
            ("StartingPosition", json!(null)),
            ("BatchSize", json!("much")),
            ("BisectBatchOnFunctionError", json!("perhaps")),
            ("Queue", json!("q")),
        ] {
            let mut event = good("Kinesis");
            event["Properties"][name] = value.clone();
            assert!(!problems_of(&event).is_empty(), "{name}: {value}");
        }
        let mut without = good("SQS");
        without["Properties"]
            .as_object_mut()
            .unwrap()
            .remove("FunctionResponseTypes");
        assert_eq!(
            problems_of(&without),
            [
                "F.E: `FunctionResponseTypes` is null, expected [ReportBatchItemFailures]: Lambda would take every failed batch for done"
            ]
        );
        let mut of_a_stream = good("SQS");
        of_a_stream["Properties"]["StartingPosition"] = json!("LATEST");
        assert_eq!(
            problems_of(&of_a_stream),
            ["F.E: SQS has no property `StartingPosition`"]
        );
        assert_eq!(
            problems_of(&json!({"Type": "SQSS"})),
            [r#"F.E: the event has the unknown type "SQSS""#]
        );
        let mapping = json!({"Resources": {"M": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"FunctionResponseTypes": ["ReportBatchItemFailure"]}}}});
        assert_eq!(problems(&mapping).len(), 1);
    }
}
