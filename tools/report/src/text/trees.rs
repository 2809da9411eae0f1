//! Draws traces as trees of steps, across all functions that a request or a message went through.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use console::style;
use serde_json::Value;
use termtree::{GlyphPalette, Tree};

use crate::model::{Kind, Model, Span, Trace};
use crate::words::{clean, cut, duration};

/// The maximum depth of a tree.
const DEEPEST: usize = 64;

const GLYPHS: GlyphPalette = GlyphPalette {
    item_indent: "─ ",
    skip_indent: "  ",
    ..GlyphPalette::new()
};

/// Draws at most `most` trees: those that failed, then the slowest, in order of time.
///
/// Also returns the total number of trees.
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
    /// For each span that a link names, the traces that it led to, in order of time.
    led_to: HashMap<usize, Vec<usize>>,
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
                // If the span is not known, the first one of its trace takes its place.
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
        for span in self.roots(root) {
            let tree = self.tree((span, root), trace.at, 0, &mut drawn).with_glyphs(GLYPHS);
            let _ = write!(text, "{tree}");
        }
        text
    }

    /// Returns the tree below a span of a trace; `begin` is the start of the first trace.
    fn tree(&self, (at, trace): (usize, usize), begin: i64, depth: usize, drawn: &mut HashSet<usize>) -> Tree<String> {
        let span = &self.model.spans[at];
        // A batch appears below each of its messages, but its content is drawn only once.
        if span.depth == 0 && !drawn.insert(at) {
            return format!("{}  {}", self.title(span), style("as above").dim()).into();
        }
        let below = self.below(at, trace);
        let tree = Tree::new(self.lines(span, span.at - begin)).with_multiline(true);
        if depth == DEEPEST && !below.is_empty() {
            return tree.with_leaves(["…".to_owned()]);
        }
        let leaves: Vec<_> = below
            .into_iter()
            .map(|below| self.tree(below, begin, depth + 1, drawn))
            .collect();
        tree.with_leaves(leaves)
    }

    /// Returns the spans of a trace that have no parent in it.
    fn roots(&self, trace: usize) -> Vec<usize> {
        let trace = &self.model.traces[trace];
        let spans = trace.first..trace.first + trace.spans;
        spans.filter(|at| self.model.spans[*at].depth == 0).collect()
    }

    /// Returns the children of a span and the spans that it led to, each with its trace, in order of time.
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

    /// Returns the text of a span: one line for the span, and one for each exception.
    fn lines(&self, span: &Span, offset: i64) -> String {
        let mut text = self.title(span);
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
        for exception in span.details["cause"]["exceptions"].as_array().into_iter().flatten() {
            let word = |key: &str| clean(exception[key].as_str().unwrap_or_default());
            let _ = write!(text, "\n    {} {}", style(word("type")).red(), word("message"));
        }
        text
    }

    fn title(&self, span: &Span) -> String {
        let name = style(clean(&self.name(span))).bold();
        let name = if span.mark.failed() { name.red() } else { name };
        name.to_string()
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

/// Summarizes a call: the operation and its resource, or the method and the path, and the status.
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

/// Returns the path of a URL.
fn path(url: &str) -> &str {
    let path = url
        .split_once("://")
        .map_or(url, |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
    path.split(['?', '#']).next().unwrap_or_default()
}
