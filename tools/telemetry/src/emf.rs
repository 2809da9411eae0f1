//! Extracts metrics from documents in CloudWatch's [Embedded Metric Format], as CloudWatch does.
//!
//! [Embedded Metric Format]: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

use serde_json::Value;

use crate::object::Object;

/// A metric of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Its identity.
    pub identity: Identity,
    /// Its values; each that is not a number is `NaN`.
    pub values: Vec<f64>,
}

/// The identity of a metric: values with the same identity belong to the same metric.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its dimensions, sorted by key.
    pub dimensions: Vec<(String, String)>,
    /// Its unit, `None` if the document has none.
    pub unit: String,
}

/// Returns the timestamp of a document, in milliseconds since 1970.
pub fn timestamp(document: &Object) -> Option<i64> {
    document["_aws"]["Timestamp"].as_i64()
}

/// Returns each metric of a document, once for each of its dimension sets.
pub fn metrics(document: &Object) -> Vec<Metric> {
    let mut metrics = Vec::new();
    for directive in array(&document["_aws"]["CloudWatchMetrics"]) {
        for set in array(&directive["Dimensions"]) {
            let keys = array(set).filter_map(Value::as_str);
            let value = |key: &str| document.text(key).unwrap_or_default().to_owned();
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
                let values = values(&document[name]);
                metrics.push(Metric { identity, values });
            }
        }
    }
    metrics
}

fn values(value: &Value) -> Vec<f64> {
    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
    match value {
        Value::Array(values) => values.iter().map(number).collect(),
        value => vec![number(value)],
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
        let text = r#"{
            "_aws": {"Timestamp": 1, "CloudWatchMetrics": [{
                "Namespace": "n", "Dimensions": [["service", "a"], []],
                "Metrics": [{"Name": "m", "Unit": "Count"}, {"Name": "absent"}]
            }]},
            "service": "s", "a": "b", "m": [1, 2.5]
        }"#;
        let document = Object::read(text).unwrap();
        let metrics = metrics(&document);
        let read: Vec<_> = metrics
            .iter()
            .map(|metric| {
                let Metric { identity, values } = metric;
                let values: Vec<_> = values.iter().map(ToString::to_string).collect();
                (
                    &*identity.name,
                    &*identity.unit,
                    identity.dimensions.len(),
                    values.join(" "),
                )
            })
            .collect();
        let expected = [
            ("m", "Count", 2, "1 2.5".to_owned()),
            ("absent", "None", 2, "NaN".to_owned()),
            ("m", "Count", 0, "1 2.5".to_owned()),
            ("absent", "None", 0, "NaN".to_owned()),
        ];
        assert_eq!(read, expected);
        let first = &metrics[0].identity.dimensions[0];
        assert_eq!(*first, ("a".to_owned(), "b".to_owned()), "sorted by key");
        assert_eq!(timestamp(&document), Some(1));
    }
}
