//! Writes log lines and X-Ray documents as the toolkit does, and records the facts in them.

use std::collections::BTreeMap;
use std::path::Path;

use powertools_telemetry::Telemetry;
use serde_json::{Map, Value, json};

/// 15 January 2026, 10:30:00 UTC, in microseconds.
pub const BEGIN: i64 = 1_768_473_000_000_000;

/// A random number generator with the same numbers in each run.
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        (self.next() >> 11) % bound
    }

    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1_000) < per_mille
    }

    /// Returns a duration around `typical` microseconds, occasionally much longer.
    pub fn time(&mut self, typical: i64) -> i64 {
        let bound = u64::try_from(typical).unwrap();
        let tail = if self.chance(40) { 4 } else { 1 };
        typical / 2 + i64::try_from(self.below(bound) * tail).unwrap()
    }
}

/// The expected facts about a span.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanTruth {
    pub function: String,
    pub document: Value,
}

/// Telemetry with the expected facts about it.
#[derive(Default)]
pub struct Sample {
    pub logs: BTreeMap<String, Vec<String>>,
    pub documents: Vec<String>,
    pub spans: Vec<SpanTruth>,
    pub records: Vec<(String, Value)>,
    /// Namespace, name, dimensions, time in milliseconds, value.
    pub metrics: Vec<(String, String, Vec<(String, String)>, i64, f64)>,
    /// By start, end and whether asynchronous: the number of calls and of failures.
    pub edges: BTreeMap<(String, String, bool), (usize, usize)>,
    /// By function: the number of invocations, of failed ones and of cold ones.
    pub invocations: BTreeMap<String, (usize, usize, usize)>,
    ids: u64,
}

impl Sample {
    pub fn id(&mut self) -> String {
        self.ids += 1;
        format!("{:016x}", 0x7c1e_4d9d_0000_0000 + self.ids)
    }

    pub fn trace_id(&mut self) -> String {
        self.ids += 1;
        format!("1-6968c1e8-{:024x}", 0xbd86_2e3f_0000_0000_u64 + self.ids)
    }

    pub fn line(&mut self, function: &str, line: String) {
        self.logs.entry(function.to_owned()).or_default().push(line);
    }

    pub fn edge(&mut self, from: &str, to: &str, handed_over: bool, failed: bool) {
        let edge = self
            .edges
            .entry((from.to_owned(), to.to_owned(), handed_over))
            .or_default();
        edge.0 += 1;
        edge.1 += usize::from(failed);
    }

    /// Adds a document; `rest` has all fields except name, ids and times.
    #[allow(clippy::too_many_arguments, clippy::cast_precision_loss)]
    pub fn span(&mut self, scope: &Scope, name: &str, id: &str, parent: &str, begin: i64, end: i64, rest: &Value) {
        let mut document = json!({"name": name, "id": id, "trace_id": scope.trace, "parent_id": parent,
            "start_time": begin as f64 / 1e6, "end_time": end as f64 / 1e6, "type": "subsegment"});
        let rest = rest.as_object().cloned().unwrap_or_default();
        document.as_object_mut().unwrap().extend(rest);
        self.documents.push(document.to_string());
        let function = scope.function.clone();
        self.spans.push(SpanTruth { function, document });
    }

    pub fn record(&mut self, scope: &Scope, at: i64, level: &str, message: &str, keys: &Value) {
        let mut record = json!({"level": level, "timestamp": timestamp(at), "message": message,
            "location": format!("{}:{}", scope.function.replace('-', "_"), 40 + message.len()), "service": "shop",
            "function_name": scope.function,
            "function_arn": format!("arn:aws:lambda:eu-west-1:123456789012:function:{}", scope.function),
            "function_request_id": scope.request, "xray_trace_id": scope.trace, "function_memory_size": 256,
            "cold_start": scope.cold, "correlation_id": scope.correlation});
        let keys: Map<_, _> = keys.as_object().cloned().unwrap_or_default();
        record.as_object_mut().unwrap().extend(keys);
        self.line(&scope.function, record.to_string());
        self.records.push((scope.function.clone(), record));
    }

    pub fn metric(&mut self, scope: &Scope, at: i64, metrics: &[(&str, &str, f64)], dimensions: &[(&str, &str)]) {
        let mut dimensions: Vec<_> = dimensions
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        dimensions.push(("service".to_owned(), "shop".to_owned()));
        let keys: Vec<_> = dimensions.iter().map(|(key, _)| key).collect();
        let definitions: Vec<_> = metrics
            .iter()
            .map(|(name, unit, _)| json!({"Name": name, "Unit": unit}))
            .collect();
        let at = at / 1_000;
        let mut document = json!({"_aws": {"Timestamp": at, "CloudWatchMetrics": [{
            "Namespace": "Shop", "Dimensions": [keys], "Metrics": definitions}]}});
        for (key, value) in &dimensions {
            document[key] = json!(value);
        }
        for (name, _, value) in metrics {
            document[*name] = json!(value);
        }
        self.line(&scope.function, document.to_string());
        dimensions.sort();
        for (name, _, value) in metrics {
            self.metrics
                .push(("Shop".to_owned(), (*name).to_owned(), dimensions.clone(), at, *value));
        }
    }

    pub fn start(&mut self, scope: &Scope) {
        self.line(
            &scope.function,
            format!("START RequestId: {} Version: $LATEST", scope.request),
        );
    }

    pub fn end(&mut self, scope: &Scope, begin: i64, end: i64, failed: bool) {
        #[allow(clippy::cast_precision_loss)]
        let duration = (end - begin) as f64 / 1e3;
        let init = if scope.cold { "\tInit Duration: 48.21 ms" } else { "" };
        let memory = 28 + scope.function.len();
        self.line(&scope.function, format!("END RequestId: {}", scope.request));
        self.line(
            &scope.function,
            format!(
                "REPORT RequestId: {}\tDuration: {duration:.2} ms\tBilled Duration: {duration:.0} ms\tMemory Size: 256 MB\t\
                 Max Memory Used: {memory} MB{init}\t",
                scope.request
            ),
        );
        let counts = self.invocations.entry(scope.function.clone()).or_default();
        counts.0 += 1;
        counts.1 += usize::from(failed);
        counts.2 += usize::from(scope.cold);
    }

    /// Saves everything in the layout that `cargo xtask report` reads.
    pub fn save(&self, folder: &Path) {
        std::fs::create_dir_all(folder.join("logs")).unwrap();
        for (function, lines) in &self.logs {
            std::fs::write(
                folder.join("logs").join(format!("{function}.log")),
                lines.join("\n") + "\n",
            )
            .unwrap();
        }
        std::fs::write(folder.join("xray.jsonl"), self.documents.join("\n") + "\n").unwrap();
    }

    pub fn telemetry(&self) -> Telemetry {
        let mut telemetry = Telemetry::default();
        for (function, lines) in &self.logs {
            telemetry.add_log(function, &lines.join("\n"));
        }
        telemetry.add_documents(&self.documents.join("\n"));
        telemetry
    }
}

/// An invocation.
#[derive(Clone)]
pub struct Scope {
    pub function: String,
    pub request: String,
    pub trace: String,
    pub correlation: String,
    pub cold: bool,
    /// The id of the handler's span.
    pub handler: String,
}

pub fn timestamp(micros: i64) -> String {
    let time = jiff::Timestamp::from_microsecond(micros / 1_000 * 1_000).unwrap();
    format!("{time:.3}")
}
