//! The requests that the table gets, its answers, and its errors. GOLD 51, 53, 54, 56: the flows of Powertools for Python.

use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_idempotency::dynamodb::DynamoDbStore;
use powertools_lambda_idempotency::{Claim, Completion, Store};
use powertools_lambda_idempotency::{IdempotencyError, Key, KeyHash, StoreFailurePolicy, Token};
use serde_json::{Value, json};

use crate::common::replay::Replay;
use crate::common::{Effects, builder};

fn store(replay: &Replay) -> DynamoDbStore {
    DynamoDbStore::new(replay.client(1), "T")
}

/// Returns an item of a completed record.
fn completed(data: &str) -> Value {
    json!({
        "id": {"S": "my-func.app.lambda_handler#2f7bb230c70819aeb10b45a709bcf48f"},
        "expiration": {"N": "4102444800"}, "status": {"S": "COMPLETED"}, "data": {"S": data},
    })
}

#[tokio::test]
async fn one_call_begins_and_one_completes() {
    let test = TestEnvironment::new();
    let replay = Replay::new([Replay::ok(), Replay::ok()]);
    let idempotency = builder(store(&replay), &test)
        .key_prefix("my-func.app.lambda_handler")
        .key_hash(KeyHash::PythonMd5)
        .build();
    let key = Key::new("1").payload(&1);
    idempotency
        .run(key, || async { Ok::<_, IdempotencyError>(json!({"n": 1})) })
        .await
        .unwrap();

    let calls = replay.calls();
    let [(begin, claim), (complete, completion)] = &calls[..] else {
        panic!("{calls:?}")
    };
    assert_eq!((&**begin, &**complete), ("UpdateItem", "UpdateItem"));
    let id = json!({"id": {"S": "my-func.app.lambda_handler#2f7bb230c70819aeb10b45a709bcf48f"}});
    let token = claim["ExpressionAttributeValues"][":token"].clone();
    assert_eq!(
        *claim,
        json!({
            "TableName": "T",
            "Key": id,
            "UpdateExpression": "SET #status = :inprogress, #expiry = :expiry, #in_progress_expiry = :in_progress_expiry, \
                #token = :token, #previous = if_not_exists(#status, :none), #validation = :validation REMOVE #data",
            "ConditionExpression": "attribute_not_exists(#id) OR #expiry < :now OR (#status = :inprogress AND \
                attribute_exists(#in_progress_expiry) AND #in_progress_expiry < :now_in_millis)",
            "ExpressionAttributeNames": {
                "#id": "id", "#expiry": "expiration", "#in_progress_expiry": "in_progress_expiration", "#status": "status",
                "#data": "data", "#validation": "validation", "#token": "token", "#previous": "previous_status",
            },
            "ExpressionAttributeValues": {
                ":now": {"N": "1768473000"}, ":now_in_millis": {"N": "1768473000125"}, ":inprogress": {"S": "INPROGRESS"},
                ":expiry": {"N": "1768476600"}, ":in_progress_expiry": {"N": "1768473900125"}, ":none": {"S": "NONE"},
                ":token": token, ":validation": {"S": "c4ca4238a0b923820dcc509a6f75849b"},
            },
            "ReturnValues": "UPDATED_NEW",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        })
    );
    assert_eq!(
        *completion,
        json!({
            "TableName": "T",
            "Key": id,
            "UpdateExpression": "SET #response_data = :response_data, #expiry = :expiry, #status = :status",
            "ConditionExpression": "#token = :token AND #status = :inprogress",
            "ExpressionAttributeNames": {
                "#response_data": "data", "#expiry": "expiration", "#status": "status", "#token": "token",
            },
            "ExpressionAttributeValues": {
                ":response_data": {"S": "{\"n\":1}"}, ":expiry": {"N": "1768476600"}, ":status": {"S": "COMPLETED"},
                ":inprogress": {"S": "INPROGRESS"}, ":token": token,
            },
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        })
    );
}

#[tokio::test]
async fn a_duplicate_is_one_call_and_falsy_answers_are_replayed() {
    for data in ["null", "0", "false", "\"\"", "[]", "{}", "\"ok\""] {
        let (test, replay) = (
            TestEnvironment::new(),
            Replay::new([Replay::condition_failed(&completed(data))]),
        );
        let idempotency = builder(store(&replay), &test).build();
        let work = || async { Ok::<_, IdempotencyError>(json!("not called")) };
        let answer: Value = idempotency.run("1", work).await.unwrap();
        assert_eq!(answer.to_string(), data);
        assert_eq!(replay.operations(), ["UpdateItem"]);
    }
}

#[tokio::test]
async fn a_failed_condition_with_our_own_token_is_success() {
    // The SDK's second attempt finds what the first one wrote, at begin and at complete.
    for index in 0..2 {
        let (key, token) = ("k", Token::from_text("t"));
        let owned = |status: &str, data: &str| {
            json!({
                "id": {"S": "k"}, "status": {"S": status}, "expiration": {"N": "4102444800"}, "token": {"S": "t"},
                "previous_status": {"S": "NONE"}, "data": {"S": data},
            })
        };
        let failed = Replay::condition_failed(&owned(if index == 0 { "INPROGRESS" } else { "COMPLETED" }, "1"));
        let replay = Replay::new([(500, json!({})), failed]);
        let store = DynamoDbStore::new(replay.client(2), "T");
        if index == 0 {
            let begin = store.begin(&Claim::new(key, &token, 1)).await.unwrap();
            assert!(format!("{begin:?}").contains("Token(t)"), "{begin:?}");
        } else {
            let complete = store.complete(&Completion::new(key, &token, 1)).await.unwrap();
            assert!(format!("{complete:?}").contains("Token(t)"), "{complete:?}");
        }
        assert_eq!(replay.operations().len(), 2);
    }
}

#[tokio::test]
async fn a_table_with_a_sort_key_has_the_key_there() {
    let (test, replay) = (
        TestEnvironment::new(),
        Replay::new([Replay::ok(), Replay::ok(), Replay::ok()]),
    );
    let store = store(&replay).key_attribute("pk").sort_key("sk", "idempotency#my-func");
    let idempotency = builder(store.clone(), &test)
        .key_prefix("my-func.app.lambda_handler")
        .key_hash(KeyHash::PythonMd5)
        .build();
    idempotency
        .run("1", || async { Ok::<_, IdempotencyError>("ok".to_owned()) })
        .await
        .unwrap();
    store.release("k", &Token::from_text("t")).await.unwrap();
    let calls = replay.calls();
    let key = json!({
        "pk": {"S": "idempotency#my-func"},
        "sk": {"S": "my-func.app.lambda_handler#2f7bb230c70819aeb10b45a709bcf48f"},
    });
    assert_eq!((&calls[0].1["Key"], &calls[1].1["Key"]), (&key, &key));
    assert_eq!(calls[2].0, "DeleteItem");
    assert_eq!(calls[2].1["Key"]["sk"], json!({"S": "k"}));
    assert_eq!(
        calls[2].1["ConditionExpression"],
        "#token = :token AND #status = :inprogress"
    );
}

#[tokio::test]
async fn every_attribute_can_have_another_name() {
    let (test, replay) = (TestEnvironment::new(), Replay::new([Replay::ok(), Replay::ok()]));
    let store = store(&replay)
        .key_attribute("a")
        .expiration_attribute("b")
        .in_progress_expiration_attribute("c")
        .status_attribute("d")
        .data_attribute("e")
        .validation_attribute("f")
        .token_attribute("g")
        .previous_status_attribute("h");
    let key = Key::new("1").payload(&1);
    builder(store, &test)
        .build()
        .run(key, || async { Ok::<_, IdempotencyError>(1) })
        .await
        .unwrap();
    let names = |call: &Value| {
        let names = call["ExpressionAttributeNames"].as_object().unwrap().values();
        let mut names: Vec<_> = names.map(|name| name.as_str().unwrap().to_owned()).collect();
        names.sort();
        names.concat()
    };
    assert_eq!(
        replay.calls().iter().map(|(_, call)| names(call)).collect::<Vec<_>>(),
        ["abcdefgh", "bdeg"]
    );
}

#[tokio::test]
async fn each_refusal_names_the_table_the_key_and_what_to_do() {
    let foreign = json!({"id": {"S": "k"}, "name": {"S": "a customer"}});
    let unknown = json!({"id": {"S": "k"}, "status": {"S": "PAUSED"}, "expiration": {"N": "4102444800"}});
    for (answer, parts) in [
        (
            Replay::error("ResourceNotFoundException", "Requested resource not found"),
            ["the table was not found", "check its name, region and account"],
        ),
        (
            Replay::error(
                "ValidationException",
                "The provided key element does not match the schema",
            ),
            [
                "another key: its partition key must be the text attribute \"id\"",
                "`key_attribute` or `sort_key`",
            ],
        ),
        (
            Replay::error("AccessDeniedException", "User is not authorized"),
            [
                "access was denied",
                "allow the function's role dynamodb:UpdateItem and dynamodb:DeleteItem",
            ],
        ),
        (
            Replay::condition_failed(&unknown),
            [
                "\"status\" is \"PAUSED\"",
                "use a table or a key prefix that nothing else writes to",
            ],
        ),
        (
            Replay::condition_failed(&foreign),
            ["\"status\" is missing", "delete the item"],
        ),
        (
            Replay::error("ProvisionedThroughputExceededException", "slow down"),
            ["ProvisionedThroughputExceededException", "T"],
        ),
    ] {
        let (test, effects, replay) = (TestEnvironment::new(), Effects::default(), Replay::new([answer]));
        let idempotency = builder(store(&replay), &test).build();
        let error = idempotency.run("1", || effects.have()).await.unwrap_err();
        assert!(error.store_error().is_some() && effects.count() == 0, "{error}");
        for part in parts
            .into_iter()
            .chain(["DynamoDB table \"T\"", "key \"test-func.charge#"])
        {
            assert!(error.to_string().contains(part), "{part:?} is not in {error}");
        }
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_an_error_even_if_the_store_may_fail() {
    let (test, effects) = (TestEnvironment::new(), Effects::default());
    let replay = Replay::new([Replay::condition_failed(&json!({"id": {"S": "k"}}))]);
    let idempotency = builder(store(&replay), &test)
        .store_failure(StoreFailurePolicy::Run)
        .build();
    idempotency.run("1", || effects.have()).await.unwrap_err();
    assert_eq!(effects.count(), 0);
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_returned_and_only_its_completion_recorded() {
    // By its size, without a call that fails; and by the table, whose item has more in it.
    let too_large = Replay::error(
        "ValidationException",
        "Item size to update has exceeded the maximum allowed size",
    );
    for (length, answers, calls) in [
        (409_600, vec![Replay::ok(), Replay::ok()], 2),
        (409_000, vec![Replay::ok(), too_large, Replay::ok()], 3),
        (409_000, vec![Replay::ok(), Replay::ok()], 2),
    ] {
        let (test, replay) = (TestEnvironment::new(), Replay::new(answers));
        let idempotency = builder(store(&replay), &test).local_cache(8).build();
        let work = || async { Ok::<_, IdempotencyError>("x".repeat(length)) };
        assert_eq!(idempotency.run("1", work).await.unwrap().len(), length);
        let last = replay.calls().pop().unwrap().1;
        let is_recorded = last["ExpressionAttributeValues"].get(":response_data").is_some();
        assert_eq!(
            (replay.calls().len(), is_recorded),
            (calls, length == 409_000 && calls == 2)
        );
        assert_eq!(
            test.warnings().len(),
            usize::from(!is_recorded),
            "{:?}",
            test.warnings()
        );
    }
    let item = json!({"id": {"S": "k"}, "status": {"S": "COMPLETED"}, "expiration": {"N": "4102444800"}});
    let (test, effects, replay) = (
        TestEnvironment::new(),
        Effects::default(),
        Replay::new([Replay::condition_failed(&item)]),
    );
    let error = builder(store(&replay), &test)
        .build()
        .run("1", || effects.have())
        .await
        .unwrap_err();
    assert!(
        error.is_answer_lost() && error.to_string().contains("too large"),
        "{error}"
    );
    assert_eq!(effects.count(), 0);
}

#[tokio::test]
async fn an_update_that_took_over_says_so() {
    for (previous, taken_over) in [("INPROGRESS", true), ("COMPLETED", false), ("NONE", false)] {
        let answer = (200, json!({"Attributes": {"previous_status": {"S": previous}}}));
        let replay = Replay::new([answer]);
        let begin = store(&replay)
            .begin(&Claim::new("k", &Token::from_text("t"), 1))
            .await
            .unwrap();
        assert_eq!(begin, powertools_lambda_idempotency::Begin::acquired(taken_over));
    }
}
