//! Tests that queries mean what AWS's [documentation of the language] says.
//!
//! [documentation of the language]: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html

use insights::Query;
use powertools_telemetry::Telemetry;

/// Runs a query over the lines of one log group.
fn run(lines: &str, query: &str) -> String {
    let mut telemetry = Telemetry::default();
    telemetry.add_log("orders", lines);
    let query: Query = query.parse().unwrap_or_else(|error| panic!("{error}"));
    query.run(&telemetry).to_string()
}

/// Returns the names of the users that a query finds.
fn names(query: &str) -> String {
    let table = run(LINES, query);
    let (_, rows) = table.split_once("user.name\n").unwrap();
    rows.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn found(condition: &str) -> String {
    names(&format!("filter {condition} | fields user.name | sort @timestamp asc"))
}

fn error(query: &str) -> String {
    query.parse::<Query>().unwrap_err().to_string()
}

const LINES: &str = r#"{"timestamp":"2026-01-15T10:30:00.100Z","level":"INFO","ms":5,"user":{"name":"ann","roles":["a","b"]},"ok":true}
{"timestamp":"2026-01-15T10:30:01.200Z","level":"WARN","ms":"7.5","user":{"name":"bob"},"ok":false,"none":null}
{"timestamp":"2026-01-15T10:31:02.300Z","level":"INFO","ms":20,"user":{"name":"Bob"}}
"#;

// Supported logs and discovered fields: CWL_AnalyzeLogData-discoverable-fields.html

#[test]
fn nested_fields_and_arrays_have_paths_and_booleans_are_numbers() {
    let query = "fields user.name, user.roles.1, ok | sort @timestamp asc";
    let expected = "user.name  user.roles.1  ok\nann        b              1\nbob                       0\nBob\n";
    assert_eq!(run(LINES, query), expected);
}

#[test]
fn fields_of_reports_are_discovered() {
    let report = "START RequestId: r-1 Version: $LATEST\n\
                  {\"timestamp\":\"2026-01-15T10:30:00.000Z\"}\n\
                  REPORT RequestId: r-1\tDuration: 1.5 ms\tBilled Duration: 102 ms\tMemory Size: 128 MB\t\
                  Max Memory Used: 35 MB\tInit Duration: 100.25 ms\tXRAY TraceId: 1-5759e988-bd862e3fe1be46a994272793\t\
                  SegmentId: 53995c3f42cd8ad8\tSampled: true\n";
    let query = "filter @type = \"REPORT\" | fields @timestamp, @requestId, @duration, @billedDuration, @initDuration, \
                 @memorySize, @maxMemoryUsed, @xrayTraceId, @log";
    let table = run(report, query);
    let row = table.lines().nth(1).unwrap();
    let cells: Vec<_> = row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
    let expected = [
        "2026-01-15 10:30:00.000",
        "r-1",
        "1.5",
        "102",
        "100.25",
        "128000000",
        "35000000",
        "1-5759e988-bd862e3fe1be46a994272793",
        "000000000000:/aws/lambda/orders",
    ];
    assert_eq!(cells, expected);
}

#[test]
fn the_first_json_fragment_of_a_line_is_discovered_and_at_signs_are_doubled() {
    let lines = "2026 INFO {\"a\":1,\"@b\":2} {\"a\":3}\n";
    assert_eq!(run(lines, "fields a, @@b"), "a  @@b\n1    2\n");
}

// fields, display, filter: CWL_QuerySyntax-Fields.html, -Display.html, -Filter.html

#[test]
fn all_fields_commands_are_shown_or_the_last_display_alone() {
    let lines = "{\"a\":1,\"b\":2}\n";
    assert_eq!(run(lines, "fields a | fields b, a + b as c"), "a  b  c\n1  2  3\n");
    assert_eq!(run(lines, "fields a | display a, b | display b"), "b\n2\n");
    assert_eq!(
        run(lines, "filter a = 1"),
        "@timestamp  @message\n            {\"a\":1,\"b\":2}\n"
    );
}

#[test]
fn texts_that_are_numbers_compare_as_numbers() {
    assert_eq!(found("ms > 6 and ms < 10"), "bob");
}

#[test]
fn like_looks_for_a_part_or_for_a_regular_expression_and_knows_case() {
    assert_eq!(found("user.name like \"ob\""), "bob Bob");
    assert_eq!(found("user.name like /^b/"), "bob");
    assert_eq!(found("user.name =~ /(?i)^b/"), "bob Bob");
    assert_eq!(found("user.name not like /(?i)^b/"), "ann");
    assert_eq!(found("user.name like \".\""), "", "not a regular expression");
    assert_eq!(found("user.name in [\"ann\", \"Bob\"]"), "ann Bob");
    assert_eq!(found("user.name not in [\"ann\", \"Bob\"]"), "bob");
}

#[test]
fn not_binds_tighter_than_and_and_that_tighter_than_or() {
    assert_eq!(found("level = \"WARN\" or level = \"INFO\" and ms = 20"), "bob Bob");
    assert_eq!(found("(level = \"WARN\" or level = \"INFO\") and ms = 20"), "Bob");
    assert_eq!(found("not ispresent(ok) and level = \"INFO\""), "Bob");
    assert_eq!(found("not (ispresent(ok) and level = \"INFO\")"), "bob Bob");
    assert_eq!(found("ispresent(none)"), "", "null is a missing value");
}

#[test]
fn arithmetic_has_its_usual_order() {
    let query =
        "fields a - 2 - 3 as x, a + 2 * 3 as y, (a + 2) * 3 as z, 2 ^ 3 * 2 as p, a % 3 as m, -a / 4 as n, a / 0 as no";
    let expected = "x   y   z   p  m     n  no\n5  16  36  16  1  -2.5\n";
    assert_eq!(run("{\"a\":10}\n", query), expected);
}

#[test]
fn names_with_other_characters_stand_in_backticks_and_comments_are_left_out() {
    let query = "# what is odd\nfields `x-y` as odd # of all\n";
    assert_eq!(run("{\"x-y\":1}\n", query), "odd\n  1\n");
}

// parse, with the examples of CWL_QuerySyntax-Parse.html

#[test]
fn parse_takes_globs_and_regular_expressions_with_named_groups() {
    let line = "{\"text\":\"user=ann, method:get, latency := 25\"}\n";
    let glob =
        "parse text \"user=*, method:*, latency := *\" as user, method, latency | stats avg(latency) by method, user";
    assert_eq!(
        run(line, glob),
        "method  user  avg(latency)\nget     ann             25\n"
    );
    let regex = r"parse text /user=(?<user>\w+),.*:= (?<latency>\d+)/ | fields user, latency + 1 as more";
    assert_eq!(run(line, regex), "user  more\nann     26\n");
    let nothing = "parse text \"nobody=*\" as nobody | filter ispresent(nobody) | fields nobody";
    assert_eq!(run(line, nothing), "nobody\n");
}

// stats and sort: CWL_QuerySyntax-Stats.html, -Sort.html

#[test]
fn aggregates_leave_out_rows_without_the_value() {
    let query = "stats count(*) as rows, count(ok) as oks, count_distinct(level) as levels, sum(ms) as total, \
                 min(ms) as low, max(ms) as high, pct(ms, 50) as half, pct(ms, 100) as most, \
                 earliest(user.name) as first, latest(user.name) as last, sum(none) as none, \
                 avg(ms) as mean, sum(ms) / count(*) as same, high - 1 as less";
    let table = run(LINES, query);
    let cells: Vec<_> = table.lines().nth(1).unwrap().split_whitespace().collect();
    let expected = [
        "3", "2", "2", "32.5", "5", "20", "7.5", "20", "ann", "Bob", "10.8333", "10.8333", "19",
    ];
    assert_eq!(cells, expected);
}

#[test]
fn stats_group_by_fields_and_by_time() {
    let query = "stats count(*) as rows by level, bin(1m) as minute | sort minute desc, level asc";
    let expected = "level  minute                   rows\n\
                    INFO   2026-01-15 10:31:00.000     1\n\
                    INFO   2026-01-15 10:30:00.000     1\n\
                    WARN   2026-01-15 10:30:00.000     1\n";
    assert_eq!(run(LINES, query), expected);
    assert_eq!(run("", "stats count(*) as rows"), "rows\n   0\n");
    let after = "stats count(*) as rows by level | filter rows > 1 | display level, rows * 2 as twice";
    assert_eq!(run(LINES, after), "level  twice\nINFO       4\n");
}

#[test]
fn the_latest_event_comes_first_unless_a_sort_says_otherwise() {
    assert_eq!(names("fields user.name"), "Bob bob ann");
    assert_eq!(names("fields user.name | limit 1"), "Bob");
    assert_eq!(names("fields user.name | sort user.name asc"), "Bob ann bob");
    assert_eq!(names("fields user.name | sort level desc, ms asc"), "bob ann Bob");
    assert_eq!(
        names("fields user.name | sort ok asc"),
        "Bob bob ann",
        "missing values come first"
    );
}

// dedup: CWL_QuerySyntax-Dedup.html

#[test]
fn dedup_keeps_the_first_by_the_order_and_what_has_no_value() {
    assert_eq!(names("fields user.name | dedup level"), "Bob bob");
    assert_eq!(
        names("fields user.name | sort @timestamp asc | dedup level | limit 1"),
        "ann"
    );
    let lines = "{\"a\":1}\n{\"b\":1}\n{\"b\":2}\n{\"a\":1}\n";
    assert_eq!(run(lines, "fields a | dedup a").lines().count(), 1 + 3);
    let error = error("dedup a | fields a");
    assert!(
        error.starts_with("line 1, column 11: only `limit` may follow `dedup`"),
        "{error}"
    );
}

// Errors

#[test]
fn a_bad_query_says_what_is_wrong_and_where() {
    let expected = "line 2, column 3: expected a command: fields, display, filter, parse, stats, sort, limit or dedup, \
                    found `filte`\n  | filte level = \"ERROR\"\n    ^";
    assert_eq!(error("fields a\n| filte level = \"ERROR\""), expected);
    for (query, start) in [
        ("", "line 1, column 1: expected a command"),
        ("fields a |", "line 1, column 11: expected a command"),
        (
            "fields a b",
            "line 1, column 10: expected `|` and another command, or the end, found `b`",
        ),
        ("filter a =", "line 1, column 11: expected a value"),
        (
            "filter a = \"b",
            "line 1, column 14: expected the text's closing quote, found the end",
        ),
        (
            "filter a like /b",
            "line 1, column 17: expected the regular expression's closing slash",
        ),
        ("filter a like /(/", "line 1, column 15: not a regular expression"),
        (
            "filter a like b",
            "line 1, column 15: expected a text in quotes, or a regular expression",
        ),
        (
            "filter a not b",
            "line 1, column 14: expected `like` or `in`, found `b`",
        ),
        (
            "filter a = true",
            "line 1, column 12: Insights shows `true` as 1 and `false` as 0",
        ),
        ("filter (a = 1", "line 1, column 14: expected `)`"),
        (
            "filter count(*) > 1",
            "line 1, column 1: an aggregate is allowed only in `stats`",
        ),
        (
            "filter median(a) > 1",
            "line 1, column 8: the function `median` is unknown or not supported",
        ),
        (
            "filter strlen(a, b) > 1",
            "line 1, column 8: `strlen` takes 1 argument, not 2",
        ),
        (
            "stats pct(a, 101)",
            "line 1, column 7: `pct` takes a number from 0 to 100",
        ),
        (
            "stats sum(count(*))",
            "line 1, column 7: an aggregate cannot contain another aggregate",
        ),
        (
            "stats sum(a) by bin(5x)",
            "line 1, column 22: expected a period such as 30s, 5m, 1h or 1d",
        ),
        (
            "stats a by b",
            "line 1, column 7: `a` is neither in an aggregate nor after `by`",
        ),
        (
            "stats sum(a) | stats sum(b)",
            "line 1, column 16: a second `stats` is not supported",
        ),
        ("limit 0", "line 1, column 7: `limit` must be from 1 to 10000"),
        (
            "parse a \"*, *\" as b",
            "line 1, column 9: the glob has 2 `*`, but the number of names is 1",
        ),
        (
            "parse a \"*\"",
            "line 1, column 12: expected `as` and a name for each `*`",
        ),
        ("parse a /(b)/", "line 1, column 9: each group needs a name"),
    ] {
        let error = error(query);
        assert!(error.starts_with(start), "{query}\n{error}");
    }
}
