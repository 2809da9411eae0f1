//! Metrics as CloudWatch extracts them from documents in its Embedded Metric Format.

use serde_json::{Map, Value};

/// What makes two values the same metric.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Identity {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) dimensions: Vec<(String, String)>,
    pub(crate) unit: String,
}

/// A metric of a document.
pub(crate) struct Metric {
    pub(crate) identity: Identity,
    pub(crate) values: Vec<f64>,
}

/// Returns when the values of a document are from, in microseconds since 1970.
pub(crate) fn time(document: &Map<String, Value>) -> Option<i64> {
    document["_aws"]["Timestamp"].as_i64()?.checked_mul(1_000)
}

/// Returns each metric of a document, once for each of its dimension sets.
pub(crate) fn metrics(document: &Map<String, Value>) -> Vec<Metric> {
    let mut metrics = Vec::new();
    for directive in array(&document["_aws"]["CloudWatchMetrics"]) {
        for set in array(&directive["Dimensions"]) {
            let keys = array(set).filter_map(Value::as_str);
            let value = |key: &str| document.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let mut dimensions: Vec<_> = keys.map(|key| (key.to_owned(), value(key))).collect();
            dimensions.sort();
            for definition in array(&directive["Metrics"]) {
                let name = definition["Name"].as_str().unwrap_or_default();
                let identity = Identity {
                    namespace: directive["Namespace"].as_str().unwrap_or_default().to_owned(),
                    name: name.to_owned(),
                    dimensions: dimensions.clone(),
                    unit: definition["Unit"].as_str().unwrap_or("None").to_owned(),
                };
                let values = values(document.get(name));
                metrics.push(Metric { identity, values });
            }
        }
    }
    metrics
}

fn values(value: Option<&Value>) -> Vec<f64> {
    match value {
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_f64).collect(),
        Some(value) => value.as_f64().into_iter().collect(),
        None => Vec::new(),
    }
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_counts_once_for_each_dimension_set() {
        let document = serde_json::json!({
            "_aws": {"Timestamp": 1, "CloudWatchMetrics": [{
                "Namespace": "n", "Dimensions": [["service", "a"], []],
                "Metrics": [{"Name": "m", "Unit": "Count"}, {"Name": "absent"}]
            }]},
            "service": "s", "a": "b", "m": [1, 2.5]
        });
        let metrics = metrics(document.as_object().unwrap());
        let read: Vec<_> = metrics
            .iter()
            .map(|metric| {
                (
                    metric.identity.name.as_str(),
                    metric.identity.dimensions.len(),
                    metric.values.clone(),
                )
            })
            .collect();
        let expected = [
            ("m", 2, vec![1.0, 2.5]),
            ("absent", 2, vec![]),
            ("m", 0, vec![1.0, 2.5]),
            ("absent", 0, vec![]),
        ];
        assert_eq!(read, expected);
        assert_eq!(
            metrics[0].identity.dimensions[0],
            ("a".to_owned(), "b".to_owned()),
            "in order of key"
        );
        assert_eq!(time(document.as_object().unwrap()), Some(1_000));
    }
}
