//! Runs the examples of crates/powertools-lambda/docs/operations.md over the run of the shopping cart in `sample`.

use std::collections::BTreeMap;
use std::path::Path;

use insights::{Document, Query, check};
use powertools_telemetry::Telemetry;
use serde_json::{Value, json};

const DOCUMENT: &str = include_str!("../../../../crates/powertools-lambda/docs/operations.md");

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sample"))
}

fn sample() -> Telemetry {
    Telemetry::read(folder()).unwrap()
}

/// Returns each function's lines.
fn logs() -> BTreeMap<String, Vec<String>> {
    let files = folder().join("logs").read_dir().unwrap();
    files
        .map(|file| {
            let path = file.unwrap().path();
            let function = path.file_stem().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(path).unwrap();
            (function, text.lines().map(str::to_owned).collect())
        })
        .collect()
}

#[test]
fn every_output_is_what_the_sample_gives() {
    let given = Document::new(DOCUMENT).with_outputs(&sample()).unwrap();
    guide_check::assert_same("crates/powertools-lambda/docs/operations.md", DOCUMENT, &given);
    let given = Document::new(given);
    guide_check::check("crates/powertools-lambda/docs/operations.md", DOCUMENT, "", |guide| {
        for query in given.queries() {
            guide.ran(query.line);
            guide.output_below(query.line, "text", query.output.unwrap_or_default());
        }
        guide.left_out("$ cargo run -p insights", "it runs these examples");
        guide.left_out("$ aws cloudformation deploy", "it needs an account");
        for resource in ["FunctionsFail", "ProductServiceFails", "RecordsFail"] {
            guide.left_out(&format!("  {resource}:"), "the tests of the template compare it");
        }
        guide.left_out(
            "            {\"type\": \"metric\"",
            "the tests of the template compare it",
        );
    });
}

#[test]
fn every_example_finds_something_and_shows_it() {
    let document = Document::new(DOCUMENT);
    let examples = check(&document, &sample()).unwrap();
    assert_eq!(
        examples,
        DOCUMENT.matches("```insights").count() + document.filters().len()
    );
    assert!(examples > 30, "only {examples} examples");
    for query in document.queries() {
        assert!(query.output.is_some(), "line {}: no output is shown", query.line);
    }
}

#[test]
fn a_query_that_finds_nothing_or_cannot_be_read_is_a_problem_with_its_line() {
    let text = "# A\n\n```insights\nfilter level = \"NONE\"\n```\n\n```insights\nfilter\n```\n\n\
                ```insights\nfilter a = \"A_ID\"\n```\n\n\
                | filter expression | finds | matches |\n|---|---|---|\n| `http.status = 999` | none | 0 of 1 |\n";
    let problems = check(&Document::new(text), &sample()).unwrap_err();
    let first = |problem: &insights::Problem| problem.message.lines().next().unwrap().to_owned();
    let shown: Vec<_> = problems.iter().map(|problem| (problem.line, first(problem))).collect();
    let expected = [
        (4, "returns nothing"),
        (
            8,
            "line 2, column 1: expected a value: a field, a number, a text or a function, found the end",
        ),
        (12, "the preceding query has no column `a_id` to replace A_ID"),
        (17, "matches no trace"),
    ];
    assert_eq!(shown, expected.map(|(line, message)| (line, message.to_owned())));
    assert!(check(&Document::new("# No examples\n"), &sample()).is_err());
}

#[test]
fn documents_that_cannot_be_read_are_a_problem() {
    let mut telemetry = sample();
    telemetry.add_documents("{\"id\":\"7\"}\nno JSON\n");
    let document = Document::new(DOCUMENT);
    let problems = [
        check(&document, &telemetry).unwrap_err(),
        document.with_outputs(&telemetry).unwrap_err(),
    ];
    for problems in problems {
        let messages: Vec<_> = problems.iter().map(|problem| &*problem.message).collect();
        assert_eq!(
            messages,
            ["2 documents of the run cannot be read, the first: {\"id\":\"7\"}"]
        );
    }
}

#[test]
fn errors_by_function_are_those_that_the_records_say() {
    let mut expected = BTreeMap::<String, usize>::new();
    for (function, lines) in logs() {
        let records = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let errors = records.filter(|record| record["level"] == "ERROR").count();
        if errors > 0 {
            expected.insert(function, errors);
        }
    }
    let document = Document::new(DOCUMENT);
    let table = document.queries()[0].query.parse::<Query>().unwrap().run(&sample());
    let found: BTreeMap<_, _> = (0..table.len())
        .map(|row| {
            let errors: usize = table.get(row, "errors").unwrap().parse().unwrap();
            (table.get(row, "function").unwrap(), errors)
        })
        .collect();
    assert!(!expected.is_empty());
    assert_eq!(found, expected);
}

/// Returns a REPORT line as Lambda writes it with `LogFormat: JSON`, which the local AWS does not support:
/// <https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-report>
fn platform_report(line: &str, time: &str) -> String {
    let part = |name: &str| {
        let (_, rest) = line.split_once(name).unwrap();
        rest.split(['\t', ' ']).next().unwrap()
    };
    let number = |name: &str| part(name).parse::<u64>().unwrap();
    let report = json!({
        "time": time,
        "type": "platform.report",
        "record": {
            "requestId": part("RequestId: "),
            "metrics": {
                "durationMs": number("\tDuration: "),
                "billedDurationMs": number("Billed Duration: "),
                "memorySizeMB": number("Memory Size: "),
                "maxMemoryUsedMB": number("Max Memory Used: "),
            },
            "status": "success",
        },
    });
    report.to_string()
}

#[test]
fn the_queries_over_reports_take_both_of_lambdas_log_formats() {
    let mut as_json = Telemetry::default();
    for (function, lines) in logs() {
        let mut time = String::new();
        let mut converted = String::new();
        for line in lines {
            if let Ok(record) = serde_json::from_str::<Value>(&line) {
                time = match record["timestamp"].as_str() {
                    Some(timestamp) => timestamp.to_owned(),
                    None => jiff::Timestamp::from_millisecond(record["_aws"]["Timestamp"].as_i64().unwrap())
                        .unwrap()
                        .to_string(),
                };
            }
            match line.split(' ').next() {
                Some("REPORT") => converted.push_str(&platform_report(&line, &time)),
                Some("START" | "END") => continue,
                _ => converted.push_str(&line),
            }
            converted.push('\n');
        }
        as_json.add_log(&function, &converted);
    }
    let document = Document::new(DOCUMENT);
    let queries = document.queries();
    let reports = queries
        .iter()
        .filter(|example| example.query.contains("platform.report"));
    assert!(reports.clone().count() >= 5);
    for example in reports {
        let query: Query = example.query.parse().unwrap();
        assert_eq!(
            query.run(&as_json).to_string(),
            query.run(&sample()).to_string(),
            "line {}",
            example.line
        );
    }
}

#[test]
fn what_ends_the_process_is_an_error_in_either_format() {
    let lines = "2026-11-25T15:45:42.000Z 7f04da98 Task timed out after 10.01 seconds\n\
                 {\"time\":\"2026-11-25T15:45:43.000Z\",\"type\":\"platform.report\",\"record\":{\"status\":\"timeout\"}}\n\
                 {\"time\":\"2026-11-25T15:45:44.000Z\",\"type\":\"platform.report\",\"record\":{\"status\":\"success\"}}\n";
    let mut telemetry = Telemetry::default();
    telemetry.add_log("checkout", lines);
    let document = Document::new(DOCUMENT);
    let table = document.queries()[0].query.parse::<Query>().unwrap().run(&telemetry);
    assert_eq!(
        table.to_string(),
        "function  errors  last_error\ncheckout       2  timeout\n"
    );
}
