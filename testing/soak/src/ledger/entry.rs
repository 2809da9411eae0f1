//! [`Entry`], what one invocation owes.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::event::{Act, Hook, MESSAGES, PARAMETER, Plan};

/// What one invocation owes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The number of the invocation.
    pub number: u64,
    /// The names of the lines that are owed once each: of log records, and of the hook's line.
    pub lines: Vec<String>,
    /// The names of lines that may come once.
    pub optional: Vec<String>,
    /// The items of metric values.
    pub values: Vec<u32>,
    /// The names of spans.
    pub spans: Vec<String>,
    /// The answers of which one is owed. Empty if none is.
    pub answers: Vec<Expected>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expected {
    /// A response with this JSON.
    Response(Value),
    /// An error with this text.
    Error(String),
    /// Any response.
    Any,
}

/// What has an influence on all invocations of a round.
#[derive(Clone, Copy, Debug, Default)]
pub struct Conditions {
    /// Whether the store fails.
    pub store_fails: bool,
    /// Whether the clock jumps, so that a deadline may seem near.
    pub clock_jumps: bool,
    /// Whether the process ends while invocations are under way.
    pub is_cut: bool,
}

impl Entry {
    /// Returns what an invocation owes that has this plan; `members` are those with its idempotency key.
    pub fn of(plan: &Plan, members: &[u64], conditions: Conditions) -> Self {
        let mut entry = Self {
            number: plan.number,
            answers: answers(plan, members, conditions),
            ..Self::default()
        };
        let mut lines: Vec<&str> = Vec::new();
        let mut spans: Vec<&str> = vec!["handler"];
        let is_handled = !matches!(plan.act, Act::Undecodable | Act::PanicInCall | Act::Measure);
        if is_handled {
            lines.push("begin");
            entry.lines.extend((1..=plan.spans).map(|item| format!("step {item}")));
            entry.spans.extend((1..=plan.spans).map(|item| format!("step {item}")));
            entry.values.extend(0..plan.values);
        }
        if plan.act != Act::Hang {
            lines.push("finish");
        }
        // Written with an ERROR record, and near the deadline.
        let mut has_detail = false;
        match plan.act {
            Act::Plain | Act::Slow | Act::Large | Act::Http | Act::Idempotent | Act::Measure => {}
            Act::Error => {
                lines.push("handler failed");
                has_detail = true;
            }
            Act::Panic => {
                lines.push("panicked");
                has_detail = true;
            }
            Act::PanicInCall => lines.push("panicked"),
            Act::Undecodable => lines.push("undecodable"),
            Act::Dropped => {
                lines.push("dropped");
                spans.push("dropped");
            }
            Act::Late => {
                lines.push("after");
                entry.values.push(900);
                // Written near the deadline, if a thread of the process runs between then and the answer.
                entry.optional.push("detail".to_owned());
            }
            Act::Outlives => {
                lines.push("outlived");
                spans.push("outlives");
                entry.values.push(901);
            }
            Act::Batch => {
                for message in 0..MESSAGES {
                    entry.lines.push(format!("message {message}"));
                    entry.values.push(910 + message);
                    spans.push("record");
                    if plan.fails(message) {
                        lines.push("record failed");
                        has_detail = true;
                    }
                }
            }
            Act::Hang => {
                lines.push("ready");
                // It is open until the process ends.
                spans.retain(|span| *span != "handler");
                has_detail = true;
            }
        }
        if let Some(hook) = plan.hook {
            lines.push("panicked");
            // The others are before the detail, or after its buffer is gone.
            has_detail |= hook == Hook::Outcome;
        }
        if has_detail {
            lines.push("detail");
        } else if conditions.is_cut {
            // The end of the process writes the DEBUG records that wait.
            let waiting = ["detail", "answer replayed", "another execution is in progress"];
            entry.optional.extend(waiting.map(str::to_owned));
        } else if conditions.clock_jumps || plan.hook.is_some() {
            entry.optional.push("detail".to_owned());
        }
        entry.lines.extend(lines.into_iter().map(str::to_owned));
        entry.spans.extend(spans.into_iter().map(str::to_owned));
        if !plan.sampled {
            entry.spans.clear();
        }
        entry
    }
}

fn answers(plan: &Plan, members: &[u64], conditions: Conditions) -> Vec<Expected> {
    let number = plan.number;
    match plan.act {
        Act::Error => return vec![Expected::Error(format!("failed claimed={number}"))],
        Act::Panic | Act::PanicInCall => return vec![Expected::Error(format!("broke claimed={number}"))],
        Act::Undecodable => return vec![Expected::Error("invalid type".to_owned())],
        Act::Hang => return Vec::new(),
        Act::Measure => return vec![Expected::Any],
        _ => {}
    }
    let results: Vec<Option<Value>> = match plan.act {
        Act::Batch => vec![Some(batch_response(plan))],
        Act::Http => vec![Some(http_response(number))],
        Act::Idempotent => {
            let effects = members.iter().map(|member| Some(json!({ "effect": member })));
            let mut results: Vec<_> = effects.chain([Some(json!("in progress"))]).collect();
            if conditions.store_fails {
                results.push(Some(json!("store")));
            }
            results
        }
        _ => vec![None],
    };
    // If the store fails before there is any value, the parameter is missing and the flag has its default.
    let parameters: &[Value] = if conditions.store_fails {
        &[json!(PARAMETER), Value::Null]
    } else {
        &[json!(PARAMETER)]
    };
    let flags: &[bool] = if conditions.store_fails && number % 2 == 1 {
        &[true, false]
    } else {
        &[number % 2 == 1]
    };
    let mut answers = Vec::new();
    for result in &results {
        for parameter in parameters {
            for flag in flags {
                let mut response = json!({"claimed": number, "parameter": parameter, "flag": flag});
                if let Some(result) = result {
                    response["result"] = result.clone();
                }
                answers.push(Expected::Response(response));
            }
        }
    }
    answers
}

fn batch_response(plan: &Plan) -> Value {
    let failed = (0..MESSAGES).filter(|message| plan.fails(*message));
    let failed: Vec<_> = failed
        .map(|message| json!({"itemIdentifier": format!("{}-{message}", plan.number)}))
        .collect();
    json!({ "batchItemFailures": failed })
}

fn http_response(number: u64) -> Value {
    json!({
        "statusCode": 200,
        "headers": {},
        "body": format!("/claimed={number}"),
        "isBase64Encoded": false,
        "cookies": [],
    })
}
