//! Answers the operators' four questions.

use super::hotspots::OWN_CODE;
use crate::model::{Answer, ErrorKind, Model, NodeKind, Verdict};
use crate::words::{count, duration, share};

pub(super) fn all(model: &Model) -> Vec<Answer> {
    vec![errors(model), calls(model), time(model), asynchronous(model)]
}

fn errors(model: &Model) -> Answer {
    let bad: Vec<_> = model
        .functions
        .iter()
        .filter(|function| function.failed + function.error_records > 0)
        .collect();
    let (failed, invocations) = model.functions.iter().fold((0, 0), |(failed, all), function| {
        (failed + function.failed, all + function.invocations)
    });
    let records: usize = model.functions.iter().map(|function| function.error_records).sum();
    let answer = |verdict, headline: String, detail: String| Answer {
        question: "How do I see every function’s errors?".to_owned(),
        verdict,
        headline,
        detail,
    };
    if invocations == 0 && model.records.is_empty() {
        return answer(
            Verdict::Unknown,
            "No invocations".to_owned(),
            "There are no logs and no traces.".to_owned(),
        );
    }
    let all = model.functions.len();
    if bad.is_empty() {
        let detail = format!(
            "{} of {}, no errors in the logs.",
            count(invocations, "invocation"),
            count(all, "function")
        );
        return answer(Verdict::Good, "No errors".to_owned(), detail);
    }
    let most = model.errors.iter().find(|group| group.kind == ErrorKind::Log);
    let most = most.map_or_else(String::new, |group| {
        let name = if group.name.is_empty() {
            &group.place
        } else {
            &group.name
        };
        format!(
            " Most frequent: {name} in {}, {}×.",
            model.functions[group.function].name,
            group.records.len()
        )
    });
    answer(
        if failed > 0 { Verdict::Bad } else { Verdict::Fair },
        format!("{failed} of {invocations} invocations failed"),
        format!(
            "{} of {all} functions logged {}.{most}",
            bad.len(),
            count(records, "error")
        ),
    )
}

fn calls(model: &Model) -> Answer {
    let called: Vec<_> = model.edges.iter().filter(|edge| !edge.calls.is_empty()).collect();
    let mut backends: Vec<_> = called.iter().map(|edge| edge.to).collect();
    backends.sort_unstable();
    backends.dedup();
    let question = "Which function calls that backend?".to_owned();
    if called.is_empty() {
        return Answer {
            question,
            verdict: Verdict::Unknown,
            headline: "No calls in the traces".to_owned(),
            detail: "To trace clients, add the tracer’s interceptor, middleware or layer to them.".to_owned(),
        };
    }
    let callers = |node: usize| called.iter().filter(|edge| edge.to == node).count();
    let most = backends
        .iter()
        .copied()
        .max_by_key(|node| (callers(*node), std::cmp::Reverse(*node)));
    let most = most.map_or_else(String::new, |node| {
        format!("{} has {}. ", model.nodes[node].label(), count(callers(node), "caller"))
    });
    let worst = called
        .iter()
        .filter(|edge| edge.failed > 0)
        .max_by_key(|edge| edge.failed);
    let worst = worst.map_or("No call failed.".to_owned(), |edge| {
        let (from, to) = (model.nodes[edge.from].label(), model.nodes[edge.to].label());
        format!(
            "{} of {} from {from} to {to} failed.",
            edge.failed,
            count(edge.times.count, "call")
        )
    });
    let verdict = if called.iter().any(|edge| edge.failed > 0) {
        Verdict::Fair
    } else {
        Verdict::Good
    };
    let nodes = model.nodes.iter().enumerate();
    let callers =
        nodes.filter(|(at, node)| node.kind == NodeKind::Function && called.iter().any(|edge| edge.from == *at));
    let callers = callers.count();
    Answer {
        question,
        verdict,
        headline: format!(
            "{} {} {}",
            count(callers, "function"),
            if callers == 1 { "calls" } else { "call" },
            count(backends.len(), "backend")
        ),
        detail: format!("{most}{worst}"),
    }
}

fn time(model: &Model) -> Answer {
    let question = "Where is the bottleneck?".to_owned();
    let Some(spot) = model.hotspots.first() else {
        return Answer {
            question,
            verdict: Verdict::Unknown,
            headline: "No traces".to_owned(),
            detail: "Active tracing is off, or nothing was sampled.".to_owned(),
        };
    };
    let function = &model.functions[spot.function].name;
    let headline = match spot.step.as_str() {
        step if spot.call => format!("{function} waits for {step}"),
        OWN_CODE => format!("In {function}’s own code"),
        step => format!("In {function}’s step {step}"),
    };
    Answer {
        question,
        // A large share of the time, spent on another service or on a few slow outliers.
        verdict: if spot.share >= 300 && (spot.call || spot.times.max / 10 > spot.times.p50) {
            Verdict::Fair
        } else {
            Verdict::Good
        },
        headline,
        detail: format!(
            "{} of the functions’ time: {}, median {}, p95 {}, maximum {}.",
            share(spot.share),
            count(spot.times.count, "occurrence"),
            duration(spot.times.p50),
            duration(spot.times.p95),
            duration(spot.times.max)
        ),
    }
}

fn asynchronous(model: &Model) -> Answer {
    let question = "Are the asynchronous steps healthy?".to_owned();
    if model.flows.is_empty() && model.consumers.is_empty() {
        return Answer {
            question,
            verdict: Verdict::Unknown,
            headline: "No asynchronous steps".to_owned(),
            detail: "No trace contains a call to a queue, topic or stream, and no function processes batches."
                .to_owned(),
        };
    }
    let sum = |of: fn(&crate::model::Consumer) -> usize| model.consumers.iter().map(of).sum::<usize>();
    let (records, failed) = (
        sum(|consumer| consumer.records),
        sum(|consumer| consumer.failed_records),
    );
    let batches = sum(|consumer| consumer.failed_batches);
    let unsent: usize = model.flows.iter().map(|flow| flow.failed).sum();
    let linked: usize = model.flows.iter().map(|flow| flow.again).sum();
    let again = linked.max(sum(|consumer| consumer.again));
    let unseen: usize = model
        .flows
        .iter()
        .filter(|flow| !flow.consumers.is_empty())
        .map(|flow| flow.unseen)
        .sum();
    let wait = model
        .flows
        .iter()
        .flat_map(|flow| &flow.consumers)
        .map(|(_, times)| times.p95)
        .max();
    let mut parts = Vec::new();
    let worst = model.consumers.iter().max_by_key(|consumer| consumer.failed_records);
    if let Some(worst) = worst.filter(|worst| worst.failed_records > 0) {
        let name = &model.functions[worst.function].name;
        let often = if worst.failed_records > worst.failing {
            format!(", {} times", worst.failed_records)
        } else {
            String::new()
        };
        parts.push(format!("{} of {name} failed{often}", count(worst.failing, "record")));
    }
    for (number, text) in [
        (unsent, "could not be sent"),
        (batches, "batches failed as a whole"),
        (again, "redelivered"),
        (unseen, "not received yet"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {text}"));
        }
    }
    if let Some(wait) = wait {
        parts.push(format!("95% of messages waited at most {}", duration(wait)));
    }
    let verdict = match (failed + unsent + batches, again + unseen) {
        (0, 0) => Verdict::Good,
        (0, _) => Verdict::Fair,
        _ => Verdict::Bad,
    };
    let headline = match (records, failed) {
        (0, _) => format!(
            "{}, {}",
            count(model.flows.len(), "queue"),
            count(model.consumers.len(), "consumer")
        ),
        (_, 0) => format!("All {} succeeded", count(records, "record")),
        _ => format!("{failed} of {records} records failed"),
    };
    let detail = if parts.is_empty() {
        "Nothing failed.".to_owned()
    } else {
        format!("{}.", parts.join(", "))
    };
    let mut first = detail.chars();
    let detail = first.next().map_or_else(String::new, |first_char| {
        first_char.to_uppercase().collect::<String>() + first.as_str()
    });
    Answer {
        question,
        verdict,
        headline,
        detail,
    }
}
