//! What a function wrote: log records, metrics, subsegments.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// What came out of a run, as it was written.
pub(crate) struct Capture {
    /// The lines of each function's log group.
    pub(crate) logs: BTreeMap<String, Vec<String>>,
    /// What the X-Ray daemon received.
    pub(crate) datagrams: Vec<String>,
}

/// What stands before the document in a datagram.
pub(crate) const DATAGRAM_HEADER: &str = "{\"format\": \"json\", \"version\": 1}\n";

impl Capture {
    pub(crate) fn read(&self) -> Telemetry {
        let mut telemetry = Telemetry::read(self.logs.values().flatten(), &self.datagrams);
        // Functions write at the same time.
        telemetry.records.sort_by_key(|record| text(&record["timestamp"]));
        telemetry
    }

    /// Writes `logs/FUNCTION.log`, its lines as they are, and `xray.jsonl`, a document a line, in place of what is there.
    pub(crate) fn save(&self, folder: &Path) -> Result<()> {
        let logs = folder.join("logs");
        if folder.exists() {
            std::fs::remove_dir_all(folder).with_context(|| format!("{} cannot be replaced", folder.display()))?;
        }
        std::fs::create_dir_all(&logs).with_context(|| format!("{} cannot be created", logs.display()))?;
        let documents = self.datagrams.iter().map(|datagram| {
            let document = datagram.strip_prefix(DATAGRAM_HEADER).unwrap_or(datagram);
            document.to_owned()
        });
        let files = self
            .logs
            .iter()
            .map(|(function, lines)| (logs.join(format!("{function}.log")), lines.clone()));
        for (file, lines) in files.chain([(folder.join("xray.jsonl"), documents.collect())]) {
            let text: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
            std::fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))?;
        }
        Ok(())
    }
}

/// Everything that came out of a run, read from the lines and datagrams themselves.
#[derive(Default)]
pub(crate) struct Telemetry {
    /// Log records, in the order they were written.
    pub(crate) records: Vec<Value>,
    /// EMF documents.
    pub(crate) emf: Vec<Value>,
    /// X-Ray documents.
    pub(crate) subsegments: Vec<Value>,
    /// How many invocations Lambda reports.
    pub(crate) reports: usize,
    /// Lines and datagrams that are none of these; the platform's own START, END and REPORT lines are not counted.
    pub(crate) unknown: Vec<String>,
}

/// One value of a metric.
pub(crate) struct Metric {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) values: Vec<f64>,
    pub(crate) dimensions: Vec<(String, String)>,
}

impl Telemetry {
    fn read<'a>(lines: impl IntoIterator<Item = &'a String>, datagrams: &[String]) -> Self {
        let mut telemetry = Self::default();
        for line in lines {
            match serde_json::from_str::<Value>(line) {
                Ok(document) if document.get("_aws").is_some() => telemetry.emf.push(document),
                Ok(document) if document.get("level").is_some() => telemetry.records.push(document),
                _ if is_platform(line) => telemetry.reports += usize::from(line.starts_with("REPORT ")),
                _ => telemetry.unknown.push(line.clone()),
            }
        }
        for datagram in datagrams {
            let document = datagram.strip_prefix(DATAGRAM_HEADER).map(serde_json::from_str);
            match document {
                Some(Ok(document)) => telemetry.subsegments.push(document),
                _ => telemetry.unknown.push(datagram.clone()),
            }
        }
        telemetry
    }

    /// Returns the metrics as CloudWatch would extract them from the EMF documents.
    pub(crate) fn metrics(&self) -> Vec<Metric> {
        self.emf.iter().flat_map(extract).collect()
    }

    /// Returns the subsegments of each trace, by their parent, in order of start.
    pub(crate) fn traces(&self) -> BTreeMap<String, Vec<&Value>> {
        let mut traces: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
        for subsegment in &self.subsegments {
            traces
                .entry(text(&subsegment["trace_id"]))
                .or_default()
                .push(subsegment);
        }
        for subsegments in traces.values_mut() {
            subsegments.sort_by(|a, b| number(&a["start_time"]).total_cmp(&number(&b["start_time"])));
        }
        traces
    }
}

/// Extracts metrics from an EMF document by the rules of its specification.
fn extract(document: &Value) -> Vec<Metric> {
    let mut metrics = Vec::new();
    for directive in document["_aws"]["CloudWatchMetrics"].as_array().into_iter().flatten() {
        for dimension_set in directive["Dimensions"].as_array().into_iter().flatten() {
            let keys = dimension_set.as_array().into_iter().flatten().map(text);
            let dimensions: Vec<_> = keys.map(|key| (key.clone(), text(&document[&key]))).collect();
            for definition in directive["Metrics"].as_array().into_iter().flatten() {
                let name = text(&definition["Name"]);
                let value = &document[&name];
                let values = value
                    .as_array()
                    .map_or_else(|| vec![number(value)], |values| values.iter().map(number).collect());
                metrics.push(Metric {
                    namespace: text(&directive["Namespace"]),
                    unit: definition["Unit"].as_str().unwrap_or("None").to_owned(),
                    name,
                    values,
                    dimensions: dimensions.clone(),
                });
            }
        }
    }
    metrics
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub(crate) fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

fn is_platform(line: &str) -> bool {
    line.is_empty()
        || ["START RequestId:", "END RequestId:", "REPORT RequestId:", "INIT_START "]
            .iter()
            .any(|start| line.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_told_by_its_content() {
        let lines = [
            "START RequestId: 1 Version: $LATEST",
            "REPORT RequestId: 1",
            r#"{"level":"INFO","message":"hello"}"#,
            r#"{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"n","Dimensions":[["service"],[]],"Metrics":[{"Name":"a","Unit":"Count"}]}]},"service":"s","a":[1,2]}"#,
            "free text",
        ]
        .map(String::from);
        let telemetry = Telemetry::read(
            &lines,
            &["{\"format\": \"json\", \"version\": 1}\n{\"id\":\"1\"}".to_owned()],
        );
        assert_eq!(
            (
                telemetry.records.len(),
                telemetry.emf.len(),
                telemetry.subsegments.len()
            ),
            (1, 1, 1)
        );
        assert_eq!(telemetry.reports, 1);
        assert_eq!(telemetry.unknown, ["free text"]);
        let metrics = telemetry.metrics();
        assert_eq!(metrics.len(), 2, "one for each dimension set");
        assert_eq!(metrics[0].dimensions, [("service".to_owned(), "s".to_owned())]);
        assert_eq!(metrics[1].values, [1.0, 2.0]);
    }
}
