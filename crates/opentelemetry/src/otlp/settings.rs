//! [`OtlpSettings`], the settings in the variables `OTEL_EXPORTER_OTLP_*`.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use powertools_lambda_core::{Environment, InitError};

use crate::variables::parse_pairs;

/// The settings in the variables `OTEL_EXPORTER_OTLP_*`; those for traces take precedence.
#[derive(Clone, Debug)]
pub(crate) struct OtlpSettings {
    pub(crate) transport: Transport,
    pub(crate) endpoint: String,
    /// Whether the endpoint is one for traces.
    #[cfg_attr(not(feature = "cloudwatch"), allow(dead_code))] // only CloudWatch asks
    pub(crate) is_for_traces: bool,
    pub(crate) headers: HeaderMap,
    pub(crate) timeout: Duration,
    /// Whether requests are compressed.
    pub(crate) gzip: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Transport {
    Http,
    #[cfg(feature = "otlp-grpc")]
    Grpc,
}

const PROTOCOLS: &str = if cfg!(feature = "otlp-grpc") {
    "http/protobuf or grpc"
} else {
    "http/protobuf"
};

impl OtlpSettings {
    pub(crate) fn from_env(environment: &Environment) -> Self {
        let transport = first("PROTOCOL", |name| {
            environment.variables().parse_with(name, PROTOCOLS, |text| match text {
                "http/protobuf" => Some(Transport::Http),
                #[cfg(feature = "otlp-grpc")]
                "grpc" => Some(Transport::Grpc),
                _ => None,
            })
        });
        let transport = transport.unwrap_or(Transport::Http);
        let timeout = first("TIMEOUT", |name| {
            environment
                .variables()
                .parse_with(name, "a number of milliseconds above 0", |text| {
                    text.parse::<u64>().ok().filter(|millis| *millis > 0)
                })
        });
        let compression = first("COMPRESSION", |name| {
            environment
                .variables()
                .parse_with(name, "gzip or none", |text| match text {
                    "gzip" => Some(true),
                    "none" => Some(false),
                    _ => None,
                })
        });
        let headers = first("HEADERS", |name| {
            environment
                .variables()
                .parse_secret(name, "headers as key=value,key=value", headers_of)
        });
        let (endpoint, is_for_traces) = endpoint(environment, transport);
        Self {
            transport,
            endpoint,
            is_for_traces,
            headers: headers.unwrap_or_default(),
            timeout: timeout.map_or(Duration::from_secs(10), Duration::from_millis),
            gzip: compression.unwrap_or(false),
        }
    }

    /// Adds headers of the program, which replace those of the variables with the same name.
    pub(crate) fn set_headers(&mut self, headers: Vec<(String, String)>) -> Result<(), InitError> {
        for (name, value) in headers {
            // Without the value, which may be a secret.
            let invalid = || {
                let error =
                    InitError::new("a header that was passed to `OpenTelemetryBuilder::header` is invalid in HTTP");
                error.with_source(format!("the header {name:?}"))
            };
            let mut value = HeaderValue::try_from(value).map_err(|_| invalid())?;
            value.set_sensitive(true);
            let name = HeaderName::try_from(name.as_str()).map_err(|_| invalid())?;
            self.headers.insert(name, value);
        }
        Ok(())
    }
}

/// Returns the endpoint for traces unchanged, and true; or the endpoint for all signals with the path of traces, and
/// false.
fn endpoint(environment: &Environment, transport: Transport) -> (String, bool) {
    let address = |name: &str| {
        environment
            .variables()
            .parse_with(name, "an http:// or https:// address", |text| {
                let uri: http::Uri = text.parse().ok()?;
                let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
                (is_http && uri.host().is_some_and(|host| !host.is_empty())).then(|| text.to_owned())
            })
    };
    if let Some(traces) = address("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") {
        return (traces, true);
    }
    let all = address("OTEL_EXPORTER_OTLP_ENDPOINT");
    let endpoint = match transport {
        Transport::Http => {
            let all = all.unwrap_or_else(|| "http://localhost:4318".to_owned());
            format!("{}/v1/traces", all.trim_end_matches('/'))
        }
        #[cfg(feature = "otlp-grpc")]
        Transport::Grpc => all.unwrap_or_else(|| "http://localhost:4317".to_owned()),
    };
    (endpoint, false)
}

fn headers_of(text: &str) -> Option<HeaderMap> {
    let pairs = parse_pairs(text)?.into_iter();
    pairs
        .map(|(name, value)| {
            let name = HeaderName::try_from(name).ok()?;
            Some((name, HeaderValue::try_from(value).ok()?))
        })
        .collect()
}

/// Returns the value of the variable for traces, else of that for all signals.
fn first<T>(name: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    read(&format!("OTEL_EXPORTER_OTLP_TRACES_{name}")).or_else(|| read(&format!("OTEL_EXPORTER_OTLP_{name}")))
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use powertools_lambda_core::test_util::TestEnvironment;

    use super::*;

    fn settings(variables: &[(&str, &str)]) -> (OtlpSettings, usize) {
        let set = variables.iter();
        let environment = set.fold(TestEnvironment::new(), |environment, (name, value)| {
            environment.var(*name, *value)
        });
        let settings = OtlpSettings::from_env(environment.environment());
        (settings, environment.warnings().len())
    }

    #[test]
    fn an_invalid_endpoint_for_traces_is_none_for_traces() {
        const NAME: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
        for (address, expected) in [
            ("https://xray.eu-west-1.amazonaws.com/v1/traces", true),
            ("xray.eu-west-1.amazonaws.com", false),
            ("", false),
        ] {
            let (settings, _) = settings(&[
                (NAME, address),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"),
            ]);
            assert_eq!(settings.is_for_traces, expected, "{address}");
        }
    }

    #[test]
    fn the_endpoint_is_that_for_traces_or_that_for_all_signals_with_a_path() {
        let (all, traces) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
        for (variables, expected, warnings) in [
            (&[][..], "http://localhost:4318/v1/traces", 0),
            (&[(all, "https://a.example")][..], "https://a.example/v1/traces", 0),
            (
                &[(all, "https://a.example/base/")][..],
                "https://a.example/base/v1/traces",
                0,
            ),
            (&[(traces, "https://a.example/in")][..], "https://a.example/in", 0),
            (
                &[(all, "https://b.example"), (traces, "https://a.example")][..],
                "https://a.example",
                0,
            ),
            (&[(all, "a.example:4318")][..], "http://localhost:4318/v1/traces", 1),
            (&[(all, "ftp://a.example")][..], "http://localhost:4318/v1/traces", 1),
            (&[(traces, "http://")][..], "http://localhost:4318/v1/traces", 1),
        ] {
            let (settings, warned) = settings(variables);
            assert_eq!(
                (settings.endpoint.as_str(), warned),
                (expected, warnings),
                "{variables:?}"
            );
        }
    }

    #[test]
    fn the_other_settings_are_read_or_the_default_with_one_warning() {
        let (good, warnings) = settings(&[
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=a%20b,x=y"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "1500"),
            ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "500"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ]);
        assert_eq!(good.headers.len(), 2);
        assert_eq!(good.headers["x"], "y");
        assert_eq!(good.headers["x-api-key"], "a b");
        assert_eq!(
            (good.timeout, good.gzip, warnings),
            (Duration::from_millis(500), true, 0)
        );
        let (bad, warnings) = settings(&[
            ("OTEL_EXPORTER_OTLP_HEADERS", "no pair"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "brotli"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ]);
        assert_eq!(
            (bad.headers.len(), bad.timeout, bad.gzip),
            (0, Duration::from_secs(10), false)
        );
        assert_eq!((bad.transport, warnings), (Transport::Http, 4));
    }

    #[test]
    fn a_name_or_value_that_no_header_may_have_is_one_warning() {
        for text in ["x y=1", "x=%0a", "x=1,=2", "é=1"] {
            let (settings, warnings) = settings(&[("OTEL_EXPORTER_OTLP_HEADERS", text)]);
            assert_eq!((settings.headers.len(), warnings), (0, 1), "{text}");
        }
    }

    #[test]
    fn an_invalid_header_of_the_program_is_an_error_without_its_value() {
        let (mut settings, _) = settings(&[]);
        for (name, value) in [("x-api-key", "hunter2\n"), ("x api key", "hunter2"), ("", "hunter2")] {
            let result = settings.set_headers(vec![(name.to_owned(), value.to_owned())]);
            let error = result.unwrap_err();
            let text = format!("{error} {error:?} {}", error.source().unwrap());
            assert!(
                text.contains(&format!("{name:?}")) && !text.contains("hunter2"),
                "{text}"
            );
        }
        assert!(settings.headers.is_empty());
    }

    #[test]
    fn a_warning_about_headers_does_not_show_them() {
        let environment = TestEnvironment::new().var("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=hunter2%0a");
        let _ = OtlpSettings::from_env(environment.environment());
        let warnings = environment.warnings();
        assert!(warnings.len() == 1 && !warnings[0].contains("hunter2"), "{warnings:?}");
    }
}
