//! `EmittedMetrics`, the metrics in documents of the Embedded Metric Format.

use std::iter::repeat_n;

use serde_json::{Map, Value};

/// The metrics that were written, in their order.
///
/// A name that was written in several documents, for example by several invocations, is in the list several times.
///
/// ```
/// use powertools_lambda_core::test_util::TestEnvironment;
///
/// let test = TestEnvironment::new();
/// test.environment().output().write_line(
///     br#"{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"Shop","Dimensions":[["service"]],"Metrics":[{"Name":"Price","Unit":"None"}]}]},"service":"orders","order_id":"A-1","Price":[12,30]}"#,
/// );
/// let metrics = test.metrics();
/// assert_eq!(metrics.sum("Price"), 42.0);
/// let price = metrics.metric("Price");
/// assert_eq!((price.namespace(), price.unit(), price.values()), ("Shop", "None", &[12.0, 30.0][..]));
/// assert_eq!(price.dimension("service"), Some("orders"));
/// assert_eq!(price.metadata("order_id").unwrap(), "A-1");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EmittedMetrics(Vec<EmittedMetric>);

/// A metric of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct EmittedMetric {
    namespace: String,
    name: String,
    unit: String,
    values: Vec<f64>,
    is_high_resolution: bool,
    dimension_sets: Vec<Vec<(String, String)>>,
    timestamp: Option<u64>,
    metadata: Map<String, Value>,
    request_id: Option<String>,
}

impl EmittedMetrics {
    /// Returns the sum of all values of a name; 0 if there is no such metric, unlike [`metric`](Self::metric), which panics.
    pub fn sum(&self, name: &str) -> f64 {
        // An empty `Iterator::sum` of floats is -0.
        self.named(name)
            .map(EmittedMetric::sum)
            .fold(0.0, |sum, value| sum + value)
    }

    /// Returns the first metric with this name.
    ///
    /// # Panics
    ///
    /// Panics if no metric has this name. The panic message lists the names of all metrics.
    #[track_caller]
    pub fn metric(&self, name: &str) -> &EmittedMetric {
        match self.get(name) {
            Some(metric) => metric,
            None => panic!("no metric is named {name:?}; there are: {:?}", self.names()),
        }
    }

    /// Returns the first metric with this name, if there is one.
    pub fn get(&self, name: &str) -> Option<&EmittedMetric> {
        self.named(name).next()
    }

    /// Returns the metrics with this name.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &EmittedMetric> {
        self.iter().filter(move |metric| metric.name == name)
    }

    /// Returns the names, in the order of the metrics.
    pub fn names(&self) -> Vec<&str> {
        self.iter().map(EmittedMetric::name).collect()
    }

    /// Returns the metrics.
    pub fn iter(&self) -> std::slice::Iter<'_, EmittedMetric> {
        self.0.iter()
    }

    /// Returns how many metrics there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there is no metric.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> IntoIterator for &'a EmittedMetrics {
    type Item = &'a EmittedMetric;
    type IntoIter = std::slice::Iter<'a, EmittedMetric>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for EmittedMetrics {
    type Item = EmittedMetric;
    type IntoIter = std::vec::IntoIter<EmittedMetric>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromIterator<EmittedMetric> for EmittedMetrics {
    fn from_iter<I: IntoIterator<Item = EmittedMetric>>(metrics: I) -> Self {
        Self(metrics.into_iter().collect())
    }
}

impl EmittedMetric {
    /// Returns the namespace.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the unit, such as `Count`; the text `None` if the document has no unit, as CloudWatch reads it.
    pub fn unit(&self) -> &str {
        &self.unit
    }

    /// Returns the values, each repeated as often as it was counted. A value that is not a number is `NaN`.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Returns the sum of the values.
    pub fn sum(&self) -> f64 {
        self.values.iter().fold(0.0, |sum, value| sum + value)
    }

    /// Returns whether CloudWatch stores the metric with a resolution of one second.
    pub fn is_high_resolution(&self) -> bool {
        self.is_high_resolution
    }

    /// Returns the value of a dimension, if a dimension set has it.
    pub fn dimension(&self, key: &str) -> Option<&str> {
        let mut dimensions = self.dimension_sets.iter().flatten();
        dimensions.find(|(there, _)| there == key).map(|(_, value)| &**value)
    }

    /// Returns the dimension sets, each with keys and values.
    pub fn dimension_sets(&self) -> &[Vec<(String, String)>] {
        &self.dimension_sets
    }

    /// Returns the document's timestamp, in milliseconds since the Unix epoch.
    pub fn timestamp(&self) -> Option<u64> {
        self.timestamp
    }

    /// Returns a value of the document's metadata.
    pub fn metadata(&self, key: &str) -> Option<&Value> {
        self.metadata.get(key)
    }

    /// Returns the id of the request during which the document was written.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

/// Returns whether a line is a document of metrics.
pub(super) fn is_document(line: &Map<String, Value>) -> bool {
    line.get("_aws").is_some_and(|aws| aws["CloudWatchMetrics"].is_array())
}

/// Returns the metrics of a document.
pub(super) fn metrics_of(document: &Map<String, Value>, request_id: Option<&str>) -> Vec<EmittedMetric> {
    let aws = &document["_aws"];
    let directives = || elements(&aws["CloudWatchMetrics"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let dimension_sets = |directive: &Value| {
        let dimension = |key: &Value| (text(key), document.get(&text(key)).map(text).unwrap_or_default());
        let sets = elements(&directive["Dimensions"]);
        sets.map(|keys| elements(keys).map(dimension).collect::<Vec<_>>())
            .collect::<Vec<_>>()
    };
    let mut metadata = document.clone();
    metadata.remove("_aws");
    for directive in directives() {
        for (key, _) in dimension_sets(directive).into_iter().flatten() {
            metadata.remove(&key);
        }
        for definition in elements(&directive["Metrics"]) {
            metadata.remove(&text(&definition["Name"]));
        }
    }
    let metrics = directives().flat_map(|directive| {
        let sets = dimension_sets(directive);
        elements(&directive["Metrics"]).map(move |definition| (directive, definition, sets.clone()))
    });
    let metric = |(directive, definition, dimension_sets): (&Value, &Value, _)| {
        let name = text(&definition["Name"]);
        EmittedMetric {
            namespace: text(&directive["Namespace"]),
            unit: definition["Unit"].as_str().unwrap_or("None").to_owned(),
            values: document.get(&name).map(values_of).unwrap_or_default(),
            is_high_resolution: definition["StorageResolution"] == 1,
            name,
            dimension_sets,
            timestamp: aws["Timestamp"].as_u64(),
            metadata: metadata.clone(),
            request_id: request_id.map(str::to_owned),
        }
    };
    metrics.map(metric).collect()
}

fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Returns the values of a metric: a number, several, or several with their counts.
fn values_of(value: &Value) -> Vec<f64> {
    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
    match value {
        Value::Array(values) => values.iter().map(number).collect(),
        Value::Object(statistic) => {
            let list = |key| statistic.get(key).into_iter().flat_map(elements);
            let count = |count: &Value| count.as_u64().and_then(|count| usize::try_from(count).ok());
            let counts = list("Counts").map(|value| count(value).unwrap_or(1));
            list("Values")
                .zip(counts.chain(std::iter::repeat(1)))
                .flat_map(|(value, count)| repeat_n(number(value), count))
                .collect()
        }
        value => vec![number(value)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> EmittedMetrics {
        let document = serde_json::from_str(text).unwrap();
        assert!(is_document(&document));
        metrics_of(&document, None).into_iter().collect()
    }

    #[test]
    fn a_metric_has_all_its_dimension_sets_and_counts_once() {
        let metrics = read(
            r#"{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"n","Dimensions":[["service"],["service","a"]],
            "Metrics":[{"Name":"m","Unit":"Count","StorageResolution":1},{"Name":"absent"}]}]},
            "service":"s","a":"b","m":{"Values":[1,2.5],"Counts":[3,1]},"note":7}"#,
        );
        let metric = metrics.metric("m");
        assert_eq!((metric.sum().to_string(), metric.values().len()), ("5.5".to_owned(), 4));
        assert_eq!((metric.dimension_sets().len(), metric.dimension("a")), (2, Some("b")));
        assert!(metric.is_high_resolution());
        assert_eq!(metric.metadata, Map::from_iter([("note".to_owned(), 7.into())]));
        assert!(metrics.metric("absent").values().is_empty());
        assert_eq!(metrics.metric("absent").sum().to_string(), "0");
        assert_eq!(metrics.sum("in no document").to_string(), "0");
        assert_eq!(metrics.metric("absent").unit(), "None");
    }

    #[test]
    #[should_panic(expected = r#"no metric is named "Orders"; there are: ["Order"]"#)]
    fn a_missing_name_is_reported_with_the_existing_names() {
        let text = r#"{"_aws":{"CloudWatchMetrics":[{"Namespace":"n","Dimensions":[],"Metrics":[{"Name":"Order"}]}]},"Order":1}"#;
        read(text).metric("Orders");
    }
}
