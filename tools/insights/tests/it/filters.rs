//! Tests that filter expressions mean what X-Ray's [documentation] says.
//!
//! [documentation]: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html

use insights::Filter;
use powertools_telemetry::Telemetry;

/// Two traces: an API's call of a function that handles a failed call, and a function that was throttled.
const DOCUMENTS: &str = r###"{"trace_id":"t1","id":"a","name":"shop/Prod","origin":"AWS::ApiGateway::Stage","start_time":1.0,"end_time":2.5,"http":{"request":{"method":"POST","url":"https://shop.example/cart"},"response":{"status":200}}}
{"trace_id":"t1","id":"b","parent_id":"a","name":"add","origin":"AWS::Lambda::Function","start_time":1.1,"end_time":2.4}
{"trace_id":"t1","id":"c","parent_id":"b","name":"## handler","type":"subsegment","start_time":1.2,"end_time":2.3,"annotations":{"ColdStart":true,"Service":"cart","items":3}}
{"trace_id":"t1","id":"d","parent_id":"c","name":"bank.example","type":"subsegment","namespace":"remote","start_time":1.3,"end_time":2.2,"fault":true,"http":{"response":{"status":503}}}
{"trace_id":"t1","id":"e","parent_id":"c","name":"DynamoDB","type":"subsegment","namespace":"aws","start_time":2.2,"end_time":2.25,"aws":{"table_name":"carts"}}
{"trace_id":"t2","id":"f","parent_id":"x","name":"## handler","type":"subsegment","start_time":5.0,"end_time":5.1,"error":true,"throttle":true,"annotations":{"ColdStart":false,"Service":"stock"}}
"###;

fn traces(filter: &str) -> String {
    let mut telemetry = Telemetry::default();
    telemetry.add_log("count", "{\"function_name\":\"count\",\"xray_trace_id\":\"t2\"}\n");
    telemetry.add_documents(DOCUMENTS);
    let filter: Filter = filter.parse().unwrap_or_else(|error| panic!("{error}"));
    filter.run(&telemetry).join(" ")
}

fn error(filter: &str) -> String {
    filter.parse::<Filter>().unwrap_err().to_string()
}

/// The first trace with its subsegments nested in the function's segment.
const NESTED: &str = r###"{"trace_id":"t1","id":"a","name":"shop/Prod","origin":"AWS::ApiGateway::Stage","start_time":1.0,"end_time":2.5,"http":{"request":{"method":"POST","url":"https://shop.example/cart"},"response":{"status":200}}}
{"trace_id":"t1","id":"b","parent_id":"a","name":"add","origin":"AWS::Lambda::Function","start_time":1.1,"end_time":2.4,"subsegments":[{"id":"c","name":"## handler","start_time":1.2,"end_time":2.3,"annotations":{"ColdStart":true,"Service":"cart","items":3},"subsegments":[{"id":"d","name":"bank.example","namespace":"remote","start_time":1.3,"end_time":2.2,"fault":true,"http":{"response":{"status":503}}},{"id":"e","name":"DynamoDB","namespace":"aws","start_time":2.2,"end_time":2.25,"aws":{"table_name":"carts"}}]}]}
"###;

#[test]
fn nested_subsegments_are_found_as_separate_ones_are() {
    let mut telemetry = Telemetry::default();
    telemetry.add_documents(NESTED);
    for filter in [
        "ok",
        "annotation.items = 3",
        "service(\"add\") { annotation.items = 3 }",
        "edge(\"add\", \"bank.example\") { fault }",
        "service(id(name: \"carts\", type: \"AWS::DynamoDB::Table\"))",
    ] {
        assert_eq!(traces(filter), "t1", "{filter}");
        assert_eq!(filter.parse::<Filter>().unwrap().run(&telemetry), ["t1"], "{filter}");
    }
}

#[test]
fn a_simple_keyword_looks_at_what_the_trace_begins_with() {
    assert_eq!(traces("fault"), "");
    assert_eq!(traces("ok"), "t1");
    assert_eq!(traces("error"), "t2");
    assert_eq!(traces("throttle = true"), "t2");
    assert_eq!(traces("error != true"), "t1");
    assert_eq!(traces("!error"), "t1");
    assert_eq!(traces("responsetime > 1.4 AND responsetime <= 1.5"), "t1");
    assert_eq!(traces("duration < 1"), "t2");
    assert_eq!(traces("http.status = 200"), "t1");
    let url = "http.url BEGINSWITH \"https://\" http.url CONTAINS \"shop\" http.url ENDSWITH \"/cart\"";
    assert_eq!(traces(url), "t1");
    assert_eq!(traces("http.method = \"GET\" OR http.method = \"POST\""), "t1");
}

#[test]
fn annotations_are_found_anywhere_in_the_trace() {
    assert_eq!(traces("annotation.ColdStart = true"), "t1");
    assert_eq!(traces("annotation.ColdStart = false"), "t2");
    assert_eq!(traces("annotation[items] >= 3"), "t1");
    assert_eq!(traces("annotation.Service = \"stock\""), "t2");
    assert_eq!(traces("annotation.Service BEGINSWITH \"ca\""), "t1");
    assert_eq!(traces("annotation.Service"), "t1 t2");
    assert_eq!(traces("annotation.items"), "t1");
}

#[test]
fn services_are_asked_in_braces() {
    assert_eq!(traces("service(\"bank.example\")"), "t1");
    assert_eq!(traces("service(\"bank.example\") { fault }"), "t1");
    assert_eq!(traces("service(\"bank.example\") { fault AND responsetime > 2 }"), "");
    assert_eq!(traces("service() { fault }"), "t1");
    assert_eq!(traces("service(\"add\") { annotation.items = 3 }"), "t1");
    assert_eq!(traces("service(\"bank.example\") { annotation.items = 3 }"), "");
    assert_eq!(traces("service(id(type: \"AWS::DynamoDB::Table\"))"), "t1");
    assert_eq!(
        traces("service(id(name: \"carts\", type: \"AWS::DynamoDB::Table\"))"),
        "t1"
    );
    assert_eq!(traces("service(\"## handler\")"), "", "a step is not a service");
    assert_eq!(traces("!service(\"add\")"), "t2");
}

#[test]
fn a_function_without_a_segment_is_known_by_its_records() {
    assert_eq!(traces("service(\"count\") { throttle }"), "t2");
    assert_eq!(traces("service(id(type: \"AWS::Lambda::Function\"))"), "t1 t2");
}

#[test]
fn an_edge_is_a_call_from_one_service_to_another() {
    assert_eq!(traces("edge(\"add\", \"bank.example\") { fault }"), "t1");
    assert_eq!(traces("edge(\"shop/Prod\", \"add\")"), "t1");
    assert_eq!(traces("edge(\"shop/Prod\", \"bank.example\")"), "");
    assert_eq!(traces("edge(\"bank.example\", \"add\")"), "");
}

#[test]
fn or_binds_looser_than_and() {
    assert_eq!(traces("error OR ok AND fault"), "t2");
    assert_eq!(traces("(error OR ok) AND !fault"), "t1 t2");
}

#[test]
fn a_bad_expression_says_what_is_wrong_and_where() {
    let expected = "line 1, column 11: expected a keyword: ok, error, throttle, fault, responsetime, duration, \
                    http.status, http.url, http.method, annotation, service or edge, found `fualt`\n  \
                    fault AND fualt\n            ^";
    assert_eq!(error("fault AND fualt"), expected);
    for (filter, start) in [
        ("", "line 1, column 1: expected a keyword"),
        ("responsetime", "line 1, column 13: expected a comparison with a number"),
        (
            "http.url = 'a'",
            "line 1, column 12: expected a comparison with a text in double quotes",
        ),
        (
            "service(\"a\"",
            "line 1, column 12: expected `(`, at most one service, and `)`",
        ),
        (
            "edge(\"a\")",
            "line 1, column 9: expected `(`, two services separated by a comma, and `)`",
        ),
        (
            "service(id(account.id: \"1\"))",
            "line 1, column 9: `account.id` of `id` is not supported",
        ),
        ("service(\"a\") { fault", "line 1, column 21: expected `}`"),
        ("annotation", "line 1, column 11: expected `.` or `[` and a key"),
    ] {
        let error = error(filter);
        assert!(error.starts_with(start), "{filter}\n{error}");
    }
}
