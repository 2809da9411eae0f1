//! [`print()`] prints the rows that have a goal: what is measured, divided by what it is compared with.

use super::comparison::Both;
use crate::ui;

/// A row: what it compares, and how small the ratio must and should be.
struct Row {
    what: &'static str,
    figure: Figure,
    over: Over,
    must: f64,
    goal: f64,
}

/// A result in this tree.
enum Figure {
    Of(&'static str),
    /// The first result minus the second, which is the cost of the bench itself.
    Without(&'static str, &'static str),
}

/// What a figure is divided by.
enum Over {
    /// The same figure at the other commit.
    Before,
    /// A peer's figure in this tree.
    Peer(&'static str),
    /// Nothing: the figure itself has a goal.
    One,
}

const ROWS: &[Row] = &[
    Row {
        what: "an invocation with 20 nested spans, 5 records, 12 metric values, whole: time",
        figure: Figure::Of("invocation::whole_with_20_spans"),
        over: Over::Before,
        must: 0.40,
        goal: 0.25,
    },
    Row {
        what: "20 spans alone, over opentelemetry-aws as it is by default: time",
        figure: Figure::Of("tracer_span::twenty::powertools"),
        over: Over::Peer("tracer_span::twenty::opentelemetry_aws"),
        must: 0.25,
        goal: 0.15,
    },
    Row {
        what: "20 spans alone, over opentelemetry-aws with its nesting: time",
        figure: Figure::Of("tracer_span::twenty::powertools"),
        over: Over::Peer("tracer_span::twenty::opentelemetry_aws_nested"),
        must: 0.6,
        goal: 0.4,
    },
    Row {
        what: "an invocation, until the response: instructions",
        figure: Figure::Of("invocation_instructions::invocation::until_the_response::sampled"),
        over: Over::One,
        must: 19_000.0,
        goal: 15_000.0,
    },
    Row {
        what: "an invocation, whole: instructions",
        figure: Figure::Of("invocation_instructions::invocation::whole::sampled"),
        over: Over::One,
        must: 28_000.0,
        goal: 22_000.0,
    },
    Row {
        what: "a further sampled span with two annotations and one metadata: instructions",
        figure: Figure::Without(
            "invocation_instructions::invocation::whole::with_a_further_span",
            "invocation_instructions::invocation::whole::sampled",
        ),
        over: Over::One,
        must: 5_500.0,
        goal: 4_500.0,
    },
    Row {
        what: "what the interceptor adds to an SDK call, not sampled: instructions",
        figure: Figure::Without(
            "tracer_sdk_call_instructions::calls::call::with_it_unsampled",
            "tracer_sdk_call_instructions::calls::call::with_one_that_does_nothing",
        ),
        over: Over::Before,
        must: 0.5,
        goal: 0.3,
    },
    Row {
        what: "what the interceptor adds to an SDK call, sampled: instructions",
        figure: Figure::Without(
            "tracer_sdk_call_instructions::calls::call::with_it_sampled",
            "tracer_sdk_call_instructions::calls::call::with_one_that_does_nothing",
        ),
        over: Over::Before,
        must: 0.5,
        goal: 0.3,
    },
    Row {
        what: "a record (L1): instructions",
        figure: Figure::Of("record_instructions::record::l1_record::powertools"),
        over: Over::One,
        must: 2_800.0,
        goal: 2_300.0,
    },
    Row {
        what: "12 values to one line (M1): instructions",
        figure: Figure::Of("document_instructions::document::m1::powertools"),
        over: Over::One,
        must: 5_800.0,
        goal: 5_000.0,
    },
    Row {
        what: "a batch of 10, one after the other, over join_all: time",
        figure: Figure::Of("records::ours::10"),
        over: Over::Peer("records::join_all::10"),
        must: 1.6,
        goal: 1.2,
    },
    Row {
        what: "a batch of 10,000, sixteen at once, over join_all: time",
        figure: Figure::Of("records::ours_16_at_once::10000"),
        over: Over::Peer("records::join_all::10000"),
        must: 1.0,
        goal: 0.8,
    },
];

/// Prints the rows for which everything was measured.
pub(crate) fn print(results: &Both) {
    ui::heading("Goals");
    println!("{:78} {:>10} {:>10} {:>10}", "", "measured", "must", "goal");
    for row in ROWS {
        let measured = measured(row, results).map_or_else(|| "–".to_owned(), |value| shown(value, &row.over));
        let (must, goal) = (shown(row.must, &row.over), shown(row.goal, &row.over));
        println!("{:78} {measured:>10} {must:>10} {goal:>10}", row.what);
    }
}

fn measured(row: &Row, results: &Both) -> Option<f64> {
    let here = |path: &str| results.get(path)?.here;
    let there = |path: &str| results.get(path)?.there;
    let value = |of: &dyn Fn(&str) -> Option<f64>| match row.figure {
        Figure::Of(path) => of(path),
        Figure::Without(path, bench) => Some(of(path)? - of(bench)?),
    };
    let over = match row.over {
        Over::Before => value(&there)?,
        Over::Peer(peer) => here(peer)?,
        Over::One => 1.0,
    };
    Some(value(&here)? / over)
}

fn shown(value: f64, over: &Over) -> String {
    match over {
        Over::One => format!("{value:.0}"),
        Over::Before | Over::Peer(_) => format!("{value:.2} ×"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::comparison::Pair;

    fn row(figure: Figure, over: Over) -> Row {
        Row {
            what: "",
            figure,
            over,
            must: 1.0,
            goal: 1.0,
        }
    }

    #[test]
    fn a_row_compares_with_the_commit_with_a_peer_or_with_nothing() {
        let pair = |there, here| Pair {
            there: Some(there),
            here: Some(here),
        };
        let results = Both::from([
            ("ours".to_owned(), pair(110.0, 60.0)),
            ("bench".to_owned(), pair(10.0, 10.0)),
            ("peer".to_owned(), pair(99.0, 30.0)),
        ]);
        for (row, expected) in [
            (row(Figure::Without("ours", "bench"), Over::Before), Some(0.5)),
            (row(Figure::Of("ours"), Over::Peer("peer")), Some(2.0)),
            (row(Figure::Of("ours"), Over::One), Some(60.0)),
            (row(Figure::Of("ours"), Over::Peer("unknown")), None),
        ] {
            assert_eq!(measured(&row, &results), expected);
        }
    }
}
