//! DynamoDB: the recorded cases by name, and cases that are not recorded.

use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_parameters::Parameters;
use powertools_lambda_parameters::dynamodb::DynamoDb;
use serde_json::{Value, json};

use crate::common::replay::Replay;

fn table(replay: &Replay) -> Parameters<DynamoDb> {
    table_with(replay, |store| store)
}

fn table_with(replay: &Replay, change: impl FnOnce(DynamoDb) -> DynamoDb) -> Parameters<DynamoDb> {
    let store = DynamoDb::new(aws_sdk_dynamodb::Client::new(&replay.config()), "settings");
    Parameters::builder(change(store))
        .environment(TestEnvironment::new().environment().clone())
        .build()
}

fn item(value: &Value) -> Value {
    json!({ "Item": { "value": value } })
}

#[tokio::test]
async fn case_80_an_item_by_key() {
    let replay = Replay::ok([item(&json!({ "S": "va" }))]);
    assert_eq!(&*table(&replay).get("a").await.unwrap(), "va");
    assert_eq!(
        replay.calls(),
        [(
            "GetItem".to_owned(),
            json!({
                "TableName": "settings", "Key": { "id": { "S": "a" } }, "ConsistentRead": false,
                "ProjectionExpression": "#value", "ExpressionAttributeNames": { "#value": "value" },
            })
        )]
    );
}

/// Different on purpose: a missing item and an item without a value have different, clear errors.
#[tokio::test]
async fn cases_81_and_82_what_is_missing_is_said() {
    let replay = Replay::new([
        (200, json!({})),
        (200, json!({ "Item": {} })),
        Replay::error("ResourceNotFoundException"),
    ]);
    let table = table(&replay);
    assert!(table.get("a").await.unwrap_err().is_not_found());
    let error = table.get("b").await.unwrap_err();
    assert!(!error.is_not_found());
    assert_eq!(
        std::error::Error::source(&error).unwrap().to_string(),
        r#"the item has no attribute "value""#
    );
    let error = table.get("c").await.unwrap_err();
    assert!(!error.is_not_found(), "it is the table that is missing");
}

#[tokio::test]
async fn case_83_every_type_of_attribute_is_read() {
    let replay = Replay::ok([
        item(&json!({ "M": { "n": { "N": "1.5" }, "l": { "L": [{ "BOOL": true }] } } })),
        item(&json!({ "N": "42" })),
        item(&json!({ "B": "AAH/" })),
    ]);
    let table = table(&replay);
    assert_eq!(
        *table.get("map").json::<Value>().await.unwrap(),
        json!({ "n": 1.5, "l": [true] })
    );
    assert_eq!(*table.get("number").json::<u8>().await.unwrap(), 42);
    assert_eq!(table.get("bytes").bytes().await.unwrap(), &[0, 1, 255][..]);
}

#[tokio::test]
async fn cases_84_and_86_a_partition_page_by_page() {
    let row = |sort: &str| json!({ "sk": { "S": format!("p-{sort}") }, "value": { "S": format!("v-{sort}") } });
    let replay = Replay::ok([
        json!({ "Items": [row("a")], "LastEvaluatedKey": { "id": { "S": "h" }, "sk": { "S": "p-a" } } }),
        json!({ "Items": [], "LastEvaluatedKey": { "id": { "S": "h" }, "sk": { "S": "p-b" } } }),
        json!({ "Items": [row("b"), row("c")] }),
    ]);
    let values = table(&replay)
        .get_multiple("h")
        .page_size(1)
        .consistent()
        .await
        .unwrap();
    assert_eq!(format!("{values:?}"), r#"{"p-a": "v-a", "p-b": "v-b", "p-c": "v-c"}"#);
    let calls = replay.calls();
    assert_eq!(calls.len(), 3);
    assert_eq!(
        calls[0].1,
        json!({
            "TableName": "settings", "Limit": 1, "ConsistentRead": true,
            "KeyConditionExpression": "#key = :key", "ProjectionExpression": "#sort, #value",
            "ExpressionAttributeNames": { "#key": "id", "#sort": "sk", "#value": "value" },
            "ExpressionAttributeValues": { ":key": { "S": "h" } },
        })
    );
    assert_eq!(calls[2].1["ExclusiveStartKey"]["sk"]["S"], "p-b");
}

#[tokio::test]
async fn case_85_no_items_are_an_empty_map() {
    let replay = Replay::ok([json!({ "Items": [] })]);
    assert!(table(&replay).get_multiple("zz").await.unwrap().is_empty());
}

#[tokio::test]
async fn attributes_may_have_other_names_and_a_sort_key_is_part_of_the_key() {
    let replay = Replay::ok([
        json!({ "Item": { "v": { "S": "1" } } }),
        json!({ "Item": { "v": { "S": "2" } } }),
    ]);
    let table = table_with(&replay, |store| {
        store.key_attribute("pk").sort_attribute("name").value_attribute("v")
    });
    for _ in 0..2 {
        assert_eq!(&*table.get("shop").sort_key("a").await.unwrap(), "1");
        assert_eq!(&*table.get("shop").sort_key("b").consistent().await.unwrap(), "2");
    }
    let calls = replay.calls();
    assert_eq!(calls.len(), 2);
    assert_eq!(
        calls[0].1["Key"],
        json!({ "pk": { "S": "shop" }, "name": { "S": "a" } })
    );
    assert_eq!(calls[0].1["ExpressionAttributeNames"], json!({ "#value": "v" }));
    assert_eq!(calls[1].1["ConsistentRead"], true);
}

/// DynamoDB's numbers have up to 38 digits.
#[tokio::test]
async fn a_number_is_exact_or_an_error() {
    let digits = "12345678901234567890123456789012345678";
    let number = json!({ "N": digits });
    let replay = Replay::ok([
        item(&number),
        item(&json!({ "M": { "n": number } })),
        item(&json!({ "M": { "n": { "N": "0.1" }, "m": { "N": "18446744073709551615" } } })),
    ]);
    let table = table(&replay);
    assert_eq!(&*table.get("number").await.unwrap(), digits);
    assert_eq!(table.get("number").json::<u128>().await.unwrap().to_string(), digits);
    assert!(table.get("number").json::<Value>().await.unwrap_err().is_decode());
    let map = table
        .get("map")
        .json::<std::collections::BTreeMap<String, u128>>()
        .await
        .unwrap();
    assert_eq!(map["n"].to_string(), digits);
    assert!(table.get("map").json::<Value>().await.unwrap_err().is_decode());
    assert_eq!(
        *table.get("small").json::<Value>().await.unwrap(),
        json!({ "n": 0.1, "m": u64::MAX })
    );
}
