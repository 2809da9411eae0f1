//! Traces as trees: each step below what it belongs to, across the functions that a request or a message went through.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use console::style;
use serde_json::Value;

use crate::model::{Kind, Model, Span, Trace};
use crate::words::{clean, cut, duration};

/// How many steps deep a tree is drawn.
const DEEPEST: usize = 64;

/// Draws the trees that are worth a look, at most `most`: those that failed, then the slowest, each in order of time.
///
/// Returns how many there are in all, too.
pub(super) fn worst(model: &Model, most: usize) -> (Vec<String>, usize) {
    let forest = Forest::of(model);
    let roots = (0..model.traces.len()).filter(|at| model.traces[*at].causes.is_empty());
    let mut roots: Vec<_> = roots.map(|root| (forest.extent(root), root)).collect();
    let all = roots.len();
    roots.sort_by_key(|((failed, end), root)| (!failed, Reverse(end - model.traces[*root].at)));
    roots.truncate(most);
    roots.sort_by_key(|(_, root)| *root);
    (roots.into_iter().map(|(_, root)| forest.draw(root)).collect(), all)
}

struct Forest<'a> {
    model: &'a Model,
    /// By the span that a link names, the traces that it led to, in order of time.
    led_to: HashMap<usize, Vec<usize>>,
}

/// A span that is still to be drawn.
struct Branch {
    span: usize,
    trace: usize,
    depth: usize,
    /// The lines that stand in front of it and of what is within it.
    corner: String,
    rest: String,
}

impl<'a> Forest<'a> {
    fn of(model: &'a Model) -> Self {
        let mut spans = HashMap::new();
        let traces: HashMap<_, _> = model.traces.iter().map(|trace| (trace.id.as_str(), trace)).collect();
        for trace in &model.traces {
            let ids = (trace.first..).zip(model.spans_of(trace));
            spans.extend(ids.map(|(at, span)| ((trace.id.as_str(), span.id.as_str()), at)));
        }
        let mut led_to = HashMap::<usize, Vec<usize>>::new();
        for (at, trace) in model.traces.iter().enumerate() {
            for (cause, id) in model.spans_of(trace).iter().flat_map(links) {
                let Some(cause) = traces.get(cause).filter(|cause| cause.id != trace.id) else {
                    continue;
                };
                // What stands for a span that is not known is the first one of its trace.
                let span = spans.get(&(cause.id.as_str(), id)).copied().unwrap_or(cause.first);
                let effects = led_to.entry(span).or_default();
                if effects.last() != Some(&at) {
                    effects.push(at);
                }
            }
        }
        Self { model, led_to }
    }

    /// Returns whether anything in a tree failed, and when its last step ended.
    fn extent(&self, root: usize) -> (bool, i64) {
        let (mut failed, mut end) = (false, i64::MIN);
        let (mut seen, mut open) = (HashSet::from([root]), vec![root]);
        while let Some(at) = open.pop() {
            let trace = &self.model.traces[at];
            failed |= trace.mark.failed();
            end = end.max(trace.at + trace.duration);
            let effects = (trace.first..trace.first + trace.spans).filter_map(|span| self.led_to.get(&span));
            open.extend(effects.flatten().filter(|effect| seen.insert(**effect)));
        }
        (failed, end)
    }

    fn draw(&self, root: usize) -> String {
        let trace = &self.model.traces[root];
        let mut text = format!("{}\n", style(format!("Trace {}", clean(&trace.id))).bold());
        let mut drawn = HashSet::new();
        let first = |span| Branch {
            span,
            trace: root,
            depth: 0,
            corner: String::new(),
            rest: String::new(),
        };
        let mut open: Vec<_> = self.roots(root).into_iter().rev().map(first).collect();
        while let Some(branch) = open.pop() {
            let span = &self.model.spans[branch.span];
            // A batch stands below each of its messages; what is within it is drawn once.
            let again = span.depth == 0 && !drawn.insert(branch.span);
            self.line(&branch, span.at - trace.at, again, &mut text);
            if again {
                continue;
            }
            let below = self.below(branch.span, branch.trace);
            if branch.depth == DEEPEST && !below.is_empty() {
                let _ = writeln!(text, "{}└─ …", branch.rest);
                continue;
            }
            for (number, (span, trace)) in below.iter().enumerate().rev() {
                let last = number + 1 == below.len();
                open.push(Branch {
                    span: *span,
                    trace: *trace,
                    depth: branch.depth + 1,
                    corner: format!("{}{}", branch.rest, if last { "└─ " } else { "├─ " }),
                    rest: format!("{}{}", branch.rest, if last { "   " } else { "│  " }),
                });
            }
        }
        text
    }

    /// Returns the spans of a trace that no other one of it is around.
    fn roots(&self, trace: usize) -> Vec<usize> {
        let trace = &self.model.traces[trace];
        let spans = trace.first..trace.first + trace.spans;
        spans.filter(|at| self.model.spans[*at].depth == 0).collect()
    }

    /// Returns the spans right within a span, and those that it led to, each with its trace, in order of time.
    fn below(&self, at: usize, trace: usize) -> Vec<(usize, usize)> {
        let spans = &self.model.spans;
        let Trace {
            first, spans: count, ..
        } = &self.model.traces[trace];
        let depth = spans[at].depth;
        let within = (at + 1..first + count).take_while(|inner| spans[*inner].depth > depth);
        let own = within
            .filter(|inner| spans[*inner].depth == depth + 1)
            .map(|inner| (inner, trace));
        let effects = self.led_to.get(&at).into_iter().flatten();
        let other = effects.flat_map(|trace| self.roots(*trace).into_iter().map(|root| (root, *trace)));
        let mut below: Vec<_> = own.chain(other).collect();
        below.sort_by_key(|(span, _)| spans[*span].at);
        below
    }

    fn line(&self, branch: &Branch, offset: i64, again: bool, text: &mut String) {
        let span = &self.model.spans[branch.span];
        let name = self.name(span);
        let name = style(clean(&name)).bold();
        let name = if span.mark.failed() { name.red() } else { name };
        let _ = write!(text, "{}{name}", branch.corner);
        if again {
            let _ = writeln!(text, "  {}", style("as above").dim());
            return;
        }
        let call = clean(&call(&span.details));
        if !call.is_empty() {
            let _ = write!(text, " {call}");
        }
        let _ = write!(
            text,
            "  {} {}",
            duration(micros(span.duration)),
            style(format!("at +{}", duration(micros(offset)))).dim()
        );
        if let Some(word) = span.mark.word() {
            let _ = write!(text, "  {}", style(word).red());
        }
        for (key, value) in span.details["annotations"].as_object().into_iter().flatten() {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let annotation = format!("{key}={}", cut(&value, 40));
            let _ = write!(text, "  {}", style(clean(&annotation)).dim());
        }
        text.push('\n');
        for exception in span.details["cause"]["exceptions"].as_array().into_iter().flatten() {
            let word = |key: &str| clean(exception[key].as_str().unwrap_or_default());
            let _ = writeln!(
                text,
                "{}    {} {}",
                branch.rest,
                style(word("type")).red(),
                word("message")
            );
        }
    }

    fn name(&self, span: &Span) -> String {
        let name = self.model.name(span);
        if span.depth > 0 || span.kind != Kind::Own {
            return name.to_owned();
        }
        format!(
            "{} {}",
            self.model.functions[span.function].name,
            name.trim_start_matches("## ")
        )
    }
}

fn links(span: &Span) -> impl Iterator<Item = (&str, &str)> {
    let links = span.details["links"].as_array().into_iter().flatten();
    links.filter_map(|link| Some((link["trace_id"].as_str()?, link["id"].as_str()?)))
}

fn micros(duration: i64) -> u64 {
    u64::try_from(duration).unwrap_or_default()
}

/// Returns what was called, in short: the operation and what it is about, or the method and the path, and the answer.
fn call(details: &Value) -> String {
    let (aws, http) = (&details["aws"], &details["http"]);
    let resource = [&aws["table_name"], &aws["queue_url"]]
        .into_iter()
        .find_map(Value::as_str);
    let resource = resource.map(|name| name.rsplit('/').next().unwrap_or(name));
    let request = &http["request"];
    let mut words: Vec<String> = Vec::new();
    let texts = [
        aws["operation"].as_str(),
        resource,
        request["method"].as_str(),
        request["url"].as_str().map(path),
    ];
    words.extend(texts.into_iter().flatten().map(|text| cut(text, 60)));
    let retries = aws["retries"].as_u64().filter(|retries| *retries > 0);
    words.extend(retries.map(|retries| format!("{retries} retries")));
    words.extend(http["response"]["status"].as_u64().map(|status| status.to_string()));
    words.join(" ")
}

/// Returns the path of an address.
fn path(url: &str) -> &str {
    let path = url
        .split_once("://")
        .map_or(url, |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
    path.split(['?', '#']).next().unwrap_or_default()
}
