//! [`resource`], which describes the function.

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_semantic_conventions::{SCHEMA_URL, attribute as names};
use powertools_lambda_core::{Environment, service_name};

use crate::variables::pairs;

/// Returns the attributes that describe the function.
///
/// A later source replaces an earlier one: Lambda's variables, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SERVICE_NAME`, the
/// builder.
pub(crate) fn resource(environment: &Environment, service: Option<String>, attributes: Vec<KeyValue>) -> Resource {
    let variables = environment.variables();
    let from = |name: &str| variables.text(name);
    let function = from("AWS_LAMBDA_FUNCTION_NAME");
    let mut found = vec![
        KeyValue::new(names::TELEMETRY_SDK_NAME, "opentelemetry"),
        KeyValue::new(names::TELEMETRY_SDK_LANGUAGE, "rust"),
        KeyValue::new(names::TELEMETRY_DISTRO_NAME, env!("CARGO_PKG_NAME")),
        KeyValue::new(names::TELEMETRY_DISTRO_VERSION, env!("CARGO_PKG_VERSION")),
    ];
    if let Some(function) = &function {
        found.push(KeyValue::new(names::CLOUD_PROVIDER, "aws"));
        found.push(KeyValue::new(names::CLOUD_PLATFORM, "aws_lambda"));
        found.push(KeyValue::new(names::FAAS_NAME, function.clone()));
    }
    let texts = [
        (names::CLOUD_REGION, from("AWS_REGION")),
        (names::FAAS_VERSION, from("AWS_LAMBDA_FUNCTION_VERSION")),
        (names::FAAS_INSTANCE, from("AWS_LAMBDA_LOG_STREAM_NAME")),
    ];
    found.extend(
        texts
            .into_iter()
            .filter_map(|(key, value)| Some(KeyValue::new(key, value?))),
    );
    if let Some(group) = from("AWS_LAMBDA_LOG_GROUP_NAME") {
        found.push(KeyValue::new(
            names::AWS_LOG_GROUP_NAMES,
            opentelemetry::Value::Array(vec![opentelemetry::StringValue::from(group)].into()),
        ));
    }
    if let Some(memory) = variables.parse::<i64>("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "a number of MiB") {
        found.push(KeyValue::new(names::FAAS_MAX_MEMORY, memory.saturating_mul(1 << 20)));
    }
    let named = pairs(environment, "OTEL_RESOURCE_ATTRIBUTES");
    let otel_service = from("OTEL_SERVICE_NAME");
    let is_named = |(key, _): &(String, String)| key == names::SERVICE_NAME;
    // `service.name` in the resource attributes comes after `OTEL_SERVICE_NAME` and before our own variable.
    let service = service
        .or(otel_service)
        .or_else(|| {
            named
                .iter()
                .rev()
                .find(|pair| is_named(pair))
                .map(|(_, value)| value.clone())
        })
        .or_else(|| service_name(variables))
        .or(function)
        .unwrap_or_else(|| "unknown_service:rust".to_owned());
    found.extend(named.into_iter().map(|(key, value)| KeyValue::new(key, value)));
    found.push(KeyValue::new(names::SERVICE_NAME, service));
    found.extend(attributes);
    Resource::builder_empty().with_schema_url(found, SCHEMA_URL).build()
}

#[cfg(test)]
mod tests {
    use powertools_lambda_core::test_util::TestEnvironment;

    use super::*;

    fn text_of(resource: &Resource, key: &'static str) -> Option<String> {
        resource.get(&key.into()).map(|value| value.as_str().into_owned())
    }

    #[test]
    fn the_resource_is_the_function() {
        let environment = TestEnvironment::new()
            .var("AWS_LAMBDA_FUNCTION_NAME", "checkout")
            .var("AWS_LAMBDA_FUNCTION_VERSION", "7")
            .var("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .var("AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/15/[7]abc")
            .var("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/checkout")
            .var("AWS_REGION", "eu-west-1");
        let resource = resource(environment.environment(), None, Vec::new());
        for (key, expected) in [
            ("service.name", "checkout"),
            ("faas.name", "checkout"),
            ("faas.version", "7"),
            ("faas.instance", "2026/01/15/[7]abc"),
            ("faas.max_memory", "268435456"),
            ("cloud.provider", "aws"),
            ("cloud.platform", "aws_lambda"),
            ("cloud.region", "eu-west-1"),
            ("aws.log.group.names", "[\"/aws/lambda/checkout\"]"),
            ("telemetry.sdk.language", "rust"),
        ] {
            assert_eq!(text_of(&resource, key).as_deref(), Some(expected), "{key}");
        }
        assert_eq!(resource.schema_url(), Some(SCHEMA_URL));
        assert!(environment.warnings().is_empty());
    }

    #[test]
    fn the_name_of_the_service_has_an_order() {
        let all = [
            ("POWERTOOLS_SERVICE_NAME", "powertools"),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.name=attributes,team=a%20b"),
            ("OTEL_SERVICE_NAME", "otel"),
        ];
        for (count, expected) in [
            (0, "unknown_service:rust"),
            (1, "powertools"),
            (2, "attributes"),
            (3, "otel"),
        ] {
            let set = all[..count].iter();
            let environment = set.fold(TestEnvironment::new(), |environment, (name, value)| {
                environment.var(*name, *value)
            });
            let resource = resource(environment.environment(), None, Vec::new());
            assert_eq!(text_of(&resource, "service.name").as_deref(), Some(expected));
            assert_eq!(text_of(&resource, "team").as_deref(), (count >= 2).then_some("a b"));
        }
        let environment = TestEnvironment::new().var("OTEL_SERVICE_NAME", "otel");
        let resource = resource(environment.environment(), Some("builder".to_owned()), Vec::new());
        assert_eq!(text_of(&resource, "service.name").as_deref(), Some("builder"));
    }

    #[test]
    fn invalid_attributes_are_one_warning() {
        let environment = TestEnvironment::new().var("OTEL_RESOURCE_ATTRIBUTES", "team");
        resource(environment.environment(), None, Vec::new());
        assert_eq!(
            environment.warnings(),
            [r#"OTEL_RESOURCE_ATTRIBUTES is set to "team", expected key=value,key=value: using the default"#]
        );
    }
}
